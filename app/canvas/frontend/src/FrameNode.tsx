// A frame: a box with a title and a note behind blocks. Only its title and its edges take the pointer, so that one can work inside it.

import { NodeResizer, type NodeProps } from "@xyflow/react";
import { memo } from "react";
import { useAnswer, useStore } from "./context";
import type { BlockNode } from "./flow";
import { resize } from "./frames";
import { NameField } from "./NameField";

const COLOURS = ["grey", "blue", "green", "yellow", "orange", "violet"];

export const FrameNode = memo(function FrameNode({ id, data: { node, view }, selected }: NodeProps<BlockNode>) {
  const store = useStore();
  const renaming = useAnswer((current) => current.renaming === id);
  const { text, colour } = node.parameters;
  const failing = view.problems?.length ? " failing" : "";
  return (
    <div className={`frame frame-${COLOURS.includes(String(colour)) ? String(colour) : "grey"}${selected ? " selected" : ""}${failing}`}>
      <NodeResizer isVisible={Boolean(selected)} minWidth={120} minHeight={60} onResizeEnd={(_event, rect) => resize(store, id, rect)} />
      <div className="frame-head" title={view.problems?.[0]?.message}>
        {renaming ? <NameField id={id} name={node.name} title="Frame" /> : <span className="frame-title">{node.name || "Frame"}</span>}
      </div>
      {typeof text === "string" && text && <div className="frame-text">{text}</div>}
    </div>
  );
});
