// Opening the context menu: what lies below becomes the selection, unless it is part of it.

import type { Point } from "./overlay";
import type { Store } from "./store";

/** Open the menu for what was pressed; return false where the page's own menu is better. */
export function openMenu(store: Store, target: Element, at: Point): boolean {
  if (target.closest("input, .react-flow__panel, .overlay")) return false;
  const node = target.closest<HTMLElement>(".react-flow__node")?.dataset.id;
  const wire = target.closest<SVGElement>(".react-flow__edge")?.dataset.id;
  if (node && !store.selectedNodes.includes(node)) store.select([node]);
  if (wire && !store.selectedEdges.includes(wire)) store.select([], [wire]);
  const inSelection = target.closest(".react-flow__nodesselection") !== null;
  store.show({ kind: "menu", at, on: node || inSelection ? "node" : wire ? "wire" : "canvas" });
  return true;
}
