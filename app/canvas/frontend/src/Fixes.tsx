// Buttons that solve a problem: in the list, on the block, and over a block whose new wire does not fit.

import { NodeToolbar, Position, useInternalNode, useStore as useFlow } from "@xyflow/react";
import { useAnswer, useStore } from "./context";
import { Icon } from "./icons";
import type { Sentence } from "./protocol";

export function Fixes({ problem, most = 3 }: { problem: Sentence; most?: number }) {
  const store = useStore();
  const saving = useAnswer((current) => current.saving);
  if (!problem.fixes?.length) return null;
  return (
    <span className="fixes">
      {problem.fixes.slice(0, most).map(({ label, then }) => (
        <button
          key={label}
          className="fix nodrag nopan"
          disabled={saving}
          title={then.length ? `${label}. Then there is more to do: ${then.join(" ")}` : label}
          onClick={(event) => {
            event.stopPropagation();
            store.solve(problem, label);
            store.focus();
          }}
        >
          {label}
        </button>
      ))}
    </span>
  );
}

/** What can be done about the first problem of a block: the likeliest on the block itself, all of it beside a block that was just wired. */
export function Mend({ id }: { id: string }) {
  const found = useAnswer((store) => JSON.stringify(store.payload?.problems.find((problem) => problem.node === id && problem.fixes?.length) ?? null));
  const fresh = useAnswer((store) => store.wired === id && !store.saving);
  const problem = JSON.parse(found) as Sentence | null;
  if (!problem) return null;
  if (!fresh || problem.warning) return <div className="mend"><Fixes problem={problem} most={1} /></div>;
  return <Popover id={id} problem={problem} />;
}

/** Not scaled with the canvas, so that it can be read wherever one looks from. */
function Popover({ id, problem }: { id: string; problem: Sentence }) {
  const store = useStore();
  const at = useInternalNode(id)?.internals.positionAbsolute;
  // It opens towards the middle of what is seen, so that no edge cuts it off.
  const leftHalf = useFlow(({ transform: [x, , zoom], width }) => (at?.x ?? 0) * zoom + x < width / 2);
  const upperHalf = useFlow(({ transform: [, y, zoom], height }) => (at?.y ?? 0) * zoom + y < height / 2);
  return (
    <NodeToolbar nodeId={id} isVisible position={upperHalf ? Position.Bottom : Position.Top} align={leftHalf ? "start" : "end"} offset={8} className="popover nowheel" role="alert">
      <p>
        <Icon name="alert" />
        <span>{problem.message}</span>
        <button className="quiet" aria-label="Dismiss" onClick={() => store.settle()}><Icon name="close" /></button>
      </p>
      <Fixes problem={problem} />
    </NodeToolbar>
  );
}
