// Putting a block into a wire, or at the end of one: one edit, and so one step of undo.

import { edgeBetween, newNode } from "./actions";
import { portFor, throughFor } from "./fitting";
import { NODE_WIDTH } from "./flow";
import type { BlockInfo, EdgeJson, Edit, Position } from "./protocol";
import type { Store, Wire } from "./store";

const FIRST_PORT = 49; // from a block's upper edge to the middle of its first port
const PORT = 20;

/** Add a block with its fitting port where a wire was dropped, and connect it. Return its id. */
export function addTo(store: Store, type: string, from: Wire, at: { x: number; y: number }): string | null {
  const info = store.palette.blocks[type];
  const port = info && portFor(store, info, from);
  if (!info || !port) return null;
  const row = (from.output ? info.inputs : info.outputs).indexOf(port);
  const node = newNode(store, type, [at.x - (from.output ? 0 : NODE_WIDTH), at.y - FIRST_PORT - PORT * row]);
  const there = { node: node.id, port: port.name };
  const [source, target] = from.output ? [from, there] : [there, from];
  const edge = edgeBetween({ source: source.node, sourcePort: source.port, target: target.node, targetPort: target.port });
  store.edit({ op: "batch", edits: [{ op: "add_node", node, index: null }, { op: "connect", edge, index: null }], label: "add block" });
  store.select([node.id]);
  return node.id;
}

/** Add a block, its middle there, and lead a wire through it. Return its id. */
export function addInto(store: Store, type: string, wire: string, corner: Position): string | null {
  const edge = store.doc.edges.get(wire);
  const node = newNode(store, type, corner);
  const edits = edge && through(store, store.palette.blocks[type], edge, node.id);
  if (!edits) return null;
  store.edit({ op: "batch", edits: [{ op: "add_node", node, index: null }, ...edits], label: "insert block" });
  store.select([node.id]);
  return node.id;
}

/** Lead a wire through a block that stands alone and has been dragged there. */
export function moveInto(store: Store, id: string, wire: string, position: Position): void {
  const edge = store.doc.edges.get(wire);
  const node = store.doc.nodes.get(id);
  const edits = edge && node && through(store, store.palette.blocks[node.type], edge, id);
  if (edits) store.edit({ op: "batch", edits: [{ op: "move", positions: { [id]: position } }, ...edits], label: "insert block" });
}

/** The new wires take the place of the old one: the order of wires is that of the inputs of a merge. */
function through(store: Store, info: BlockInfo | undefined, edge: EdgeJson, id: string): Edit[] | null {
  const ports = info && throughFor(store, info, edge);
  if (!ports) return null;
  return [
    { op: "disconnect", id: edge.id },
    { op: "connect", edge: edgeBetween({ source: id, sourcePort: ports.output, target: edge.target, targetPort: edge.target_port }), index: [...store.doc.edges.keys()].indexOf(edge.id) },
    { op: "connect", edge: edgeBetween({ source: edge.source, sourcePort: edge.source_port, target: id, targetPort: ports.input }), index: null },
  ];
}
