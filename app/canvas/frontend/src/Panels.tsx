// What opens from the toolbars: aligning, arranging, how the network is drawn, and the list of steps.

import { useEffect, useRef, type ReactNode } from "react";
import type { Command, View } from "./commands";
import { useChanges } from "./context";
import { Icon } from "./icons";
import { Keys } from "./Keys";
import { COLOURINGS, look, useLook } from "./look";
import { TITLES } from "./measures";
import { ALIGNING, ORGANISING } from "./organising";
import type { Overlay } from "./overlay";
import { keepInside } from "./placing";
import { Steps } from "./Steps";

type Asked = Extract<Overlay, { kind: "panel" }>;
const LABELS = { align: "Align and distribute", arrange: "Arrange automatically", look: "View", history: "Steps" };

export function ToolbarPanel({ asked, view }: { asked: Asked; view: View }) {
  const store = useChanges();
  const frame = useRef<HTMLDivElement>(null);
  const items = (): HTMLElement[] => [...frame.current!.querySelectorAll<HTMLElement>("button:not(:disabled)")];
  const close = (): void => {
    store.show(null);
    store.focus();
  };
  const listed = asked.panel === "history" ? (store.payload?.history !== undefined) : true;
  useEffect(() => {
    keepInside(frame.current!, asked.at);
    (frame.current!.querySelector<HTMLElement>("[aria-current], [aria-checked='true']") ?? items()[0])?.focus({ preventScroll: true });
  }, [asked, listed]);
  const press = (event: React.KeyboardEvent): void => {
    const all = items();
    const at = all.indexOf(event.target as HTMLElement);
    const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) all[to]?.focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.preventDefault();
  };
  const run = (command: Command): void => {
    close();
    command.run(store, view, { key: "", at: null });
  };
  const entry = (command: Command) => (
    <button key={command.title} role="menuitem" tabIndex={-1} disabled={command.usable ? !command.usable(store) : false} onClick={() => run(command)}>
      <span>{command.title}</span>
      {command.keys[0] && <Keys keys={command.keys[0]} />}
    </button>
  );
  const bodies: Record<Asked["panel"], () => ReactNode> = {
    align: () => ALIGNING.map(entry),
    arrange: () => ORGANISING.filter((command) => /^Arrange /.test(command.title)).map(entry),
    look: () => <LookMenu />,
    history: () => <Steps />,
  };
  return (
    <div className={`overlay menu panel-${asked.panel}`} ref={frame} role="menu" aria-label={LABELS[asked.panel]} onKeyDown={press}>
      {bodies[asked.panel]()}
    </div>
  );
}

function LookMenu() {
  const { snap, shapes, colouring } = useLook();
  const check = (on: boolean): ReactNode => <span className="tick">{on && <Icon name="check" />}</span>;
  return (
    <>
      <button role="menuitemcheckbox" aria-checked={snap} tabIndex={-1} onClick={() => look.set({ snap: !snap })}><span>{check(snap)}Snap to grid and guides</span><Keys keys="Shift+G" /></button>
      <button role="menuitemcheckbox" aria-checked={shapes} tabIndex={-1} onClick={() => look.set({ shapes: !shapes })}><span>{check(shapes)}Shapes on the wires</span><Keys keys="Shift+S" /></button>
      <hr />
      <div className="menu-title">Colour blocks by</div>
      {COLOURINGS.map((each) => (
        <button key={each} role="menuitemradio" aria-checked={colouring === each} tabIndex={-1} onClick={() => look.set({ colouring: each })}><span>{check(colouring === each)}{TITLES[each]}</span></button>
      ))}
    </>
  );
}
