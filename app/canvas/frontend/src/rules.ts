// Which wires are possible, and in one sentence why one is not. What Python's check says later, said while the wire is still being drawn.

import type { Doc } from "./document";
import { outputKinds } from "./kinds";
import type { NodeJson, PaletteInfo, Port, View } from "./protocol";
import { wiresOf } from "./wires";

export interface Known {
  doc: Doc;
  views: Record<string, View>;
  palette: PaletteInfo;
  /** The wire that is being moved to another port, which therefore stands in nobody's way. */
  reconnecting: string | null;
}

export interface Ends {
  source: string;
  sourcePort: string;
  target: string;
  targetPort: string;
}

/** Return why a wire is impossible, or null where it is fine. */
export function refusal(known: Known, ends: Ends): string | null {
  const source = known.doc.nodes.get(ends.source);
  const target = known.doc.nodes.get(ends.target);
  if (!source || !target) return "This block is gone.";
  if (source.id === target.id) return "A block cannot feed itself.";
  const output = known.palette.blocks[source.type]?.outputs.find((port) => port.name === ends.sourcePort);
  const input = known.palette.blocks[target.type]?.inputs.find((port) => port.name === ends.targetPort);
  if (!output || !input) return "Connect an output to an input.";
  const given = outputKinds(known, source.id, output.name);
  const anything = given.includes("any") || input.kinds.includes("any");
  if (!anything && !given.some((kind) => input.kinds.includes(kind))) return mismatch(known.palette, source, given[0]!, target, input);
  if (!input.many && isOccupied(known, target.id, input.name)) return occupied(known.palette, target, input.name);
  if (reaches(known, target.id, source.id)) return "This would make a cycle: the network must run in one direction.";
  return null;
}

/** Return why no further wire can end at a port, or null where one can. */
export function openEnd(known: Known, { node, port, output }: { node: string; port: string; output: boolean }): string | null {
  const block = known.doc.nodes.get(node);
  const input = block && !output ? known.palette.blocks[block.type]?.inputs.find((candidate) => candidate.name === port) : undefined;
  return block && input && !input.many && isOccupied(known, node, port) ? occupied(known.palette, block, port) : null;
}

/** Return what a person calls a node: its name, else its block's title. */
export function called(palette: PaletteInfo, node: NodeJson): string {
  const title = palette.blocks[node.type]?.title ?? node.type;
  return node.name ? `${title} '${node.name}'` : title;
}

export function inWords(palette: PaletteInfo, kind: string): string {
  const [words, shape] = palette.kinds[kind] ?? [kind, ""];
  return shape ? `${words} ${shape}` : words;
}

function mismatch(palette: PaletteInfo, source: NodeJson, kind: string, target: NodeJson, input: Port): string {
  const wanted = input.kinds.map((each) => inWords(palette, each)).join(" or ");
  return `${called(palette, source)} gives ${inWords(palette, kind)}; ${called(palette, target)} '${input.name}' needs ${wanted}.`;
}

function occupied(palette: PaletteInfo, node: NodeJson, port: string): string {
  return `${called(palette, node)} '${port}' already has a wire.`;
}

function isOccupied(known: Known, node: string, port: string): boolean {
  return wiresOf(known.doc).arriving.get(node)?.some((edge) => edge.target_port === port && edge.id !== known.reconnecting) ?? false;
}

function reaches(known: Known, from: string, to: string): boolean {
  const { leaving } = wiresOf(known.doc);
  const seen = new Set<string>();
  const waiting = [from];
  while (waiting.length) {
    const id = waiting.pop()!;
    if (id === to) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    for (const edge of leaving.get(id) ?? []) if (edge.id !== known.reconnecting) waiting.push(edge.target);
  }
  return false;
}
