// Going from block to block along the wires, and selecting everything before or after.

import { isFrame } from "./flow";
import type { Store } from "./store";
import { wiresOf } from "./wires";

export type Way = "source" | "target" | "previous" | "next";

/** Return the block that lies one step that way: along a wire, or among those that share a source or a target with this one. */
export function neighbour(store: Store, id: string, way: Way): string | null {
  const { arriving, leaving } = wiresOf(store.doc);
  const sources = (of: string): string[] => (arriving.get(of) ?? []).map((edge) => edge.source);
  const targets = (of: string): string[] => (leaving.get(of) ?? []).map((edge) => edge.target);
  const at = (of: string): [number, number] => store.doc.nodes.get(of)?.position ?? [0, 0];
  if (way === "source" || way === "target") {
    const [x, y] = at(id);
    const far = (of: string): number => Math.abs(at(of)[1] - y) * 4 + Math.abs(at(of)[0] - x); // what stands level with it first
    return (way === "source" ? sources(id) : targets(id)).sort((a, b) => far(a) - far(b))[0] ?? null;
  }
  const siblings = new Set([id, ...sources(id).flatMap(targets), ...targets(id).flatMap(sources)]);
  const order = [...siblings].sort((a, b) => at(a)[1] - at(b)[1] || at(a)[0] - at(b)[0]);
  return order[order.indexOf(id) + (way === "next" ? 1 : -1)] ?? null;
}

/** The block where walking begins while none is selected: the first from the left. */
export function first(store: Store): string | null {
  const ranked = store.nodes.filter((node) => !isFrame(node)).sort((a, b) => a.position.x - b.position.x || a.position.y - b.position.y);
  return ranked[0]?.id ?? null;
}

/** Return these blocks and all that lead to them (or that they lead to). */
export function reach(store: Store, from: Iterable<string>, way: "source" | "target"): Set<string> {
  const { arriving, leaving } = wiresOf(store.doc);
  const found = new Set(from);
  for (const id of found) // a set is gone through to its end while it grows
    for (const edge of (way === "source" ? arriving : leaving).get(id) ?? []) found.add(way === "source" ? edge.source : edge.target);
  return found;
}
