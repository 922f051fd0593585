// The way from the network down to the composite whose inside is shown, and back.

import { Panel } from "@xyflow/react";
import { Fragment } from "react";
import { useChanges } from "./context";
import { Icon } from "./icons";
import { trailOf } from "./scope";

export function Breadcrumb() {
  const store = useChanges();
  const { name, steps } = store.scope;
  const last = steps.at(-1);
  if (!last) return null;
  const trail = trailOf(store.scope);
  const look = (copy: number): void => store.goTo([...trail.slice(0, -1), [last.node, copy]]);
  return (
    <Panel position="top-left" className="trail" role="navigation" aria-label="Where you are">
      <button className="quiet" onClick={() => store.leave()} aria-label="Back to the level above" title="Back to the level above (Shift+Enter)"><span className="sideways"><Icon name="down" /></span></button>
      <button className="crumb" onClick={() => store.goTo([])}>{name || "Network"}</button>
      {steps.map(({ title }, depth) => (
        <Fragment key={depth}>
          <span aria-hidden="true" className="then">›</span>
          {depth < steps.length - 1 ? <button className="crumb" onClick={() => store.goTo(trail.slice(0, depth + 1))}>{title}</button> : <b className="crumb" aria-current="page">{title}</b>}
        </Fragment>
      ))}
      {last.copies > 1 && (
        <span className="copy-of" title="Which of the repeated copies the shapes are of">
          <button className="quiet" disabled={last.copy === 0} onClick={() => look(last.copy - 1)} aria-label="The copy before"><span className="sideways"><Icon name="down" /></span></button>
          {last.copy + 1} of {last.copies}
          <button className="quiet" disabled={last.copy === last.copies - 1} onClick={() => look(last.copy + 1)} aria-label="The copy after"><span className="forward"><Icon name="down" /></span></button>
        </span>
      )}
    </Panel>
  );
}
