// What can be done with the block, the wire or the canvas below the pointer, each with its shortcut.

import { Fragment, useEffect, useRef } from "react";
import { COMMANDS, type Command, type View } from "./commands";
import { useStore } from "./context";
import { Keys } from "./Keys";
import type { Overlay } from "./overlay";
import { keepInside } from "./placing";

type Asked = Extract<Overlay, { kind: "menu" }>;
const LABELS = { node: "Block", wire: "Wire", canvas: "Canvas" };

export function ContextMenu({ asked, view }: { asked: Asked; view: View }) {
  const store = useStore();
  const frame = useRef<HTMLDivElement>(null);
  const offered = COMMANDS.filter((command) => command.menu?.includes(asked.on) && !(command.rare && !command.usable?.(store)));
  const items = (): HTMLElement[] => [...frame.current!.querySelectorAll<HTMLElement>("button:not(:disabled)")];
  useEffect(() => {
    keepInside(frame.current!, asked.at);
    items()[0]?.focus({ preventScroll: true });
  }, [asked]);

  const close = (): void => {
    store.show(null);
    store.focus();
  };
  const run = (command: Command): void => {
    close();
    command.run(store, view, { key: "", at: asked.at });
  };
  const press = (event: React.KeyboardEvent): void => {
    const all = items();
    const at = all.indexOf(event.target as HTMLElement);
    const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[event.key];
    const letter = event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== " ";
    if (to !== undefined) all[to]?.focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else if (letter) [...all.slice(at + 1), ...all.slice(0, at + 1)].find((item) => item.textContent?.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    else return;
    event.preventDefault();
  };

  return (
    <div className="overlay menu" ref={frame} role="menu" aria-label={LABELS[asked.on]} onKeyDown={press} onContextMenu={(event) => event.preventDefault()}>
      {offered.map((command, index) => (
        <Fragment key={command.title}>
          {index > 0 && offered[index - 1]!.group !== command.group && <hr />}
          <button role="menuitem" tabIndex={-1} disabled={command.usable ? !command.usable(store) : false} onClick={() => run(command)} onPointerMove={(event) => event.currentTarget.focus({ preventScroll: true })}>
            <span>{command.title}</span>
            {command.keys[0] && <Keys keys={command.keys[0]} />}
          </button>
        </Fragment>
      ))}
    </div>
  );
}
