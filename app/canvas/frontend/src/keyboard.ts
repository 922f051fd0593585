// Every shortcut. It listens above React's root: stopping a key inside would starve React, not stopping it would reach Streamlit's own shortcuts.

import { COMMANDS, isPressed, type Command, type View } from "./commands";
import type { Store } from "./store";

export function listen(host: HTMLElement, store: Store, view: View): () => void {
  // With the pointer on the canvas Tab lists the blocks; for those who go about by keyboard it leads on, as everywhere.
  let pointing = false;

  const meant = (event: KeyboardEvent, among: (command: Command) => boolean): Command | undefined =>
    COMMANDS.find((command) => among(command) && command.keys.some((keys) => isPressed(event, keys)));

  const run = (event: KeyboardEvent, command: Command): void => {
    if (!command.native) event.preventDefault();
    command.run(store, view, { key: event.key, at: null });
    // The focused node may be gone now: without this the next Ctrl+Z would go to the page.
    if (/^(delete|backspace|enter|g|x|z|y)$/i.test(event.key)) view.focus();
  };

  const inside = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0] as HTMLElement;
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
    const onCanvas = !typing && target.closest(".palette, .problems, .overlay") === null;
    const command = meant(event, ({ also }) => {
      if (typing) return also?.includes("fields") ?? false;
      if (event.key === "Enter" && !also && target.closest("button, a, [role=button]") !== null) return false;
      if (event.key === "Tab" && (!pointing || store.wire)) return false;
      return onCanvas || (also?.includes("page") ?? false);
    });
    if (command) run(event, command);
    if (event.key === "Tab") pointing = false;
    const forReactFlow = ["Shift", "Control", "Meta", "Alt", " "].includes(event.key);
    if (event.key === " " && onCanvas && target.closest("button, .react-flow__node, .react-flow__handle") === null) event.preventDefault();
    if (!forReactFlow) event.stopPropagation();
  };

  // Where nothing has the focus, undo and the two commands still mean this canvas.
  const outside = (event: KeyboardEvent): void => {
    const nowhere = event.target === document.body || event.target === document.documentElement;
    const command = nowhere && host.isConnected && meant(event, ({ also }) => also?.includes("page") ?? false);
    if (command) run(event, command);
  };

  const point = (event: PointerEvent): void => {
    const target = event.composedPath()[0] as HTMLElement;
    pointing = target.closest(".surface") !== null && target.closest("button, input") === null;
  };

  host.addEventListener("keydown", inside);
  host.addEventListener("pointerdown", point);
  window.addEventListener("keydown", outside);
  return () => {
    host.removeEventListener("keydown", inside);
    host.removeEventListener("pointerdown", point);
    window.removeEventListener("keydown", outside);
  };
}
