// The blocks that can be added: searched, by category, dragged to a place or clicked.

import { useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useStore } from "./context";
import { Icon } from "./icons";
import { matching, type Entry } from "./matching";
import { isFolded, setFolded } from "./memory";
import type { Point } from "./overlay";
import type { BlockInfo } from "./protocol";

const DRAG_FROM_PX = 5;

interface Dropping {
  /** Add a block there, or where one is expected that was only clicked. */
  place: (type: string, at: Point | null) => void;
  /** A block is held there, or nowhere any more. */
  over: (type: string, at: Point | null) => void;
}

export function Palette({ place, over }: Dropping) {
  const { palette } = useStore();
  const [query, setQuery] = useState("");
  const [folded, fold] = useState(() => isFolded("palette"));
  const [closed, setClosed] = useState<Record<string, boolean>>(() => Object.fromEntries(palette.categories.map(({ name }) => [name, isFolded(`category.${name}`)])));
  const [hint, setHint] = useState<{ entry: Entry; at: DOMRect } | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const found = useMemo(() => matching(palette, query), [palette, query]);
  const toggle = (): void => {
    setFolded("palette", !folded);
    fold(!folded);
  };

  if (folded)
    return (
      <div className="palette folded">
        <button className="quiet" onClick={toggle} aria-label="Show the blocks" aria-expanded={false} title="Show the blocks"><Icon name="fold" /></button>
      </div>
    );

  const walk = (event: React.KeyboardEvent): void => {
    const items = [...(list.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const at = items.indexOf((event.target as HTMLElement).closest("button")!);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to < 0) event.currentTarget.querySelector<HTMLElement>("input")?.focus();
    else items[Math.min(to, items.length - 1)]?.focus();
  };

  const item = (entry: Entry) => <Item key={entry[0]} entry={entry} place={place} over={over} hint={(at) => setHint(at && { entry, at })} />;
  return (
    <div className="palette" role="region" aria-label="Blocks" onKeyDown={walk}>
      <div className="palette-top">
        <div className="search">
          <Icon name="search" />
          <input
            type="search"
            placeholder="Search blocks"
            aria-label="Search blocks"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") setQuery("");
              if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && query && found[0]) place(found[0][0], null);
            }}
          />
        </div>
        <button className="quiet" onClick={toggle} aria-label="Hide the blocks" aria-expanded title="Hide the blocks"><Icon name="fold" /></button>
      </div>
      <div className="palette-list" ref={list} onScroll={() => setHint(null)}>
        {query
          ? found.map(item)
          : palette.categories.map(({ name, title }) => {
              const entries = found.filter(([, info]) => info.category === name);
              if (!entries.length) return null;
              const shut = closed[name] ?? false;
              const flip = (): void => {
                setFolded(`category.${name}`, !shut);
                setClosed({ ...closed, [name]: !shut });
              };
              return (
                <section key={name}>
                  <button className={`category${shut ? " shut" : ""}`} aria-expanded={!shut} onClick={flip}><Icon name="down" />{title}<span className="tally">{entries.length}</span></button>
                  {!shut && entries.map(item)}
                </section>
              );
            })}
        {query && !found.length && <p className="none">No block matches “{query}”.</p>}
      </div>
      {hint && <Hint entry={hint.entry} at={hint.at} />}
    </div>
  );
}

function Item({ entry: [type, info], place, over, hint }: Dropping & { entry: Entry; hint: (at: DOMRect | null) => void }) {
  const start = useRef<Point | null>(null);
  const [ghost, setGhost] = useState<Point | null>(null);
  const home = useRef<HTMLButtonElement>(null);
  const colour = { "--cat": `var(--cat-${info.category}, var(--muted))` } as React.CSSProperties;
  const far = (event: React.PointerEvent): boolean =>
    start.current !== null && Math.hypot(event.clientX - start.current.x, event.clientY - start.current.y) > DRAG_FROM_PX;
  const stop = (): void => {
    start.current = null;
    setGhost(null);
    over(type, null);
  };
  return (
    <>
      <button
        ref={home}
        className="item"
        data-block={type}
        style={colour}
        aria-description={info.help}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          hint(null);
          start.current = { x: event.clientX, y: event.clientY };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (!ghost && !far(event)) return;
          setGhost({ x: event.clientX, y: event.clientY });
          over(type, { x: event.clientX, y: event.clientY });
        }}
        onPointerUp={(event) => {
          const dragged = ghost !== null || far(event);
          const pressed = start.current !== null;
          stop();
          if (dragged) place(type, { x: event.clientX, y: event.clientY });
          else if (pressed) place(type, null);
        }}
        onPointerCancel={stop}
        onClick={(event) => {
          if (event.detail === 0) place(type, null); // Enter and Space; the pointer has been dealt with
        }}
        onPointerEnter={(event) => {
          if (event.pointerType === "mouse" && !event.buttons) hint(event.currentTarget.getBoundingClientRect());
        }}
        onPointerLeave={() => hint(null)}
        onFocus={(event) => event.currentTarget.matches(":focus-visible") && hint(event.currentTarget.getBoundingClientRect())}
        onBlur={() => hint(null)}
      >
        <span className="swatch" />
        {info.title}
      </button>
      {ghost && home.current && createPortal(<div className="ghost" style={{ ...colour, left: ghost.x, top: ghost.y }}><span className="swatch" />{info.title}</div>, home.current.closest(".editor")!)}
    </>
  );
}

function Hint({ entry: [, info], at }: { entry: Entry; at: DOMRect }) {
  const names = (ports: BlockInfo["inputs"]): string => ports.map((port) => port.name).join(", ");
  return (
    <div className="hint" role="tooltip" style={{ left: at.right + 10, top: Math.min(at.top - 4, window.innerHeight - 130) }}>
      <b>{info.title}</b>
      <p>{info.help}</p>
      <p className="hint-ports">{[info.inputs.length ? `in: ${names(info.inputs)}` : "", info.outputs.length ? `out: ${names(info.outputs)}` : ""].filter(Boolean).join("   ")}</p>
    </div>
  );
}
