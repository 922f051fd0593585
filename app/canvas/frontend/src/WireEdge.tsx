// One wire. It finds its way anew when a block that stands in it moves, and is drawn again only when that way changes.

import { BaseEdge, useStore as useFlow, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { boxesOf, laneOf, pathOf } from "./route";

export const WireEdge = memo(function WireEdge({ id, source, target, sourceX, sourceY, targetX, targetY, interactionWidth, markerEnd }: EdgeProps) {
  const ends = { source, target, sourceX, sourceY, targetX, targetY };
  const lane = useFlow((state) => laneOf(ends, boxesOf(state.nodes)));
  return <BaseEdge id={id} path={pathOf(ends, lane)} interactionWidth={interactionWidth} markerEnd={markerEnd} />;
});
