// Frames: boxes behind blocks. What lies in one goes with it.

import type { NodeChange, NodePositionChange } from "@xyflow/react";
import { batch } from "./actions";
import { COLLAPSED_HEIGHT, heightOf, isFrame, NODE_WIDTH, type BlockNode } from "./flow";
import { newId } from "./ids";
import type { Edit, NodeJson, Position } from "./protocol";
import type { Store } from "./store";

const MARGIN = 28;
const TITLE = 40; // room for the title above what is framed

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function rectOf(node: BlockNode): Rect {
  const { info, node: block } = node.data;
  const height = node.measured?.height ?? node.height ?? (block.collapsed ? COLLAPSED_HEIGHT : heightOf(info));
  return { x: node.position.x, y: node.position.y, width: node.measured?.width ?? node.width ?? NODE_WIDTH, height };
}

/** Return the box around all of these. */
export function around(rects: Rect[]): Rect {
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  return { x, y, width: Math.max(...rects.map((rect) => rect.x + rect.width)) - x, height: Math.max(...rects.map((rect) => rect.y + rect.height)) - y };
}

/** Return what lies wholly in each of these nodes that is a frame. */
export function contentsOf(nodes: BlockNode[], ids: Iterable<string>): Map<string, string[]> {
  const wanted = new Set(ids);
  const found = new Map<string, string[]>();
  for (const frame of nodes) {
    if (!wanted.has(frame.id) || !isFrame(frame)) continue;
    const { x, y, width, height } = rectOf(frame);
    const inside = nodes.filter((node) => {
      const box = rectOf(node);
      return node !== frame && box.x >= x && box.y >= y && box.x + box.width <= x + width && box.y + box.height <= y + height;
    });
    found.set(frame.id, inside.map((node) => node.id));
  }
  return found;
}

/** Let what lies in a frame move by as much as the frame does. */
export function carried(nodes: BlockNode[], contents: ReadonlyMap<string, string[]>, changes: NodeChange<BlockNode>[]): NodeChange<BlockNode>[] {
  if (!contents.size) return changes;
  const moves = changes.filter((change): change is NodePositionChange => change.type === "position" && change.position !== undefined);
  const moving = new Set(moves.map((change) => change.id));
  const added: NodeChange<BlockNode>[] = [];
  for (const { id, position } of moves) {
    const frame = contents.has(id) ? nodes.find((node) => node.id === id) : undefined;
    if (!frame || !position) continue;
    const [dx, dy] = [position.x - frame.position.x, position.y - frame.position.y];
    for (const node of nodes) {
      if (moving.has(node.id) || !contents.get(id)!.includes(node.id)) continue;
      moving.add(node.id);
      added.push({ id: node.id, type: "position", position: { x: node.position.x + dx, y: node.position.y + dy } });
    }
  }
  return added.length ? [...changes, ...added] : changes;
}

function aroundBlocks(rects: Rect[]): Rect {
  const { x, y, width, height } = around(rects);
  return { x: Math.round(x - MARGIN), y: Math.round(y - MARGIN - TITLE), width: Math.round(width + 2 * MARGIN), height: Math.round(height + 2 * MARGIN + TITLE) };
}

/** Put a frame behind the selected blocks, and ask for its title. */
export function frameSelection(store: Store): void {
  const chosen = store.nodes.filter((node) => node.selected);
  if (!chosen.length) return;
  const { x, y, width, height } = aroundBlocks(chosen.map(rectOf));
  const node: NodeJson = { id: newId("n"), type: "frame", name: "", parameters: { width, height }, position: [x, y] };
  store.edit(batch([{ op: "add_node", node, index: 0 }], "frame blocks"));
  store.select([node.id]);
  store.rename(node.id);
}

/** Make a frame as large as it was drawn. */
export function resize(store: Store, id: string, rect: Rect): void {
  const [width, height] = [Math.round(rect.width), Math.round(rect.height)];
  const edits: Edit[] = [
    { op: "set_parameters", id, parameters: { width, height }, removed: [] },
    { op: "move", positions: { [id]: [Math.round(rect.x), Math.round(rect.y)] } },
  ];
  store.edit({ op: "batch", edits, label: "resize frame" });
}

/** Return the edits that put frames around what lay in them, once that has moved. */
export function refitted(store: Store, contents: ReadonlyMap<string, string[]>, positions: Record<string, Position>): Edit[] {
  const rects = new Map(store.nodes.map((node) => [node.id, rectOf(node)]));
  const moved = (id: string): Rect => {
    const [x, y] = positions[id] ?? [rects.get(id)!.x, rects.get(id)!.y];
    return { ...rects.get(id)!, x, y };
  };
  const edits: Edit[] = [];
  for (const [id, inside] of contents) {
    const blocks = inside.filter((inner) => !contents.has(inner));
    if (!blocks.length) continue;
    const { x, y, width, height } = aroundBlocks(blocks.map(moved));
    edits.push({ op: "set_parameters", id, parameters: { width, height }, removed: [] }, { op: "move", positions: { [id]: [x, y] } });
  }
  return edits;
}
