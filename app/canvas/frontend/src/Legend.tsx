// What the colours of the blocks mean, where they mean something other than the kind of block.

import { Panel } from "@xyflow/react";
import { useChanges } from "./context";
import { look, useLook } from "./look";
import { scaleOf, TITLES } from "./measures";
import { Icon } from "./icons";

export function Legend() {
  const store = useChanges();
  const { colouring } = useLook();
  if (colouring === "category") return null;
  const { of, least, most } = scaleOf(store.views, store.payload?.signal ?? null, colouring);
  return (
    <Panel position="top-left" className="legend" role="note" aria-label={`Coloured by ${TITLES[colouring].toLowerCase()}`}>
      <div className="legend-top">
        <b>{TITLES[colouring]}</b>
        <button className="quiet" onClick={() => look.set({ colouring: "category" })} aria-label="Colour by kind of block again" title="Colour by kind of block again"><Icon name="close" /></button>
      </div>
      {of.size ? (
        <>
          <div className="ramp" aria-hidden="true" />
          <div className="legend-ends"><span>{least}</span><span>{most}</span></div>
        </>
      ) : (
        <p>{colouring === "signal" ? "No run of this network has measured it yet." : "No block has any yet."}</p>
      )}
    </Panel>
  );
}
