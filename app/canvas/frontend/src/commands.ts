// What can be done on the canvas: one table from which the shortcuts, the context menus and the list of shortcuts follow.

import { remove } from "./actions";
import { removeAndJoin } from "./heal";
import type { Direction } from "./layout";
import { COMPOSING } from "./composites";
import { ORGANISING } from "./organising";
import type { Place, Point } from "./overlay";
import { copy, cut, duplicate, paste } from "./pasteboard";
import type { Store } from "./store";
import { tour } from "./firstSteps";
import { reach } from "./walk";

/** What the editor can do with its view. */
export interface View {
  fit: () => void;
  focus: () => void;
  fitSelection: () => void;
  arrange: (direction: Direction) => void;
  /** Return where a port stands on the canvas, from its top, once it has been drawn. */
  portHeight: (node: string, port: string, output: boolean) => number | null;
  /** Open the list of blocks there, or at the pointer. */
  search: (at: Point | null) => void;
  /** Open the context menu of the selection, for those without a pointer. */
  menu: () => void;
  /** Take selection and focus along the wires, or (`extend`) the focus alone to the block that joins the selection. */
  walk: (key: string, extend: boolean) => void;
  nudge: (key: string, step: number) => void;
  /** Return the place on the canvas below one in the window, or the middle of what is seen. */
  placeAt: (at: Point | null) => Point;
}

/** How a command was called: by a key, or from a menu that was opened there. */
export interface Call {
  key: string;
  at: Point | null;
}

export interface Command {
  title: string;
  group: "Add" | "Edit" | "Select" | "View" | "Arrange" | "Group" | "Run";
  /** Modifiers, then the key. Menus show the first. */
  keys: string[];
  /** How the list of shortcuts says several keys at once. */
  shown?: string;
  /** Whose context menus offer it. */
  menu?: Place[];
  /** Where it works besides the canvas: while nothing on the page has the focus, while one types. */
  also?: ("page" | "fields")[];
  /** The browser's own event follows the key and does the work. */
  native?: boolean;
  usable?: (store: Store) => boolean;
  /** Menus leave it out where it is not usable. */
  rare?: boolean;
  run: (store: Store, view: View, call: Call) => void;
}

const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
const oneNode = (store: Store): boolean => store.selectedNodes.length === 1;
const someNodes = (store: Store): boolean => store.selectedNodes.length > 0;
const something = (store: Store): boolean => someNodes(store) || store.selectedEdges.length > 0;
const anything = (store: Store): boolean => store.doc.nodes.size > 0;

