// While one block is dragged it keeps to the lines of others: their edges and middles. The lines that hold it are shown.

import type { NodeChange, NodePositionChange } from "@xyflow/react";
import type { BlockNode } from "./flow";
import { isFrame } from "./flow";
import { rectOf, type Rect } from "./frames";

export interface Guides {
  x: number | null;
  y: number | null;
}

export const GRID = 20;
const REACH = 7;
const NONE: Guides = { x: null, y: null };

/** Move a dragged block to the nearest line of another; return the changes and the lines that hold it. */
export function snapped(nodes: BlockNode[], dragging: ReadonlySet<string>, changes: NodeChange<BlockNode>[]): { changes: NodeChange<BlockNode>[]; guides: Guides } {
  const moves = changes.filter((change): change is NodePositionChange => change.type === "position" && change.position !== undefined && dragging.has(change.id));
  const node = moves.length === 1 ? nodes.find(({ id }) => id === moves[0]!.id) : undefined;
  const move = moves[0];
  if (!node || !move?.position) return { changes, guides: NONE };
  const others = nodes.filter((other) => !dragging.has(other.id) && isFrame(other) === isFrame(node)).map(rectOf);
  const rect = { ...rectOf(node), ...move.position };
  const [dx, x] = nearest(lines(rect, true), others.flatMap((other) => lines(other, true)));
  const [dy, y] = nearest(lines(rect, false), others.flatMap((other) => lines(other, false)));
  const position = { x: rect.x + dx, y: rect.y + dy };
  return { changes: changes.map((change) => (change === move ? { ...move, position } : change)), guides: move.dragging ? { x, y } : NONE };
}

function lines({ x, y, width, height }: Rect, across: boolean): number[] {
  return across ? [x, x + width / 2, x + width] : [y, y + height / 2, y + height];
}

function nearest(own: number[], others: number[]): [shift: number, line: number | null] {
  let found: [number, number | null] = [0, null];
  let least = REACH;
  for (const line of others)
    for (const at of own)
      if (Math.abs(line - at) < least) {
        least = Math.abs(line - at);
        found = [line - at, line];
      }
  return found;
}
