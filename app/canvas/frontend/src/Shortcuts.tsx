// Every shortcut, and what the pointer and the fingers do.

import { useEffect, useRef } from "react";
import { COMMANDS } from "./commands";
import { useStore } from "./context";
import { Icon } from "./icons";
import { Keys } from "./Keys";

const GROUPS = ["Add", "Edit", "Select", "View", "Arrange", "Group", "Run"] as const;
const GESTURES: [what: string, how: string][] = [
  ["List the blocks", "double-click on the canvas"],
  ["Add what fits", "drop a wire on the canvas"],
  ["Insert into a wire", "drop a block on it, or double-click it"],
  ["Select a box", "Shift and drag"],
  ["Add to the selection", "Ctrl and click"],
  ["Open a composite", "double-click it"],
  ["Move the view", "drag the canvas, or Space and drag"],
  ["Zoom", "wheel, or pinch"],
  ["Menu", "right click, or a long press"],
];

export function Shortcuts() {
  const store = useStore();
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => frame.current?.focus({ preventScroll: true }), []);
  const close = (): void => {
    store.show(null);
    store.focus();
  };
  const press = (event: React.KeyboardEvent): void => {
    if (event.key === "Tab") event.preventDefault(); // its one button is reached by Escape as well
    if (event.key === "Escape" || event.key === "?") close();
  };
  return (
    <div className="overlay shortcuts-back" onClick={(event) => event.target === event.currentTarget && close()}>
      <div className="shortcuts" ref={frame} role="dialog" aria-modal aria-label="Keyboard shortcuts" tabIndex={-1} onKeyDown={press}>
        <div className="shortcuts-top">
          <b>Keyboard shortcuts</b>
          <button className="quiet" onClick={close} aria-label="Close"><Icon name="close" /></button>
        </div>
        <div className="shortcuts-body">
          {GROUPS.map((group) => (
            <section key={group}>
              <h3>{group}</h3>
              <dl>
                {COMMANDS.filter((command) => command.group === group && command.keys.length).map((command) => (
                  <div key={command.title}>
                    <dt>{command.title}</dt>
                    <dd>{command.shown ? <Keys keys={command.shown} /> : command.keys.map((keys) => <Keys key={keys} keys={keys} />)}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
          <section>
            <h3>Pointer and touch</h3>
            <dl>{GESTURES.map(([what, how]) => <div key={what}><dt>{what}</dt><dd>{how}</dd></div>)}</dl>
          </section>
        </div>
      </div>
    </div>
  );
}
