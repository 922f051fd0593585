// Marks that are switched for all selected blocks at once: bypassed, frozen, collapsed.

import { isFrame } from "./flow";
import type { Store } from "./store";

export type Mark = "bypassed" | "frozen" | "collapsed";

const VERBS: Record<Mark, [on: string, off: string]> = { bypassed: ["bypass", "stop bypassing"], frozen: ["freeze", "unfreeze"], collapsed: ["collapse", "expand"] };

function markable(store: Store): string[] {
  return store.nodes.filter((node) => node.selected && !isFrame(node)).map((node) => node.id);
}

/** Whether every selected block has the mark. */
export function isMarked(store: Store, mark: Mark): boolean {
  const ids = markable(store);
  return ids.length > 0 && ids.every((id) => store.doc.nodes.get(id)?.[mark]);
}

/** Give all selected blocks the mark, or take it from all where all have it. */
export function toggle(store: Store, mark: Mark): void {
  const on = !isMarked(store, mark);
  const ids = markable(store).filter((id) => Boolean(store.doc.nodes.get(id)?.[mark]) !== on);
  if (!ids.length) return;
  const verb = VERBS[mark][on ? 0 : 1];
  const label = ids.length === 1 ? `${verb} block` : `${verb} ${ids.length} blocks`;
  store.edit({ op: "batch", edits: ids.map((id) => ({ op: "set_marks", id, marks: { [mark]: on } })), label });
}
