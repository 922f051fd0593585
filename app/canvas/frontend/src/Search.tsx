// The list of blocks at the pointer. For a wire that was dropped, or that a block goes into, it lists only what fits.

import { useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "./context";
import { portFor, throughFor } from "./fitting";
import { Icon } from "./icons";
import { matching, type Entry } from "./matching";
import type { Overlay } from "./overlay";
import { keepInside } from "./placing";
import { called } from "./rules";
import type { Store } from "./store";

type Asked = Extract<Overlay, { kind: "search" }>;

const UNFIT = 100;

/** How specially a block takes up what is asked for: the number of kinds it takes there; null where it does not fit and so is not offered. */
function fitOf(store: Store, asked: Asked, [, info]: Entry): number | null {
  const edge = asked.into && store.doc.edges.get(asked.into);
  if (edge) {
    const through = throughFor(store, info, edge);
    return through && info.inputs.find((port) => port.name === through.input)!.kinds.length;
  }
  if (asked.from) return portFor(store, info, asked.from)?.kinds.length ?? null;
  const before = store.nodes.filter((node) => node.selected);
  const port = before.length === 1 ? before[0]!.data.info.outputs[0] : undefined;
  return port ? (portFor(store, info, { node: before[0]!.id, port: port.name, output: true })?.kinds.length ?? UNFIT) : 0;
}

function offered(store: Store, asked: Asked, query: string): Entry[] {
  const order = new Map(store.palette.categories.map(({ name }, index) => [name, index]));
  const found = matching(store.palette, query).flatMap((entry) => {
    const fit = fitOf(store, asked, entry);
    return fit === null ? [] : [{ entry, fit }];
  });
  if (!query) found.sort((a, b) => a.fit - b.fit || (order.get(a.entry[1].category) ?? 0) - (order.get(b.entry[1].category) ?? 0));
  return found.map(({ entry }) => entry);
}

function heading(store: Store, { from, into }: Asked): string {
  if (into) return "Insert into the wire";
  const node = from && store.doc.nodes.get(from.node);
  if (!node) return "Add a block";
  return from.output ? `After ${called(store.palette, node)}` : `Before ${called(store.palette, node)}`;
}

export function Search({ asked, choose }: { asked: Asked; choose: (type: string, asked: Asked) => void }) {
  const store = useStore();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const found = useMemo(() => offered(store, asked, query), [store, asked, query]);
  const title = heading(store, asked);
  useEffect(() => {
    keepInside(frame.current!, asked.at);
    setQuery("");
    setActive(0);
    field.current?.focus({ preventScroll: true });
  }, [asked]);
  useEffect(() => {
    frame.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active, found]);

  const press = (event: React.KeyboardEvent): void => {
    const last = found.length - 1;
    const to = { ArrowDown: active >= last ? 0 : active + 1, ArrowUp: active <= 0 ? last : active - 1, PageDown: Math.min(last, active + 8), PageUp: Math.max(0, active - 8) }[event.key];
    if (to !== undefined) setActive(to);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) found[active] && choose(found[active]![0], asked);
    else if (event.key === "Escape" || event.key === "Tab") store.show(null);
    else return;
    event.preventDefault();
    if (event.key === "Escape" || event.key === "Tab") store.focus();
  };

  return (
    <div className="overlay search-list" ref={frame} role="dialog" aria-label={title}>
      <b className="overlay-title">{title}</b>
      <div className="search">
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          role="combobox"
          aria-label={title}
          aria-expanded
          aria-controls="search-options"
          aria-activedescendant={found[active] ? `option-${found[active]![0]}` : undefined}
          placeholder="Search blocks"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={press}
        />
      </div>
      <div className="options" id="search-options" role="listbox" aria-label="Blocks">
        {found.map(([type, info], index) => (
          <div
            key={type}
            id={`option-${type}`}
            role="option"
            className="option"
            data-option={type}
            aria-selected={index === active}
            title={info.help}
            style={{ "--cat": `var(--cat-${info.category}, var(--muted))` } as React.CSSProperties}
            onPointerMove={() => setActive(index)}
            onClick={() => choose(type, asked)}
          >
            <span className="swatch" />
            {info.title}
          </div>
        ))}
        {!found.length && <p className="none">{asked.from || asked.into ? "No block that fits here" : "No block"} matches “{query}”.</p>}
      </div>
    </div>
  );
}
