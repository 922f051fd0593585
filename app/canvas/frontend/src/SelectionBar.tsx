// What can be done with the selected blocks, within reach while any are selected.

import { Panel } from "@xyflow/react";
import type { View } from "./commands";
import { useChanges } from "./context";
import { isFrame } from "./flow";
import { frameSelection } from "./frames";
import { Icon } from "./icons";
import { isMarked, toggle, type Mark } from "./marks";
import { openPanel } from "./opening";

const MARKS: [mark: Mark, title: string, keys: string, icon: "bypass" | "freeze" | "collapse"][] = [
  ["bypassed", "Bypass", "Ctrl+B", "bypass"],
  ["frozen", "Freeze", "Ctrl+Shift+F", "freeze"],
  ["collapsed", "Collapse", "Alt+C", "collapse"],
];

export function SelectionBar({ view }: { view: View }) {
  const store = useChanges();
  const selected = store.nodes.filter((node) => node.selected);
  if (!selected.length) return null;
  const blocks = selected.some((node) => !isFrame(node));
  return (
    <Panel position="bottom-left" className="toolbar selection-bar" role="toolbar" aria-label="Selection">
      <span className="chosen">{selected.length}</span>
      <button onClick={view.fitSelection} aria-label="Zoom to the selection" title="Zoom to the selection (2)"><Icon name="target" /></button>
      <button onClick={() => frameSelection(store)} aria-label="Frame the selection" title="Put a frame behind the selection (Shift+N)"><Icon name="frame" /></button>
      <span className="rule" />
      {MARKS.map(([mark, title, keys, icon]) => (
        <button key={mark} disabled={!blocks} aria-pressed={isMarked(store, mark)} onClick={() => toggle(store, mark)} aria-label={title} title={`${title} (${keys})`}><Icon name={icon} /></button>
      ))}
      <span className="rule" />
      <button onClick={(event) => openPanel(store, "align", event.currentTarget)} aria-haspopup="menu" aria-label="Align and distribute" title="Align and distribute"><Icon name="align" /><Icon name="down" /></button>
    </Panel>
  );
}
