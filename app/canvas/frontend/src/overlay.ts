// What stands over the canvas for a moment: the list of blocks at the pointer, a context menu, or the shortcuts.

import type { Wire } from "./store";

/** A place in the window. */
export interface Point {
  x: number;
  y: number;
}

export type Place = "node" | "wire" | "canvas";

/** What opens from a toolbar. */
export type PanelName = "align" | "arrange" | "look" | "history";

export type Overlay =
  | { kind: "search"; at: Point; /** The wire that was dropped here. */ from?: Wire; /** The wire that the block goes into. */ into?: string }
  | { kind: "menu"; at: Point; on: Place }
  | { kind: "panel"; at: Point; panel: PanelName }
  | { kind: "shortcuts" };
