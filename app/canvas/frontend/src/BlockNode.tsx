// One block on the canvas: title, named ports, output shape, number of parameters, and what is wrong with it.

import { memo, useSyncExternalStore } from "react";
import type { NodeProps } from "@xyflow/react";
import { useAnswer } from "./context";
import type { BlockNode as BlockNodeType } from "./flow";
import { briefly, exactly } from "./format";
import { Icon } from "./icons";
import { live } from "./live";
import { Mend } from "./Fixes";
import { useLook } from "./look";
import { scaleOf } from "./measures";
import { NameField } from "./NameField";
import { optionalAs, PortHandle, takesOwnTarget } from "./PortHandle";
import type { Port, Sentence, View } from "./protocol";
import { isComposite, isDoorway } from "./scope";
import { wiresOf } from "./wires";

export const BlockNode = memo(function BlockNode({ id, data, selected }: NodeProps<BlockNodeType>) {
  const { node, view, info } = data;
  const tint = useSyncExternalStore(live.subscribe, () => live.of(id));
  const renaming = useAnswer((store) => store.renaming === id);
  const { colouring } = useLook();
  const measured = useAnswer((store) => scaleOf(store.views, store.payload?.signal ?? null, colouring).of.get(id)?.text ?? null);
  const level = useAnswer((store) => scaleOf(store.views, store.payload?.signal ?? null, colouring).of.get(id)?.level ?? null);
  const rows = Math.max(info.inputs.length, info.outputs.length);
  const problems = view.problems ?? [];
  const failing = problems.some((problem) => !problem.warning);
  const composite = isComposite(node.type);
  const doorway = isDoorway(node.type);
  const title = node.name || (doorway ? node.id : info.title);
  const copies = view.copies ?? (typeof node.parameters.repeat === "number" && composite ? node.parameters.repeat : 1);
  const state = `${composite ? " composite" : ""}${doorway ? ` doorway ${node.type}` : ""}${selected ? " selected" : ""}${failing ? " failing" : problems.length ? " warned" : ""}${tintClass(tint)}${colouring === "category" ? "" : level === null ? " unmeasured" : " measured"}${node.bypassed ? " bypassed" : ""}${node.collapsed ? " collapsed" : ""}`;
  return (
    <div className={`block${state}`} style={{ "--cat": `var(--cat-${info.category}, var(--muted))`, "--tint": typeof tint === "number" ? tint : undefined, "--level": level ?? undefined } as React.CSSProperties}>
      <div className="head">
        <span className="heading">
          <span className="swatch" />
          {renaming ? <NameField id={id} name={node.name} title={info.title} /> : <span className="title" title={title === info.title ? title : `${title} · ${info.title}`}>{title}</span>}
        </span>
        {node.bypassed && <span className="badge" role="img" aria-label="bypassed" title="Bypassed: what arrives passes through (Ctrl+B)"><Icon name="bypass" /></span>}
        {node.frozen && <span className="badge" role="img" aria-label="frozen" title="Frozen: its weights are not trained (Ctrl+Shift+F)"><Icon name="freeze" /></span>}
        {copies > 1 && <span className="copies" title={`${copies} copies, one after the other`}>×{copies}</span>}
        {title !== info.title && !renaming && <span className="type">{info.title}</span>}
      </div>
      {rows > 0 && (
        <div className="ports">
          {Array.from({ length: rows }, (_, row) => {
            const input = info.inputs[row];
            const output = info.outputs[row];
            return (
              <div className="ports-row" key={row}>
                <span className="port-in">{input && <><PortHandle node={id} port={input} output={false} reachable={Boolean(selected)} />{input.name}{input.optional && <Absent node={id} port={input} />}</>}</span>
                <span className="port-out">{output && <>{output.name}<PortHandle node={id} port={output} output reachable={Boolean(selected)} /></>}</span>
              </div>
            );
          })}
        </div>
      )}
      <Foot view={view} measured={measured} />
      {level !== null && <div className="meter" aria-hidden="true" />}
      {problems[0] && <Trouble problems={problems} />}
      {problems[0] && <Mend id={id} />}
    </div>
  );
});

/** What an input takes while nothing is connected to it. */
function Absent({ node, port }: { node: string; port: Port }) {
  const open = useAnswer((store) => !wiresOf(store.doc).arriving.get(node)?.some((edge) => edge.target_port === port.name));
  return open ? <em title={optionalAs(port)}>{takesOwnTarget(port) ? "data set’s own" : "optional"}</em> : null;
}

function Foot({ view, measured }: { view: View; measured: string | null }) {
  const shapes = Object.entries(view.shapes ?? {});
  const all = shapes.map(([port, shape]) => `${port}: ${shape}`).join("\n");
  const count = view.parameters ?? 0;
  if (!shapes.length && !count && measured === null) return <div className="foot empty" aria-hidden="true">—</div>;
  return (
    <div className="foot">
      <span className="shape" title={all}>{shapes[0]?.[1] ?? ""}{shapes.length > 1 && <small> +{shapes.length - 1}</small>}</span>
      {measured !== null && <span className="count"><b>{measured}</b></span>}
      {measured === null && count > 0 && <span className="count" title={`${exactly(count)} parameters`}><span>{briefly(count)}</span><small> {count === 1 ? "param" : "params"}</small></span>}
    </div>
  );
}

function Trouble({ problems }: { problems: Sentence[] }) {
  const all = problems.map((problem) => `${problem.message} ${problem.fix}`).join("\n");
  return <div className="trouble" title={all}><span>{problems.length > 1 && <b>{problems.length} problems. </b>}{problems[0]!.message}</span></div>;
}

const STATES = new Set(["healthy", "vanishing", "exploding", "dead", "saturated"]);

function tintClass(tint: number | string | undefined): string {
  if (typeof tint === "number") return " tinted";
  return typeof tint === "string" && STATES.has(tint) ? ` tinted state-${tint}` : "";
}
