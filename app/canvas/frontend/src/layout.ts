// Automatic layout, on request only: left to right or top down, one edit, and so one step of undo.

import dagre from "@dagrejs/dagre";
import { COLUMN_GAP, isFrame, ROW_GAP } from "./flow";
import { contentsOf, rectOf, refitted } from "./frames";
import { look } from "./look";
import type { Edit, Position } from "./protocol";
import type { Store } from "./store";

export type Direction = "across" | "down";

const FOR_SHAPES = 44; // more room for wires that carry their shapes

export function layOut(store: Store, direction: Direction = "across"): void {
  const blocks = store.nodes.filter((node) => !isFrame(node));
  if (!blocks.length) return;
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  const gap = COLUMN_GAP + (look.state.shapes ? FOR_SHAPES : 0);
  const gaps = direction === "across" ? { rankdir: "LR", nodesep: ROW_GAP, ranksep: gap } : { rankdir: "TB", nodesep: gap + COLUMN_GAP, ranksep: ROW_GAP };
  graph.setGraph({ ...gaps, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of blocks) {
    const { width, height } = rectOf(node);
    graph.setNode(node.id, { width, height });
  }
  for (const edge of store.edges) if (graph.hasNode(edge.source) && graph.hasNode(edge.target)) graph.setEdge(edge.source, edge.target, {}, edge.id);
  dagre.layout(graph);
  const positions: Record<string, Position> = {};
  for (const node of blocks) {
    const placed = graph.node(node.id);
    const at: Position = [Math.round(placed.x - placed.width / 2), Math.round(placed.y - placed.height / 2)];
    if (at[0] !== node.position.x || at[1] !== node.position.y) positions[node.id] = at;
  }
  if (!Object.keys(positions).length) return;
  const frames = store.nodes.filter(isFrame).map((node) => node.id);
  const edits: Edit[] = [{ op: "move", positions }, ...refitted(store, contentsOf(store.nodes, frames), positions)];
  store.edit({ op: "batch", edits, label: direction === "across" ? "arrange left to right" : "arrange top down" });
}