export const COMMANDS: Command[] = [
  { title: "Add a block here", group: "Add", keys: ["Shift+A", "Tab"], menu: ["canvas"], run: (_store, view, { at }) => view.search(at) },
  {
    title: "Insert a block",
    group: "Add",
    keys: [],
    menu: ["wire"],
    usable: (store) => store.selectedEdges.length === 1,
    run: (store, _view, { at }) => at && store.show({ kind: "search", at, into: store.selectedEdges[0]! }),
  },
  { title: "Undo", group: "Edit", keys: ["Ctrl+Z"], menu: ["canvas"], also: ["page"], usable: (store) => Boolean(store.payload?.undo) || store.saving, run: (store) => store.undo() },
  { title: "Redo", group: "Edit", keys: ["Ctrl+Shift+Z", "Ctrl+Y"], menu: ["canvas"], also: ["page"], usable: (store) => Boolean(store.payload?.redo), run: (store) => store.redo() },
  { title: "Cut", group: "Edit", keys: ["Ctrl+X"], menu: ["node"], native: true, usable: someNodes, run: (store, _view, call) => cut(store, call) },
  { title: "Copy", group: "Edit", keys: ["Ctrl+C"], menu: ["node"], native: true, usable: someNodes, run: (store, _view, call) => copy(store, call) },
  { title: "Paste", group: "Edit", keys: ["Ctrl+V"], menu: ["canvas"], native: true, run: (store, view, call) => paste(store, view, call, false) },
  { title: "Paste with incoming wires", group: "Edit", keys: ["Ctrl+Shift+V"], menu: ["canvas"], native: true, run: (store, view, call) => paste(store, view, call, true) },
  { title: "Duplicate", group: "Edit", keys: ["Ctrl+D"], menu: ["node"], usable: someNodes, run: duplicate },
  { title: "Rename", group: "Edit", keys: ["F2"], menu: ["node"], usable: oneNode, run: (store) => store.rename(oneNode(store) ? store.selectedNodes[0]! : null) },
  { title: "Move", group: "Edit", keys: ARROWS.map((key) => `Alt+${key}`), shown: "Alt+Arrow", run: (store, view, { key }) => (key === "ArrowLeft" && !someNodes(store) ? store.leave() : view.nudge(key, 10)) },
  { title: "Move a little", group: "Edit", keys: ARROWS.map((key) => `Alt+Shift+${key}`), shown: "Alt+Shift+Arrow", run: (_store, view, { key }) => view.nudge(key, 1) },
  { title: "Delete", group: "Edit", keys: ["Delete", "Backspace"], menu: ["node", "wire"], usable: something, run: (store) => remove(store) },
  { title: "Delete and join wires", group: "Edit", keys: ["Ctrl+Delete", "Ctrl+Backspace"], menu: ["node"], usable: someNodes, run: removeAndJoin },
  { title: "Walk along the wires", group: "Select", keys: ARROWS, shown: "Arrow", run: (_store, view, { key }) => view.walk(key, false) },
  { title: "Walk and add to the selection", group: "Select", keys: ARROWS.map((key) => `Shift+${key}`), shown: "Shift+Arrow", run: (_store, view, { key }) => view.walk(key, true) },
  { title: "Select all upstream", group: "Select", keys: ["Ctrl+Shift+ArrowLeft"], menu: ["node"], usable: someNodes, run: (store) => store.select(reach(store, store.selectedNodes, "source")) },
  { title: "Select all downstream", group: "Select", keys: ["Ctrl+Shift+ArrowRight"], menu: ["node"], usable: someNodes, run: (store) => store.select(reach(store, store.selectedNodes, "target")) },
  { title: "Select everything", group: "Select", keys: ["Ctrl+A"], menu: ["canvas"], usable: anything, run: (store) => store.select(store.doc.nodes.keys(), store.doc.edges.keys()) },
  { title: "Select nothing, let go of a wire", group: "Select", keys: ["Escape"], run: (store) => (store.wire ? store.setWire(null) : store.select([])) },
  { title: "Show everything", group: "View", keys: ["1"], menu: ["canvas"], usable: anything, run: (_store, view) => view.fit() },
  ...ORGANISING,
  ...COMPOSING,
  { title: "Open the menu of the selection", group: "View", keys: ["Shift+F10", "ContextMenu"], run: (_store, view) => view.menu() },
  { title: "Keyboard shortcuts", group: "View", keys: ["?"], menu: ["canvas"], run: (store) => store.show({ kind: "shortcuts" }) },
  { title: "Show the first steps", group: "View", keys: [], menu: ["canvas"], run: () => tour.start() },
  { title: "Train", group: "Run", keys: ["Ctrl+Enter"], also: ["page", "fields"], run: (store) => store.order("train") },
  { title: "Save a version", group: "Run", keys: ["Ctrl+S"], also: ["page", "fields"], run: (store) => store.order("save") },
];

/** Whether these keys, and no others, are pressed. Shift is left aside where the key is a sign that may need it. */
export function isPressed(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split("+");
  const key = parts.at(-1)!;
  const shiftCounts = key.length > 1 || /[a-z]/i.test(key);
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    (event.ctrlKey || event.metaKey) === parts.includes("Ctrl") &&
    event.altKey === parts.includes("Alt") &&
    (!shiftCounts || event.shiftKey === parts.includes("Shift"))
  );
}
