// Undo, redo, layout and zoom, each with its shortcut said.

import { Panel, useReactFlow, useStore as useFlow } from "@xyflow/react";
import type { View } from "./commands";
import { useChanges } from "./context";
import { Icon } from "./icons";
import { openPanel } from "./opening";

export function Toolbar({ view }: { view: View }) {
  const store = useChanges();
  const flow = useReactFlow();
  const zoom = useFlow((state) => Math.round(state.transform[2] * 100));
  const { undo, redo } = store.payload ?? { undo: null, redo: null };
  const empty = !store.nodes.length;
  return (
    <Panel position="top-right" className="toolbar" role="toolbar" aria-label="Canvas">
      <button onClick={() => store.undo()} disabled={!undo && !store.saving} aria-label="Undo" title={undo ? `Undo ${undo} (Ctrl+Z)` : "Nothing to undo"}><Icon name="undo" /></button>
      <button onClick={() => store.redo()} disabled={!redo} aria-label="Redo" title={redo ? `Redo ${redo} (Ctrl+Shift+Z)` : "Nothing to redo"}><Icon name="redo" /></button>
      <button className="more-of" onClick={(event) => openPanel(store, "history", event.currentTarget)} aria-haspopup="menu" aria-label="Steps" title="All steps, to go to any of them"><Icon name="down" /></button>
      <span className="rule" />
      <button onClick={() => store.find(true)} disabled={empty} aria-label="Find a block" title="Find a block (Ctrl+F)"><Icon name="search" /></button>
      <button onClick={() => view.arrange("across")} disabled={empty} aria-label="Arrange automatically" title="Arrange automatically (can be undone)"><Icon name="layout" /></button>
      <button className="more-of" onClick={(event) => openPanel(store, "arrange", event.currentTarget)} disabled={empty} aria-haspopup="menu" aria-label="Ways to arrange" title="Left to right, or top down"><Icon name="down" /></button>
      <button onClick={(event) => openPanel(store, "look", event.currentTarget)} aria-haspopup="menu" aria-label="View" title="Grid, shapes on the wires, colours"><Icon name="eye" /></button>
      <span className="rule" />
      <button onClick={() => void flow.zoomOut({ duration: 120 })} aria-label="Zoom out" title="Zoom out"><Icon name="minus" /></button>
      <button className="zoom" onClick={() => void flow.zoomTo(1, { duration: 160 })} aria-label={`Zoom ${zoom} %, back to 100 %`} title="Back to 100 %">{zoom}%</button>
      <button onClick={() => void flow.zoomIn({ duration: 120 })} aria-label="Zoom in" title="Zoom in"><Icon name="plus" /></button>
      <button onClick={view.fit} disabled={empty} aria-label="Show everything" title="Show everything (1)"><Icon name="fit" /></button>
    </Panel>
  );
}
