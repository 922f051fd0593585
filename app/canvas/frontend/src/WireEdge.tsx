// One wire. It finds its way anew when a block that stands in it moves, and is drawn again only when that way changes.

import { BaseEdge, EdgeLabelRenderer, useStore as useFlow, type EdgeProps } from "@xyflow/react";
import { memo, useState } from "react";
import { useAnswer } from "./context";
import { useLook } from "./look";
import { boxesOf, laneKeeper, middleOf, pathOf } from "./route";

export const WireEdge = memo(function WireEdge({ id, source, sourceHandleId, target, sourceX, sourceY, targetX, targetY, interactionWidth, markerEnd }: EdgeProps) {
  const ends = { source, target, sourceX, sourceY, targetX, targetY };
  const loose = useAnswer((store) => store.loose);
  const taking = useAnswer((store) => store.taking === id);
  const [laneFor] = useState(laneKeeper);
  const lane = useFlow((state) => laneFor(ends, boxesOf(state.nodes, loose)));
  const { shapes } = useLook();
  const shape = useAnswer((store) => (shapes ? (store.views[source]?.shapes?.[sourceHandleId ?? ""] ?? null) : null));
  return (
    <>
      <BaseEdge id={id} className={taking ? "taking" : undefined} path={pathOf(ends, lane)} interactionWidth={interactionWidth} markerEnd={markerEnd} />
      {shape && shape !== "scalar" && <Shape shape={shape} at={middleOf(ends, lane)} />}
    </>
  );
});

/** The shape of what runs along a wire, without the batch: 6×24×24. */
function Shape({ shape, at: [x, y] }: { shape: string; at: [number, number] }) {
  const short = shape.replace(/[()]/g, "").split(", ").filter((size, index) => index > 0 || size !== "B").join("×");
  if (!short) return null;
  return (
    <EdgeLabelRenderer>
      <span className="wire-shape" title={shape} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>{short}</span>
    </EdgeLabelRenderer>
  );
}
