// Which blocks fit the end of a wire that was dropped, or into the middle of one, and by which of their ports.

import { outputKinds, takenBy } from "./kinds";
import type { BlockInfo, EdgeJson, Port } from "./protocol";
import type { Known } from "./rules";
import type { Wire } from "./store";

export interface Through {
  input: string;
  output: string;
}

/** Return the port of a block by which it could take up a wire that comes from there: one that takes just this kind rather than any. */
export function portFor(known: Known, info: BlockInfo, from: Wire): Port | null {
  if (from.output) return best(info.inputs, outputKinds(known, from.node, from.port), (port) => port.kinds);
  const type = known.doc.nodes.get(from.node)?.type ?? "";
  const wanted = known.palette.blocks[type]?.inputs.find((port) => port.name === from.port)?.kinds;
  return wanted ? best(info.outputs, wanted, (port) => takenBy(info, port)) : null;
}

/** Return the ports by which a block fits into a wire, or null where it does not. */
export function throughFor(known: Known, info: BlockInfo, edge: EdgeJson): Through | null {
  const given = outputKinds(known, edge.source, edge.source_port);
  const type = known.doc.nodes.get(edge.target)?.type ?? "";
  const wanted = known.palette.blocks[type]?.inputs.find((port) => port.name === edge.target_port)?.kinds;
  const input = best(info.inputs, given, (port) => port.kinds);
  if (!input || !wanted) return null;
  const output = best(info.outputs, wanted, (port) => (port.like === input.name ? given : takenBy(info, port)));
  return output && { input: input.name, output: output.name };
}

/** 0 where a port takes just this kind, 1 where it takes anything or nothing is known, 2 where it does not fit. */
export function misfit(given: readonly string[], taken: readonly string[]): number {
  if (given.includes("any") || taken.includes("any")) return 1;
  return given.some((kind) => taken.includes(kind)) ? 0 : 2;
}

function best(ports: Port[], kinds: readonly string[], of: (port: Port) => readonly string[]): Port | null {
  const rank = (port: Port): number => misfit(kinds, of(port)) + (port.optional ? 0.5 : 0);
  return ports.filter((port) => misfit(kinds, of(port)) < 2).sort((a, b) => rank(a) - rank(b))[0] ?? null;
}
