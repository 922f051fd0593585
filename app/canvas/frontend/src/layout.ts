// Automatic layout, on request only: left to right, one edit, and so one step of undo.

import dagre from "@dagrejs/dagre";
import { COLUMN_GAP, heightOf, NODE_WIDTH, ROW_GAP } from "./flow";
import type { Position } from "./protocol";
import type { Store } from "./store";

export function layOut(store: Store): void {
  if (!store.nodes.length) return;
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: ROW_GAP, ranksep: COLUMN_GAP, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of store.nodes)
    graph.setNode(node.id, { width: node.measured?.width ?? NODE_WIDTH, height: node.measured?.height ?? heightOf(node.data.info) });
  for (const edge of store.edges) graph.setEdge(edge.source, edge.target, {}, edge.id);
  dagre.layout(graph);
  const positions: Record<string, Position> = {};
  for (const node of store.nodes) {
    const placed = graph.node(node.id);
    const at: Position = [Math.round(placed.x - placed.width / 2), Math.round(placed.y - placed.height / 2)];
    if (at[0] !== node.position.x || at[1] !== node.position.y) positions[node.id] = at;
  }
  if (Object.keys(positions).length) store.edit({ op: "move", positions });
}
