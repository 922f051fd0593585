// One named port. With the mouse a wire is dragged from it; with the keyboard Enter picks the wire up here and Enter on another port ends it.

import { Handle, Position, useConnection } from "@xyflow/react";
import { connect } from "./actions";
import { throughBlocks } from "./bridge";
import { useAnswer, useStore } from "./context";
import type { Port } from "./protocol";
import { outputKinds } from "./kinds";
import { inWords, refusal, type Ends } from "./rules";
import type { Store, Wire } from "./store";

export function endsOf(from: Wire, to: Wire): Ends | null {
  if (from.output === to.output) return null;
  const [source, target] = from.output ? [from, to] : [to, from];
  return { source: source.node, sourcePort: source.port, target: target.node, targetPort: target.port };
}

function fitsWire(store: Store, wire: Wire | null, here: Wire): string {
  if (!wire) return "";
  if (wire.node === here.node && wire.port === here.port && wire.output === here.output) return "from";
  const ends = endsOf(wire, here);
  return ends && refusal(store, ends) === null ? "fits" : "unfit";
}

/** A loss without a wire at its target compares with what the data set says. */
export function takesOwnTarget(port: Port): boolean {
  return Boolean(port.optional) && port.kinds.includes("target");
}

export function optionalAs(port: Port): string {
  return takesOwnTarget(port) ? "optional: the data set’s own target" : "optional";
}

interface Props {
  node: string;
  port: Port;
  output: boolean;
  reachable: boolean;
}

export function PortHandle({ node, port, output, reachable }: Props) {
  const store = useStore();
  const here: Wire = { node, port: port.name, output };
  const dragged = useConnection((connection) =>
    connection.inProgress && connection.fromHandle
      ? JSON.stringify([connection.fromHandle.nodeId, connection.fromHandle.id, connection.fromHandle.type === "source"])
      : "",
  );
  const carried = useAnswer((current) => (current.wire ? JSON.stringify([current.wire.node, current.wire.port, current.wire.output]) : ""));
  const kinds = useAnswer((current) => (output ? outputKinds(current, node, port.name) : port.kinds).join(" ")).split(" ");
  const kind = kinds.length === 1 ? kinds[0] : "any";
  const from = dragged || carried;
  const fit = from ? fitsWire(store, asWire(from), here) : "";

  const press = (event: React.KeyboardEvent): void => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    if (!store.wire) return store.setWire(here);
    const ends = endsOf(store.wire, here);
    const same = store.wire.node === node && store.wire.port === port.name && store.wire.output === output;
    const reason = same ? null : ends ? connect(store, ends) : "Connect an output to an input.";
    store.setWire(null);
    if (reason) store.say(reason, ends ? throughBlocks(store, ends) : undefined);
  };

  const words = kinds.map((each) => inWords(store.palette, each)).join(" or ");
  const label = `${output ? "Output" : "Input"} ${port.name}: ${words}${port.optional ? `, ${optionalAs(port)}` : ""}${port.many ? ", any number of wires" : ""}`;
  return (
    <Handle
      id={port.name}
      type={output ? "source" : "target"}
      position={output ? Position.Right : Position.Left}
      className={`port kind-${kind}${port.optional ? " optional" : ""}${port.many ? " many" : ""}${fit ? ` ${fit}` : ""}`}
      title={port.help ? `${label}\n${port.help}` : label}
      aria-label={label}
      role="button"
      tabIndex={reachable || fit === "fits" || fit === "from" ? 0 : -1}
      onKeyDown={press}
    />
  );
}

function asWire(text: string): Wire {
  const [node, port, output] = JSON.parse(text) as [string, string, boolean];
  return { node, port, output };
}
