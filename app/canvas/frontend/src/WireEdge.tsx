// One wire. It finds its way anew when a block that stands in it moves, and is drawn again only when that way changes.

import { BaseEdge, useStore as useFlow, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { useAnswer } from "./context";
import { boxesOf, laneOf, pathOf } from "./route";

export const WireEdge = memo(function WireEdge({ id, source, target, sourceX, sourceY, targetX, targetY, interactionWidth, markerEnd }: EdgeProps) {
  const ends = { source, target, sourceX, sourceY, targetX, targetY };
  const loose = useAnswer((store) => store.loose);
  const taking = useAnswer((store) => store.taking === id);
  const lane = useFlow((state) => laneOf(ends, loose ? boxesOf(state.nodes).filter((box) => box.id !== loose) : boxesOf(state.nodes)));
  return <BaseEdge id={id} className={taking ? "taking" : undefined} path={pathOf(ends, lane)} interactionWidth={interactionWidth} markerEnd={markerEnd} />;
});
