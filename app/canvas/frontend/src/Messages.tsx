// What is said over the canvas: why a wire is refused while it is drawn, what was refused afterwards, and what to do where there is nothing yet.

import { Panel, useConnection } from "@xyflow/react";
import { useEffect } from "react";
import { useChanges } from "./context";
import { Icon } from "./icons";
import { endsOf } from "./PortHandle";
import { refusal } from "./rules";
import type { Notice, Wire } from "./store";

const NOTICE_MS = 5000;
const OFFER_MS = 15_000; // a button wants to be reached

export function Messages() {
  const store = useChanges();
  const { from, to } = useConnection((connection) => {
    const wire = (handle: typeof connection.fromHandle): Wire | null => handle && { node: handle.nodeId, port: handle.id ?? "", output: handle.type === "source" };
    return connection.inProgress ? { from: wire(connection.fromHandle), to: wire(connection.toHandle) } : { from: null, to: null };
  });
  const { notice } = store;
  useEffect(() => {
    if (!notice) return;
    const timer = setTimeout(() => store.dismiss(), notice.wire ? OFFER_MS : NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice, store]);

  let said: React.ReactNode = null;
  const same = from && to && from.node === to.node && from.port === to.port && from.output === to.output;
  if (from && to && !same) {
    const ends = endsOf(from, to);
    const reason = ends ? refusal(store, ends) : "Connect an output to an input.";
    said = reason ? <Refused text={reason} /> : <div className="said good"><Icon name="check" />{ends!.sourcePort} → {ends!.targetPort}</div>;
  } else if (notice) said = <Refused text={notice.text} wire={notice.wire} close={() => store.dismiss()} />;
  else if (store.wire) said = <div className="said">Choose the other end with Tab and press Enter, Shift+A for a new block, or Escape to let go.</div>;
  return <Panel position="top-center" className="messages"><div role="status" aria-live="polite">{said}</div></Panel>;
}

function Refused({ text, wire, close }: { text: string; wire?: Notice["wire"]; close?: () => void }) {
  const store = useChanges();
  return (
    <div className="said bad">
      <Icon name="alert" />
      <span>{text}</span>
      {wire && <button className="fix" onClick={() => store.bridge(wire.edge)}>Insert {wire.through}</button>}
      {close && <button className="quiet" onClick={close} aria-label="Dismiss"><Icon name="close" /></button>}
    </div>
  );
}

export function Empty() {
  return (
    <div className="nothing">
      <b>Nothing here yet</b>
      <p>Drag a block here, double-click for a list, or open a network from the Library.</p>
    </div>
  );
}
