// Copying, cutting, pasting and duplicating blocks. The system's clipboard carries them as text; where the browser keeps it from the page, what
// was copied on this page can still be pasted here.

import { batch, counted, remove } from "./actions";
import { fromText, toText, type Clip } from "./clipboard";
import type { Call, View } from "./commands";
import { newId } from "./ids";
import type { EdgeJson, Edit, NodeJson, Position } from "./protocol";
import { isComposite, levelName, networkOf } from "./scope";
import type { Store } from "./store";

const PASTE_OFFSET = 36;

/** What was copied here last, and whether the system's clipboard has it. */
let copied: { clip: Clip; text: string; handed: boolean } | null = null;
/** What was pasted last, and how often: each copy lies a little further aside. */
let pasted = { text: "", times: 0 };

export function copy(store: Store, { at }: Pick<Call, "at">): boolean {
  const clip = selection(store);
  if (!clip) return false;
  const text = toText(clip);
  const mine = { clip, text, handed: false };
  copied = mine;
  pasted = { text, times: 0 };
  const hand = (event: ClipboardEvent): void => {
    event.clipboardData?.setData("text/plain", text);
    mine.handed = event.clipboardData !== null;
  };
  const late = (): void => void (mine.handed || navigator.clipboard?.writeText(text).then(() => (mine.handed = true), () => undefined));
  awaitEvent(["copy", "cut"], hand, late);
  if (at) document.execCommand("copy"); // from a menu no key is pressed that would raise the event
  return true;
}

export function cut(store: Store, call: Pick<Call, "at">): void {
  if (copy(store, call)) remove(store, "cut");
}

/** Paste what the clipboard holds; with `wires` the copies take the wires that led to the originals. */
export function paste(store: Store, view: View, { at }: Pick<Call, "at">, wires: boolean): void {
  const put = (text: string | null): void => pasteText(store, view, text, at, wires);
  const read = (event: ClipboardEvent): void => put(event.clipboardData?.getData("text/plain") ?? null);
  const late = (): void => void (navigator.clipboard?.readText ? navigator.clipboard.readText().then(put, () => put(null)) : put(null));
  if (at) late();
  else awaitEvent(["paste"], read, late);
}

export function duplicate(store: Store): void {
  const clip = selection(store);
  if (clip) insert(store, clip, [PASTE_OFFSET, PASTE_OFFSET], "duplicate", []);
}

function pasteText(store: Store, view: View, text: string | null, at: { x: number; y: number } | null, wires: boolean): void {
  const own = copied && (text === null || text === "" || !copied.handed) ? copied : null;
  if (!own && text === null) return store.say("This browser keeps the clipboard from the page: press Ctrl+V on the canvas instead.");
  if (!own && text === "") return store.say("The clipboard holds no text: copy blocks on a canvas first.");
  const clip = own ? own.clip : fromText(text!);
  if (typeof clip === "string") return store.say(clip);
  // The same id may mean another composite there.
  if (networkOf(clip.graph) !== networkOf(levelOf(store)) && clip.nodes.some((node) => isComposite(node.type)))
    return store.say("Composites stay in their network: choose one under “My composites” in the panel to bring it here.");
  const here = clip.graph === levelOf(store);
  const name = own ? own.text : text!;
  pasted = { text: name, times: pasted.text === name ? pasted.times + 1 : 1 };
  const aside = PASTE_OFFSET * (here && !at ? pasted.times : pasted.times - 1);
  const [dx, dy] = here && !at ? [0, 0] : towards(clip, view.placeAt(at), at === null);
  const kept = wires && here ? clip.incoming.filter((edge) => store.doc.nodes.has(edge.source)) : [];
  insert(store, clip, [dx + aside, dy + aside], "paste", kept);
  if (wires && !here && clip.incoming.length) store.say("The wires from outside stayed behind: their blocks are in another network.");
}

/** How far the upper left corner of what was copied (or its middle) lies from a place. */
function towards({ nodes }: Clip, to: { x: number; y: number }, middle: boolean): Position {
  const [xs, ys] = [nodes.map((node) => node.position[0]), nodes.map((node) => node.position[1])];
  const from = (all: number[]): number => {
    const [low, high] = all.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
    return middle ? (low + high) / 2 : low;
  };
  return [Math.round(to.x - from(xs)), Math.round(to.y - from(ys))];
}

function levelOf(store: Store): string {
  return levelName(store.payload?.graph ?? "", store.scope);
}

function selection(store: Store): Clip | null {
  const ids = new Set(store.selectedNodes);
  if (!ids.size) return null;
  const edges = [...store.doc.edges.values()].filter((edge) => ids.has(edge.target));
  return {
    graph: levelOf(store),
    nodes: [...store.doc.nodes.values()].filter((node) => ids.has(node.id)),
    edges: edges.filter((edge) => ids.has(edge.source)),
    incoming: edges.filter((edge) => !ids.has(edge.source)),
  };
}

/** Add copies of nodes and of the wires among them, and select them. A wire in `incoming` leads from where it came from to the copy. */
function insert(store: Store, clip: Clip, [dx, dy]: Position, verb: string, incoming: EdgeJson[]): void {
  const ids = new Map(clip.nodes.map((node) => [node.id, newId("n")]));
  const here = clip.graph === levelOf(store); // another network may have the same ids
  const copyOf = ({ shares_weights_with: partner, ...node }: NodeJson): NodeJson => {
    const found = partner && (ids.get(partner) ?? (here && store.doc.nodes.has(partner) ? partner : null));
    return { ...node, ...(found ? { shares_weights_with: found } : {}), id: ids.get(node.id)!, position: [node.position[0] + dx, node.position[1] + dy] };
  };
  const edits: Edit[] = clip.nodes.map((node) => ({ op: "add_node", node: copyOf(node), index: null }));
  for (const edge of [...clip.edges, ...incoming])
    edits.push({ op: "connect", edge: { ...edge, id: newId("e"), source: ids.get(edge.source) ?? edge.source, target: ids.get(edge.target)! }, index: null });
  store.edit(batch(edits, counted(verb, clip.nodes.length)));
  store.select(ids.values());
}

/** Take the browser's next such event for ours. It follows the key that was pressed at once, or not at all: `late` is then called. */
function awaitEvent(names: ("copy" | "cut" | "paste")[], take: (event: ClipboardEvent) => void, late: () => void): void {
  let came = false;
  const listener = (event: ClipboardEvent): void => {
    came = true;
    event.preventDefault();
    event.stopImmediatePropagation();
    take(event);
  };
  for (const name of names) window.addEventListener(name, listener, { capture: true, once: true });
  setTimeout(() => {
    for (const name of names) window.removeEventListener(name, listener, { capture: true });
    if (!came) late();
  });
}
