// What a person can do to the network, each one edit and so one step of undo.

import { newId } from "./ids";
import { heightOf, isFrame, NODE_WIDTH, ROW_GAP } from "./flow";
import type { EdgeJson, Edit, NodeJson, Position } from "./protocol";
import type { Ends } from "./rules";
import { refusal } from "./rules";
import { isDoorway } from "./scope";
import type { Store } from "./store";

export function batch(edits: Edit[], label: string): Edit {
  return edits.length === 1 ? edits[0]! : { op: "batch", edits, label };
}

export function counted(verb: string, count: number): string {
  return count === 1 ? `${verb} block` : `${verb} ${count} blocks`;
}

/** Add a block with its upper left corner there (with `aside`, moved down until it covers no other) and select it. */
export function add(store: Store, type: string, at: { x: number; y: number }, aside: boolean): string {
  const info = store.palette.blocks[type];
  const height = info ? heightOf(info) : 80;
  const position: [number, number] = [Math.round(at.x), Math.round(at.y)];
  const covers = () =>
    store.nodes.find((node) => {
      if (isFrame(node)) return false;
      const { x, y } = node.position;
      const width = node.measured?.width ?? NODE_WIDTH;
      return Math.abs(x - position[0]) < width * 0.6 && y < position[1] + height && position[1] < y + (node.measured?.height ?? height);
    });
  for (let below = aside ? covers() : undefined, tries = 0; below && tries < 200; below = covers(), tries++)
    position[1] = Math.round(below.position.y + (below.measured?.height ?? height) + ROW_GAP);
  const node = newNode(store, type, position);
  store.edit({ op: "add_node", node, index: null });
  store.select([node.id]);
  return node.id;
}

/** What a new block is called: the ports of a composite need names of their own, other blocks have none. */
function nameFor(store: Store, type: string): string {
  if (!isDoorway(type)) return "";
  const wanted = type === "entry" ? "x" : "y";
  const taken = new Set([...store.doc.nodes.values()].filter((node) => node.type === type).map((node) => node.name || node.id));
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}${number}`;
    if (!taken.has(name)) return name;
  }
}

export function newNode(store: Store, type: string, [x, y]: Position): NodeJson {
  return { id: newId("n"), type, name: nameFor(store, type), parameters: {}, position: [Math.round(x), Math.round(y)] };
}

/** Connect two ports, unless that is impossible; return the reason then. */
export function connect(store: Store, ends: Ends): string | null {
  const reason = refusal(store, ends);
  if (reason) return reason;
  store.edit({ op: "connect", edge: edgeBetween(ends), index: null });
  return null;
}

/** Move one end of a wire to another port. It keeps its place among the wires. */
export function reconnect(store: Store, id: string, ends: Ends): string | null {
  store.reconnecting = id;
  const reason = refusal(store, ends);
  store.reconnecting = null;
  if (reason) return reason;
  const index = [...store.doc.edges.keys()].indexOf(id);
  const edits: Edit[] = [
    { op: "disconnect", id },
    { op: "connect", edge: edgeBetween(ends), index },
  ];
  store.edit(batch(edits, "reconnect"));
  return null;
}

export function edgeBetween(ends: Ends): EdgeJson {
  return { id: newId("e"), source: ends.source, source_port: ends.sourcePort, target: ends.target, target_port: ends.targetPort };
}

export function remove(store: Store, verb = "delete"): void {
  const nodes = new Set(store.selectedNodes);
  const wires = store.selectedEdges.filter((id) => {
    const edge = store.doc.edges.get(id);
    return edge && !nodes.has(edge.source) && !nodes.has(edge.target);
  });
  const edits: Edit[] = [...wires.map((id): Edit => ({ op: "disconnect", id })), ...[...nodes].map((id): Edit => ({ op: "remove_node", id }))];
  if (edits.length) store.edit(batch(edits, nodes.size ? counted(verb, nodes.size) : `${verb} wires`));
}

export function rename(store: Store, id: string, name: string): void {
  store.rename(null);
  const node = store.doc.nodes.get(id);
  const text = name.trim().slice(0, 200);
  if (node && node.name !== text) store.edit({ op: "rename_node", id, name: text });
}
