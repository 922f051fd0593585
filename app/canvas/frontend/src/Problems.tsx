// The bar at the bottom: every problem, each a way to its block; how large the network is; and whether everything is saved.

import { useState } from "react";
import { useChanges } from "./context";
import { Fixes } from "./Fixes";
import { tour } from "./firstSteps";
import { exactly, plural } from "./format";
import { Icon } from "./icons";
import type { Sentence } from "./protocol";
import { called } from "./rules";

export function Problems() {
  const store = useChanges();
  const [open, setOpen] = useState(false);
  const problems = store.payload?.problems ?? [];
  const count = store.payload?.num_problems ?? 0;
  const failing = problems.some((problem) => !problem.warning);
  const empty = !store.doc.nodes.size;
  return (
    <div className="problems" role="region" aria-label="Problems">
      {open && count > 0 && (
        <ul id="problem-list">
          {problems.map((problem, index) => <Problem key={index} problem={problem} />)}
          {count > problems.length && <li className="more">and {exactly(count - problems.length)} more</li>}
        </ul>
      )}
      <div className="bar">
        {count > 0 ? (
          <button className={`count-button ${failing ? "bad" : "warn"}`} aria-expanded={open} aria-controls="problem-list" onClick={() => setOpen(!open)}>
            <Icon name="alert" />
            {plural(count, "problem")}
            <span className={`turn${open ? " up" : ""}`}><Icon name="down" /></span>
          </button>
        ) : (
          !empty && <span className="fine"><Icon name="check" />No problems</span>
        )}
        <span className="gap" />
        {!empty && <span className="size">{plural(store.payload?.num_parameters ?? 0, "parameter")}</span>}
        <Saved />
        <button className="quiet" onClick={() => tour.start()} aria-label="Show the first steps" title="Show the first steps"><Icon name="steps" /></button>
        <button className="quiet help" onClick={() => store.show({ kind: "shortcuts" })} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">?</button>
      </div>
    </div>
  );
}

function Problem({ problem }: { problem: Sentence }) {
  const store = useChanges();
  const node = problem.node ? store.doc.nodes.get(problem.node) : undefined;
  const text = (
    <>
      <span className={`dot${problem.warning ? " warn" : ""}`} />
      <span>
        {problem.message} <em>{problem.fix}</em>
      </span>
    </>
  );
  if (!node) return <li><span className="problem">{text}</span><Fixes problem={problem} /></li>;
  return <li><button className="problem" title={`Go to ${called(store.palette, node)}`} onClick={() => store.jumpTo(node.id)}>{text}</button><Fixes problem={problem} /></li>;
}

function Saved() {
  const store = useChanges();
  const trouble = store.payload?.save_problem;
  return (
    <span className={`saved${trouble ? " bad" : ""}`} role="status" data-saving={store.saving}>
      {store.saving ? "Saving…" : trouble ? `Not saved: ${trouble}` : "Saved"}
    </span>
  );
}
