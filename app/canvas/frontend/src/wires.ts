// Which wires arrive at and leave a node, worked out once for each version of the document.

import type { Doc } from "./document";
import type { EdgeJson } from "./protocol";

export interface Wires {
  arriving: ReadonlyMap<string, EdgeJson[]>;
  leaving: ReadonlyMap<string, EdgeJson[]>;
}

const known = new WeakMap<Doc["edges"], Wires>();

export function wiresOf(doc: Doc): Wires {
  let wires = known.get(doc.edges);
  if (!wires) {
    const arriving = new Map<string, EdgeJson[]>();
    const leaving = new Map<string, EdgeJson[]>();
    for (const edge of doc.edges.values()) {
      push(arriving, edge.target, edge);
      push(leaving, edge.source, edge);
    }
    known.set(doc.edges, (wires = { arriving, leaving }));
  }
  return wires;
}

function push(lists: Map<string, EdgeJson[]>, id: string, edge: EdgeJson): void {
  const list = lists.get(id);
  if (list) list.push(edge);
  else lists.set(id, [edge]);
}
