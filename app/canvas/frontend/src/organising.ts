// Commands that change how a network is looked at and laid out, in the one table of commands.

import { align, distribute, straighten, type Line } from "./arrange";
import type { Command } from "./commands";
import { frameSelection } from "./frames";
import { look } from "./look";
import { toggle } from "./marks";
import type { Store } from "./store";

const chosen =
  (least: number) =>
  (store: Store): boolean =>
    store.selectedNodes.length >= least;
const anything = (store: Store): boolean => store.doc.nodes.size > 0;

const lines: [title: string, line: Line, keys: string][] = [
  ["Align left", "left", "Alt+A"],
  ["Align centres", "centre", "Alt+H"],
  ["Align right", "right", "Alt+D"],
  ["Align top", "top", "Alt+W"],
  ["Align middles", "middle", "Alt+V"],
  ["Align bottom", "bottom", "Alt+S"],
];

export const ALIGNING: Command[] = [
  ...lines.map(([title, line, keys]): Command => ({ title, group: "Arrange", keys: [keys], usable: chosen(2), run: (store) => align(store, line) })),
  { title: "Distribute across", group: "Arrange", keys: ["Alt+Shift+H"], usable: chosen(3), run: (store) => distribute(store, true) },
  { title: "Distribute down", group: "Arrange", keys: ["Alt+Shift+V"], usable: chosen(3), run: (store) => distribute(store, false) },
  { title: "Straighten wires", group: "Arrange", keys: ["Alt+L"], usable: chosen(1), run: (store, view) => straighten(store, view.portHeight) },
];

export const ORGANISING: Command[] = [
  { title: "Zoom to the selection", group: "View", keys: ["2", "Shift+F"], menu: ["node"], usable: chosen(1), run: (_store, view) => view.fitSelection() },
  { title: "Find a block", group: "View", keys: ["Ctrl+F"], menu: ["canvas"], also: ["page"], usable: anything, run: (store) => store.find(true) },
  { title: "Shapes on the wires", group: "View", keys: ["Shift+S"], run: () => look.set({ shapes: !look.state.shapes }) },
  { title: "Arrange left to right", group: "Arrange", keys: ["Alt+R"], menu: ["canvas"], usable: anything, run: (_store, view) => view.arrange("across") },
  { title: "Arrange top down", group: "Arrange", keys: ["Alt+Shift+R"], menu: ["canvas"], usable: anything, run: (_store, view) => view.arrange("down") },
  { title: "Snap to grid and guides", group: "Arrange", keys: ["Shift+G"], run: () => look.set({ snap: !look.state.snap }) },
  ...ALIGNING,
  { title: "Bypass", group: "Arrange", keys: ["Ctrl+B"], menu: ["node"], usable: chosen(1), run: (store) => toggle(store, "bypassed") },
  { title: "Freeze", group: "Arrange", keys: ["Ctrl+Shift+F"], menu: ["node"], usable: chosen(1), run: (store) => toggle(store, "frozen") },
  { title: "Collapse", group: "Arrange", keys: ["Alt+C"], menu: ["node"], usable: chosen(1), run: (store) => toggle(store, "collapsed") },
  { title: "Frame", group: "Arrange", keys: ["Shift+N"], menu: ["node"], usable: chosen(1), run: frameSelection },
];
