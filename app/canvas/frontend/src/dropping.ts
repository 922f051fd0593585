// The wire below a block that is being dragged, if the block fits into it.

import { throughFor } from "./fitting";
import type { Store } from "./store";
import { wiresOf } from "./wires";

/** A rectangle on the canvas. */
export interface Area {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const STEP = 8; // how closely a wire is looked at

/** Return the wire that runs nearest to the middle of an area and takes a block of this type; `self` is the block, where it exists. */
export function wireBelow(root: ParentNode, store: Store, area: Area, type: string, self: string | null): string | null {
  const info = store.palette.blocks[type];
  if (!info) return null;
  let nearest = Infinity;
  let found: string | null = null;
  for (const path of root.querySelectorAll<SVGPathElement>(".react-flow__edge .react-flow__edge-path")) {
    const id = path.closest<SVGElement>(".react-flow__edge")!.dataset.id!;
    const edge = store.doc.edges.get(id);
    if (!edge || edge.source === self || edge.target === self) continue;
    const distance = distanceTo(path, area);
    if (distance < nearest && throughFor(store, info, edge)) [nearest, found] = [distance, id];
  }
  return found;
}

/** Whether a block has no wires: only then can it go into one. */
export function isLoose(store: Store, id: string): boolean {
  const { arriving, leaving } = wiresOf(store.doc);
  return !arriving.get(id)?.length && !leaving.get(id)?.length;
}

function distanceTo(path: SVGPathElement, area: Area): number {
  const box = path.getBBox();
  if (box.x > area.right || box.x + box.width < area.left || box.y > area.bottom || box.y + box.height < area.top) return Infinity;
  const [x, y] = [(area.left + area.right) / 2, (area.top + area.bottom) / 2];
  const length = path.getTotalLength();
  let nearest = Infinity;
  for (let at = 0; at <= length; at += STEP) {
    const point = path.getPointAtLength(at);
    if (point.x >= area.left && point.x <= area.right && point.y >= area.top && point.y <= area.bottom) nearest = Math.min(nearest, Math.hypot(point.x - x, point.y - y));
  }
  return nearest;
}
