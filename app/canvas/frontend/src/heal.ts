// Deleting blocks so that what was before them leads to what came after.

import { remove } from "./actions";
import { apply } from "./document";
import { newId } from "./ids";
import type { EdgeJson, Edit } from "./protocol";
import { refusal } from "./rules";
import type { Store } from "./store";
import { wiresOf } from "./wires";

/** Delete the selected blocks as one step of undo; where one wire came in and one port led on, join what is left, if the kinds allow it. */
export function removeAndJoin(store: Store): void {
  const ids = new Set(store.selectedNodes);
  if (!ids.size) return remove(store);
  const removals = [...ids].map((id): Edit => ({ op: "remove_node", id }));
  const without = { doc: removals.reduce(apply, store.doc), views: store.views, palette: store.palette, reconnecting: null };
  const order = [...store.doc.edges.keys()];
  const edits: Edit[] = [];
  let trouble: string | null = null;
  for (const edge of store.doc.edges.values()) {
    if (!ids.has(edge.source) || ids.has(edge.target)) continue;
    const origin = originOf(store, edge, ids);
    if (!origin) continue;
    const joined: EdgeJson = { ...edge, id: newId("e"), source: origin.source, source_port: origin.source_port };
    const reason = refusal(without, { source: joined.source, sourcePort: joined.source_port, target: joined.target, targetPort: joined.target_port });
    trouble ??= reason;
    // It takes the place of the wire that it stands for: the order of wires is that of the inputs of a merge.
    if (!reason) edits.push({ op: "disconnect", id: edge.id }, { op: "connect", edge: joined, index: order.indexOf(edge.id) });
  }
  store.edit({ op: "batch", edits: [...edits, ...removals], label: ids.size === 1 ? "delete and join" : `delete ${ids.size} blocks and join` });
  if (trouble) store.say(`Deleted, but not joined. ${trouble}`);
}

/** Follow a wire back through blocks that are to go to the wire that leads into them; null where that is not one wire and one port. */
function originOf(store: Store, edge: EdgeJson, going: ReadonlySet<string>): EdgeJson | null {
  const { arriving, leaving } = wiresOf(store.doc);
  for (let steps = 0; going.has(edge.source) && steps <= going.size; steps++) {
    const into = arriving.get(edge.source) ?? [];
    const ports = new Set((leaving.get(edge.source) ?? []).map((out) => out.source_port));
    if (into.length !== 1 || ports.size > 1) return null;
    edge = into[0]!;
  }
  return going.has(edge.source) ? null : edge;
}
