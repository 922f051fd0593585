// Which kind of tensor each output really gives. A port that is like an input follows the wires back to where the kind is known.

import type { BlockInfo, Port } from "./protocol";
import type { Known } from "./rules";
import { wiresOf } from "./wires";

const ANY = ["any"];
let cached: { known: Pick<Known, "doc" | "views" | "palette" | "reconnecting">; kinds: Map<string, readonly string[]> } | null = null;

/** Kinds that were worked out for this very state; every port asks with every change, so nothing is worked out twice. */
function cacheFor(known: Known): Map<string, readonly string[]> {
  const before = cached?.known;
  const same =
    before &&
    before.doc.edges === known.doc.edges &&
    before.doc.nodes.size === known.doc.nodes.size &&
    before.views === known.views &&
    before.palette === known.palette &&
    before.reconnecting === known.reconnecting;
  if (!same || !cached) cached = { known: { doc: known.doc, views: known.views, palette: known.palette, reconnecting: known.reconnecting }, kinds: new Map() };
  return cached.kinds;
}

/** Return the kinds that an output may give, one where it is known. */
export function outputKinds(known: Known, id: string, port: string): readonly string[] {
  const cache = cacheFor(known);
  const { arriving } = wiresOf(known.doc);
  const path: { key: string; taken: readonly string[] }[] = [];
  let [node, name] = [id, port];
  let kinds: readonly string[] = ANY;
  for (;;) {
    const key = `${node} ${name}`;
    const done = cache.get(key);
    if (done) {
      kinds = done;
      break;
    }
    const info = infoOf(known, node);
    const output = info?.outputs.find((candidate) => candidate.name === name);
    if (!info || !output) break;
    const taken = takenBy(info, output);
    cache.set(key, taken); // a cycle that comes back here ends with it
    path.push({ key, taken });
    const edge = output.like && arriving.get(node)?.find((candidate) => candidate.target_port === output.like && candidate.id !== known.reconnecting);
    if (!edge) {
      const worked = output.like ? undefined : known.views[node]?.kinds?.[name];
      kinds = worked && worked !== "any" ? [worked] : taken;
      break;
    }
    [node, name] = [edge.source, edge.source_port];
  }
  for (const { key, taken } of path.reverse()) {
    if (kinds.includes("any")) kinds = taken;
    cache.set(key, kinds);
  }
  return kinds;
}

function infoOf(known: Known, id: string): BlockInfo | undefined {
  const node = known.doc.nodes.get(id);
  return node && known.palette.blocks[node.type];
}

/** Kinds that an output may give while nothing more is known. */
export function takenBy(info: BlockInfo, output: Port): readonly string[] {
  return output.like ? (info.inputs.find((input) => input.name === output.like)?.kinds ?? ANY) : output.kinds;
}
