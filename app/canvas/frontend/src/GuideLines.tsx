// The lines that hold a block while it is dragged.

import { ViewportPortal } from "@xyflow/react";
import { useChanges } from "./context";

const FAR = 100_000;

export function GuideLines() {
  const { x, y } = useChanges().guides;
  if (x === null && y === null) return null;
  return (
    <ViewportPortal>
      {x !== null && <div className="guide" data-line="x" style={{ left: x, top: -FAR, width: 1, height: 2 * FAR }} />}
      {y !== null && <div className="guide" data-line="y" style={{ left: -FAR, top: y, width: 2 * FAR, height: 1 }} />}
    </ViewportPortal>
  );
}
