// Putting selected blocks in order: in line, evenly apart, and so that their wires run straight. Each is one step of undo.

import type { Edit, Position } from "./protocol";
import { contentsOf, around, rectOf, type Rect } from "./frames";
import type { BlockNode } from "./flow";
import type { Store } from "./store";
import { wiresOf } from "./wires";

export type Line = "left" | "centre" | "right" | "top" | "middle" | "bottom";
/** Where a port stands on the canvas, from its top. */
export type PortHeight = (node: string, port: string, output: boolean) => number | null;

type Places = Map<string, { x: number; y: number }>;

function chosen(store: Store): BlockNode[] {
  return store.nodes.filter((node) => node.selected);
}

/** Move blocks, and with a frame what lies in it. */
function put(store: Store, places: Places, label: string): void {
  const positions: Record<string, Position> = {};
  const note = (node: BlockNode, x: number, y: number): void => {
    const at: Position = [Math.round(x), Math.round(y)];
    if (at[0] !== node.position.x || at[1] !== node.position.y) positions[node.id] = at;
  };
  const contents = contentsOf(store.nodes, places.keys());
  const nodes = new Map(store.nodes.map((node) => [node.id, node]));
  for (const [id, { x, y }] of places) {
    const frame = nodes.get(id)!;
    note(frame, x, y);
    for (const inner of contents.get(id) ?? []) {
      const node = nodes.get(inner)!;
      if (!places.has(inner)) note(node, node.position.x + x - frame.position.x, node.position.y + y - frame.position.y);
    }
  }
  const moves: Edit[] = [{ op: "move", positions }];
  if (Object.keys(positions).length) store.edit({ op: "batch", edits: moves, label });
}

export function align(store: Store, line: Line): void {
  const nodes = chosen(store);
  if (nodes.length < 2) return;
  const all = around(nodes.map(rectOf));
  const place = ({ x, y, width, height }: Rect): { x: number; y: number } => {
    switch (line) {
      case "left":
        return { x: all.x, y };
      case "centre":
        return { x: all.x + (all.width - width) / 2, y };
      case "right":
        return { x: all.x + all.width - width, y };
      case "top":
        return { x, y: all.y };
      case "middle":
        return { x, y: all.y + (all.height - height) / 2 };
      case "bottom":
        return { x, y: all.y + all.height - height };
    }
  };
  put(store, new Map(nodes.map((node) => [node.id, place(rectOf(node))])), `align ${line}`);
}

/** Leave the first and the last where they are, and the same gap between any two. */
export function distribute(store: Store, across: boolean): void {
  const size = ({ width, height }: Rect): number => (across ? width : height);
  const at = ({ x, y }: Rect): number => (across ? x : y);
  const boxes = chosen(store).map((node) => ({ id: node.id, rect: rectOf(node) }));
  if (boxes.length < 3) return;
  boxes.sort((a, b) => at(a.rect) - at(b.rect));
  const [first, last] = [boxes[0]!.rect, boxes.at(-1)!.rect];
  const gap = (at(last) + size(last) - at(first) - boxes.reduce((sum, { rect }) => sum + size(rect), 0)) / (boxes.length - 1);
  const places: Places = new Map();
  let next = at(first);
  for (const { id, rect } of boxes) {
    places.set(id, across ? { x: next, y: rect.y } : { x: rect.x, y: next });
    next += size(rect) + gap;
  }
  put(store, places, across ? "distribute across" : "distribute down");
}

/** Move blocks up or down until their first wire from another selected block (from any, where one is selected) is level. */
export function straighten(store: Store, height: PortHeight): void {
  const nodes = chosen(store).sort((a, b) => a.position.x - b.position.x);
  const among = new Set(nodes.map((node) => node.id));
  const { arriving } = wiresOf(store.doc);
  const shifts = new Map<string, number>();
  const places: Places = new Map();
  for (const node of nodes) {
    const wire = arriving.get(node.id)?.find((edge) => nodes.length === 1 || among.has(edge.source));
    if (!wire) continue;
    const [from, to] = [height(wire.source, wire.source_port, true), height(node.id, wire.target_port, false)];
    if (from === null || to === null) continue;
    const shift = from + (shifts.get(wire.source) ?? 0) - to;
    shifts.set(node.id, shift);
    places.set(node.id, { x: node.position.x, y: node.position.y + shift });
  }
  put(store, places, "straighten wires");
}
