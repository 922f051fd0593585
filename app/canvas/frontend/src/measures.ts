// What blocks can be coloured by: a number for each, and how it stands among those of the others.

import { briefly, sizeOf, scientific } from "./format";
import type { Colouring } from "./look";
import type { View } from "./protocol";

export interface Measure {
  /** Where the number stands between the least (0) and the most (1), by its logarithm. */
  level: number;
  text: string;
}
export interface Scale {
  of: ReadonlyMap<string, Measure>;
  least: string;
  most: string;
}

export const TITLES: Record<Colouring, string> = {
  category: "Kind of block",
  parameters: "Parameters",
  flops: "Operations",
  memory: "Memory in training",
  signal: "Gradient signal",
};

const WRITTEN: Record<Exclude<Colouring, "category">, (value: number) => string> = {
  parameters: briefly,
  flops: (value) => `${briefly(value)} FLOP`,
  memory: sizeOf,
  signal: scientific,
};

const NOTHING: Scale = { of: new Map(), least: "", most: "" };
let cached: { views: object; signal: object | null; colouring: Colouring; scale: Scale } | null = null;

/** Return the numbers of every block that has one; worked out once for each state of the network. */
export function scaleOf(views: Record<string, View>, signal: Record<string, number> | null, colouring: Colouring): Scale {
  if (cached && cached.views === views && cached.signal === signal && cached.colouring === colouring) return cached.scale;
  const scale = colouring === "category" ? NOTHING : worked(views, signal ?? {}, colouring);
  cached = { views, signal, colouring, scale };
  return scale;
}

function worked(views: Record<string, View>, signal: Record<string, number>, colouring: Exclude<Colouring, "category">): Scale {
  const values = new Map<string, number>();
  for (const [id, view] of Object.entries(views)) {
    const value = colouring === "signal" ? signal[id] : view[colouring];
    if (value !== undefined && value > 0 && Number.isFinite(value)) values.set(id, value);
  }
  if (!values.size) return NOTHING;
  const [least, most] = [Math.min(...values.values()), Math.max(...values.values())];
  const span = Math.log(most) - Math.log(least);
  const write = WRITTEN[colouring];
  const of = new Map(Array.from(values, ([id, value]): [string, Measure] => [id, { level: span > 1e-9 ? (Math.log(value) - Math.log(least)) / span : 1, text: write(value) }]));
  return { of, least: write(least), most: write(most) };
}
