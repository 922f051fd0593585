// The canvas's copy of the document. `apply` does what engine/graph/edits.py does, edit by edit, or both sides drift apart.

import type { Edit, EdgeJson, GraphJson, NodeJson } from "./protocol";

export interface Doc {
  name: string;
  nodes: ReadonlyMap<string, NodeJson>;
  edges: ReadonlyMap<string, EdgeJson>;
}

export const EMPTY: Doc = { name: "", nodes: new Map(), edges: new Map() };

/** An edit that does not fit the document: something it speaks of is gone, or is there already. */
export class Stale extends Error {}

export function fromJson(graph: GraphJson): Doc {
  return {
    name: graph.name,
    nodes: new Map(graph.nodes.map((node) => [node.id, node])),
    edges: new Map(graph.edges.map((edge) => [edge.id, edge])),
  };
}

/** Return the document after an edit. Throws `Stale` where Python would refuse it. */
export function apply(doc: Doc, edit: Edit): Doc {
  switch (edit.op) {
    case "add_node":
      if (doc.nodes.has(edit.node.id)) throw new Stale(edit.node.id);
      return { ...doc, nodes: inserted(doc.nodes, edit.node.id, edit.node, edit.index) };
    case "remove_node": {
      node(doc, edit.id);
      const touches = (edge: EdgeJson) => edge.source === edit.id || edge.target === edit.id;
      return {
        ...doc,
        nodes: new Map([...doc.nodes].filter(([id]) => id !== edit.id)),
        edges: new Map([...doc.edges].filter(([, edge]) => !touches(edge))),
      };
    }
    case "connect":
      if (doc.edges.has(edit.edge.id)) throw new Stale(edit.edge.id);
      if (!edit.dangling) for (const end of [edit.edge.source, edit.edge.target]) node(doc, end);
      return { ...doc, edges: inserted(doc.edges, edit.edge.id, edit.edge, edit.index) };
    case "disconnect":
      if (!doc.edges.has(edit.id)) throw new Stale(edit.id);
      return { ...doc, edges: new Map([...doc.edges].filter(([id]) => id !== edit.id)) };
    case "set_parameters": {
      const before = node(doc, edit.id);
      const parameters = { ...before.parameters, ...edit.parameters };
      for (const name of edit.removed) delete parameters[name];
      return withNode(doc, { ...before, parameters });
    }
    case "set_marks":
      return withNode(doc, { ...node(doc, edit.id), ...edit.marks });
    case "rename_node":
      return withNode(doc, { ...node(doc, edit.id), name: edit.name });
    case "rename_graph":
      return { ...doc, name: edit.name };
    case "move": {
      const nodes = new Map(doc.nodes);
      for (const [id, position] of Object.entries(edit.positions)) nodes.set(id, { ...node(doc, id), position });
      return { ...doc, nodes };
    }
    case "batch":
      return edit.edits.reduce(apply, doc);
  }
}

function node(doc: Doc, id: string): NodeJson {
  const found = doc.nodes.get(id);
  if (!found) throw new Stale(id);
  return found;
}

function withNode(doc: Doc, changed: NodeJson): Doc {
  return { ...doc, nodes: new Map(doc.nodes).set(changed.id, changed) };
}

function inserted<T>(items: ReadonlyMap<string, T>, id: string, item: T, index: number | null): Map<string, T> {
  if (index === null || index >= items.size) return new Map(items).set(id, item);
  const pairs = [...items];
  pairs.splice(index, 0, [id, item]);
  return new Map(pairs);
}
