// Moving the selection with the arrow keys; a row of presses is one edit.

import type { Store } from "./store";

const NUDGE_MS = 350;

export function nudger(store: Store): (key: string, step: number) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (key, step) => {
    const ids = store.selectedNodes;
    if (!ids.length) return;
    const dx = { ArrowLeft: -step, ArrowRight: step }[key] ?? 0;
    const dy = { ArrowUp: -step, ArrowDown: step }[key] ?? 0;
    store.dragStart(ids);
    const chosen = new Set(ids);
    store.onNodesChange(
      store.nodes
        .filter((node) => chosen.has(node.id))
        .map((node) => ({ id: node.id, type: "position", position: { x: node.position.x + dx, y: node.position.y + dy } })),
    );
    clearTimeout(timer);
    timer = setTimeout(() => store.dragStop(), NUDGE_MS);
  };
}
