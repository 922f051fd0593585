// The level of the network that a canvas shows: the network itself, or the inside of a composite.

import type { PaletteInfo, Payload, Scope, Trail } from "./protocol";

export const SOME_NETWORK: Scope = { definition: null, name: "", steps: [] };

export function trailOf(scope: Scope): Trail {
  return scope.steps.map(({ node, copy }) => [node, copy]);
}

/** The blocks of Gradloom with those that the network brings itself. */
export function withOwn(blocks: PaletteInfo, own: Payload["own"]): PaletteInfo {
  return own ? { ...blocks, blocks: { ...blocks.blocks, ...own.blocks }, hidden: new Set(own.hidden) } : blocks;
}

/** What tells the levels of all networks apart. */
export function levelName(graph: string, { definition }: Scope): string {
  return definition === null ? graph : `${graph}/${definition}`;
}

/** Which network a level is of. */
export function networkOf(level: string): string {
  return level.split("/")[0]!;
}

export function isComposite(type: string): boolean {
  return type.startsWith("@");
}

export function isDoorway(type: string): boolean {
  return type === "entry" || type === "exit";
}
