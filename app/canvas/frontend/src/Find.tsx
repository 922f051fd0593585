// Finding a block by name, type or problem: Enter goes from one to the next.

import { Panel } from "@xyflow/react";
import { useEffect, useRef, useState } from "react";
import { useChanges } from "./context";
import { Icon } from "./icons";
import type { Store } from "./store";

/** Return the blocks whose name, type or problems hold all of the words, in the order of the document. */
function found(store: Store, query: string): string[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  return [...store.doc.nodes.values()]
    .filter(({ id, name, type, parameters }) => {
      const { problems = [] } = store.views[id] ?? {};
      const note = typeof parameters.text === "string" ? parameters.text : "";
      const text = [name, type.replaceAll("_", " "), type, store.palette.blocks[type]?.title ?? "", note, ...problems.map((problem) => problem.message)].join("\n").toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .map(({ id }) => id);
}

export function Find() {
  const store = useChanges();
  return store.finding ? <FindBar /> : null;
}

function FindBar() {
  const store = useChanges();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  const all = found(store, query);
  useEffect(() => field.current?.select(), [store.finding]);

  const close = (): void => {
    store.find(false);
    store.focus();
  };
  const step = (by: number): void => {
    if (!all.length) return;
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length;
    setAt(next);
    store.jumpTo(all[next]!);
  };
  const press = (event: React.KeyboardEvent): void => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") close();
    else if (event.key.toLowerCase() === "f" && (event.ctrlKey || event.metaKey)) field.current?.select();
    else return;
    event.preventDefault();
  };
  const count = !query.trim() ? "" : !all.length ? "none" : at < 0 || at >= all.length ? `${all.length} found` : `${at + 1} of ${all.length}`;
  return (
    <Panel position="top-left" className="find" role="search" aria-label="Find a block" onKeyDown={press}>
      <Icon name="search" />
      <input
        ref={field}
        type="text"
        aria-label="Find a block by name, type or problem"
        placeholder="Name, type or problem"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(-1);
        }}
      />
      <span className="find-count" role="status">{count}</span>
      <button className="quiet" disabled={!all.length} onClick={() => step(-1)} aria-label="Previous" title="Previous (Shift+Enter)"><span className="turned"><Icon name="down" /></span></button>
      <button className="quiet" disabled={!all.length} onClick={() => step(1)} aria-label="Next" title="Next (Enter)"><Icon name="down" /></button>
      <button className="quiet" onClick={close} aria-label="Close" title="Close (Escape)"><Icon name="close" /></button>
    </Panel>
  );
}
