// What can be done with composites: make one of the selection, take one apart, go in and out.

import type { Command } from "./commands";
import { isComposite } from "./scope";
import type { Store } from "./store";

function chosenComposite(store: Store): string | null {
  const [id, ...others] = store.selectedNodes;
  return id && !others.length && isComposite(store.doc.nodes.get(id)?.type ?? "") ? id : null;
}

export const COMPOSING: Command[] = [
  { title: "Open the composite", group: "Group", rare: true, keys: ["Enter"], menu: ["node"], usable: (store) => chosenComposite(store) !== null, run: (store) => enterChosen(store) },
  { title: "Back to the level above", group: "Group", rare: true, keys: ["Shift+Enter"], menu: ["canvas"], usable: (store) => store.scope.definition !== null, run: (store) => store.leave() },
  { title: "Make a composite", group: "Group", keys: ["Ctrl+G"], menu: ["node"], usable: (store) => store.selectedNodes.length > 0, run: (store) => group(store) },
  { title: "Unpack the composite", group: "Group", rare: true, keys: ["Ctrl+Shift+G"], menu: ["node"], usable: (store) => chosenComposite(store) !== null, run: (store) => unpack(store) },
];

function enterChosen(store: Store): void {
  const id = chosenComposite(store);
  if (id) store.enter(id);
}

function group(store: Store): void {
  if (store.selectedNodes.length) store.regroup("group", store.selectedNodes);
}

function unpack(store: Store): void {
  const id = chosenComposite(store);
  if (id) store.regroup("unpack", [id]);
  else if (store.selectedNodes.length) store.say("Select one composite to unpack it.");
}
