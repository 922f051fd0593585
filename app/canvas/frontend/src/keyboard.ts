// Every shortcut. It listens above React's root: stopping a key inside would starve React, not stopping it would reach Streamlit's own shortcuts.

import * as actions from "./actions";
import type { Store } from "./store";

const NUDGE_MS = 350;

export interface View {
  fit: () => void;
  focus: () => void;
}

export function listen(host: HTMLElement, store: Store, view: View): () => void {
  const nudge = nudger(store);

  const shortcut = (event: KeyboardEvent): boolean => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return false;
    if (key === "z") event.shiftKey ? store.redo() : store.undo();
    else if (key === "y") store.redo();
    else if (key === "enter") store.order("train");
    else if (key === "s") store.order("save");
    else return false;
    return true;
  };

  const onSelection = (event: KeyboardEvent): boolean => {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      if (key === "c") actions.copy(store);
      else if (key === "x") actions.cut(store);
      else if (key === "v") actions.paste(store);
      else if (key === "d") actions.duplicate(store);
      else if (key === "a") store.select(store.doc.nodes.keys(), store.doc.edges.keys());
      else return false;
    } else if (key === "delete" || key === "backspace") actions.remove(store);
    else if (key === "escape") store.wire ? store.setWire(null) : store.select([]);
    else if (key === "f2") store.rename(store.selectedNodes.length === 1 ? store.selectedNodes[0]! : null);
    else if (key === "1") view.fit();
    else if (key.startsWith("arrow")) return nudge(event);
    else return false;
    return true;
  };

  const inside = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0] as HTMLElement;
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
    const onCanvas = !typing && target.closest(".palette, .problems") === null;
    const used = (!typing && shortcut(event)) || (onCanvas && onSelection(event)) || (typing && ["enter", "s"].includes(event.key.toLowerCase()) && shortcut(event));
    if (used) {
      event.preventDefault();
      // The focused node may be gone now: without this the next Ctrl+Z would go to the page.
      if (/^(delete|backspace|x|z|y)$/i.test(event.key)) view.focus();
    }
    const forReactFlow = ["Shift", "Control", "Meta", "Alt", " "].includes(event.key);
    if (event.key === " " && onCanvas && target.closest("button, .react-flow__node, .react-flow__handle") === null) event.preventDefault();
    if (!forReactFlow) event.stopPropagation();
  };

  // Where nothing has the focus, undo and the two commands still mean this canvas.
  const outside = (event: KeyboardEvent): void => {
    const nowhere = event.target === document.body || event.target === document.documentElement;
    if (nowhere && host.isConnected && shortcut(event)) event.preventDefault();
  };

  host.addEventListener("keydown", inside);
  window.addEventListener("keydown", outside);
  return () => {
    host.removeEventListener("keydown", inside);
    window.removeEventListener("keydown", outside);
  };
}

/** Move the selection with the arrow keys; a row of presses is one edit. */
function nudger(store: Store): (event: KeyboardEvent) => boolean {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (event) => {
    const ids = store.selectedNodes;
    if (!ids.length) return false;
    const step = event.shiftKey ? 1 : 10;
    const dx = { ArrowLeft: -step, ArrowRight: step }[event.key] ?? 0;
    const dy = { ArrowUp: -step, ArrowDown: step }[event.key] ?? 0;
    store.dragStart(ids);
    const chosen = new Set(ids);
    store.onNodesChange(
      store.nodes
        .filter((node) => chosen.has(node.id))
        .map((node) => ({ id: node.id, type: "position", position: { x: node.position.x + dx, y: node.position.y + dy } })),
    );
    clearTimeout(timer);
    timer = setTimeout(() => store.dragStop(), NUDGE_MS);
    return true;
  };
}
