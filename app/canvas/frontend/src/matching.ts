// Which blocks a search finds, the likeliest first.

import type { BlockInfo, PaletteInfo } from "./protocol";

export type Entry = [type: string, info: BlockInfo];

/** Return the blocks of which every word is known, those first whose title begins with the first word. */
export function matching(palette: PaletteInfo, query: string): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const scored: [number, Entry][] = [];
  for (const entry of Object.entries(palette.blocks)) {
    const [type, info] = entry;
    if (palette.hidden?.has(type)) continue;
    const title = info.title.toLowerCase();
    const all = [title, type.replaceAll("_", " "), type, info.category, ...info.keywords].join(" ").toLowerCase();
    if (words.every((word) => all.includes(word))) scored.push([words.length && title.startsWith(words[0]!) ? 0 : words.every((word) => title.includes(word)) ? 1 : 2, entry]);
  }
  return scored.sort((a, b) => a[0] - b[0]).map(([, entry]) => entry);
}
