// A wire that is refused for its kind alone can be had with blocks in between that make the one of the other.

import { newId } from "./ids";
import { outputKinds } from "./kinds";
import { refusal, type Ends } from "./rules";
import type { Notice, Store } from "./store";

/** Return the wire and what would stand on it, or nothing where no block helps or something else is in the way as well. */
export function throughBlocks(store: Store, ends: Ends): Notice["wire"] {
  if (store.scope.definition !== null) return undefined; // what would stand there would have to suit every use
  const source = store.doc.nodes.get(ends.source);
  const target = store.doc.nodes.get(ends.target);
  const input = target && store.palette.blocks[target.type]?.inputs.find((port) => port.name === ends.targetPort);
  if (!source || !input) return undefined;
  const given = outputKinds(store, source.id, ends.sourcePort);
  if (given.length !== 1 || given[0] === "any" || input.kinds.includes("any") || input.kinds.includes(given[0]!)) return undefined;
  if (refusal({ ...store, palette: takingAll(store, target.type) }, ends) !== null) return undefined;
  const ways = store.palette.insertions[given[0]!] ?? {};
  const through = input.kinds.map((kind) => ways[kind]).find(Boolean);
  if (!through) return undefined;
  return { through, edge: { id: newId("e"), source: ends.source, source_port: ends.sourcePort, target: ends.target, target_port: ends.targetPort } };
}

/** Return the palette with inputs of one type of block that take any kind: what is refused then is refused for another reason. */
function takingAll(store: Store, type: string): Store["palette"] {
  const info = store.palette.blocks[type]!;
  return { ...store.palette, blocks: { ...store.palette.blocks, [type]: { ...info, inputs: info.inputs.map((port) => ({ ...port, kinds: ["any"] })) } } };
}
