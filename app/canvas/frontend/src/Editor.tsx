// The canvas with its palette, toolbar and problems, and what the pointer does.

import {
  Background,
  BackgroundVariant,
  ConnectionLineType,
  MiniMap,
  ReactFlow,
  useReactFlow,
  type Connection,
  type Edge,
  type FinalConnectionState,
  type ReactFlowProps,
} from "@xyflow/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { add, connect, reconnect } from "./actions";
import { BlockNode } from "./BlockNode";
import { useChanges } from "./context";
import { COLUMN_GAP, NODE_WIDTH, type BlockNode as BlockNodeType } from "./flow";
import { listen } from "./keyboard";
import { layOut } from "./layout";
import { savedViewport, saveViewport } from "./memory";
import { Empty, Messages } from "./Messages";
import { Palette, type Point } from "./Palette";
import { endsOf } from "./PortHandle";
import { Problems } from "./Problems";
import { refusal, type Ends } from "./rules";
import { forwardPointer } from "./shadow";
import { Toolbar } from "./Toolbar";
import { WireEdge } from "./WireEdge";

const NODE_TYPES = { block: BlockNode };
const EDGE_TYPES = { default: WireEdge };
// The toolbar stands above. To the sides there is more room than the strip (40 px) where a wire that is drawn makes the view run.
const WHOLE = { padding: { top: "62px", right: "56px", bottom: "34px", left: "56px" }, maxZoom: 1 } as const;
const FIT = { ...WHOLE, duration: 220 };
const EDGE_OPTIONS = { interactionWidth: 18 };
const MANY_NODES = 150; // from here on only what is visible is kept in the page

function asEnds(wire: Connection | Edge): Ends {
  return { source: wire.source, sourcePort: wire.sourceHandle ?? "", target: wire.target, targetPort: wire.targetHandle ?? "" };
}

export function Editor({ host }: { host: HTMLElement }) {
  const store = useChanges();
  const flow = useReactFlow<BlockNodeType>();
  const root = useRef<HTMLDivElement>(null);
  const [graph] = useState(store.payload?.graph ?? ""); // another graph is another editor
  // Decided once: an empty network that gets its first block must not jump.
  const [start] = useState<Partial<ReactFlowProps<BlockNodeType>>>(() => {
    const saved = savedViewport(graph);
    if (saved) return { defaultViewport: saved };
    return store.nodes.length ? { fitView: true, fitViewOptions: WHOLE } : {};
  });
  const fit = useCallback(() => void flow.fitView(FIT), [flow]);
  const focus = useCallback(() => root.current?.focus({ preventScroll: true }), []);

  useEffect(() => {
    store.focus = focus;
    store.reveal = (ids) => {
      const boxes = ids.flatMap((id) => flow.getInternalNode(id) ?? []);
      const box = boxes[0];
      if (!box) return;
      const { x, y } = box.internals.positionAbsolute;
      void flow.setCenter(x + (box.measured.width ?? NODE_WIDTH) / 2, y + (box.measured.height ?? 80) / 2, { zoom: Math.max(flow.getZoom(), 0.8), duration: 260 });
    };
    const stopKeys = listen(host, store, { fit, focus });
    const stopPointer = forwardPointer(host);
    return () => {
      stopKeys();
      stopPointer();
    };
  }, [store, host, flow, fit, focus]);

  /** Add where it was dropped; or, when it was clicked, to the right of the selected block, else in the middle of what is seen. */
  const place = (type: string, at: Point | null): void => {
    const area = root.current!.querySelector(".react-flow")!.getBoundingClientRect();
    if (at) {
      const within = at.x >= area.left && at.x <= area.right && at.y >= area.top && at.y <= area.bottom;
      if (!within) return;
      const corner = flow.screenToFlowPosition(at);
      add(store, type, { x: corner.x - 24, y: corner.y - 16 }, false);
      return focus();
    }
    const selected = store.nodes.filter((node) => node.selected);
    const beside = selected.length === 1 ? selected[0]! : null;
    const middle = flow.screenToFlowPosition({ x: area.left + area.width / 2, y: area.top + area.height / 2 });
    const corner = beside
      ? { x: beside.position.x + (beside.measured?.width ?? NODE_WIDTH) + COLUMN_GAP, y: beside.position.y }
      : { x: middle.x - NODE_WIDTH / 2, y: middle.y - 40 };
    const id = add(store, type, corner, true);
    requestAnimationFrame(() => bringIn(id));
  };

  /** Move the view only where the new block cannot be seen. */
  const bringIn = (id: string): void => {
    const node = store.nodes.find((candidate) => candidate.id === id);
    const area = root.current?.querySelector(".react-flow")?.getBoundingClientRect();
    if (!node || !area) return;
    const corner = flow.flowToScreenPosition(node.position);
    const zoom = flow.getZoom();
    const hidden = corner.x < area.left || corner.y < area.top || corner.x + NODE_WIDTH * zoom > area.right || corner.y + 90 * zoom > area.bottom;
    if (hidden) void flow.setCenter(node.position.x + NODE_WIDTH / 2, node.position.y + 45, { zoom, duration: 220 });
  };

  const ended = (_event: unknown, state: FinalConnectionState): void => {
    if (!state.toHandle || !state.fromHandle || state.isValid) return;
    const [from, to] = [state.fromHandle, state.toHandle].map((handle) => ({ node: handle.nodeId, port: handle.id ?? "", output: handle.type === "source" }));
    if (from!.node === to!.node && from!.port === to!.port && from!.output === to!.output) return;
    const ends = endsOf(from!, to!);
    const reason = ends ? refusal(store, ends) : "Connect an output to an input.";
    if (reason) store.say(reason);
  };

  return (
    <div
      className="editor"
      ref={root}
      tabIndex={-1}
      onPointerDownCapture={(event) => {
        const target = event.nativeEvent.composedPath()[0] as HTMLElement;
        if (!target.closest("input, button, .react-flow__handle")) focus();
      }}
    >
      <Palette place={place} />
      <div className="stage">
        <div className="surface">
          <ReactFlow<BlockNodeType>
            nodes={store.nodes}
            edges={store.edges}
            nodeTypes={NODE_TYPES}
            edgeTypes={EDGE_TYPES}
            onNodesChange={store.onNodesChange}
            onEdgesChange={store.onEdgesChange}
            onNodeDragStart={(_event, _node, nodes) => store.dragStart(nodes.map((node) => node.id))}
            onNodeDragStop={() => store.dragStop()}
            onSelectionDragStart={(_event, nodes) => store.dragStart(nodes.map((node) => node.id))}
            onSelectionDragStop={() => store.dragStop()}
            isValidConnection={(wire) => refusal(store, asEnds(wire)) === null}
            onConnect={(wire) => connect(store, asEnds(wire))}
            onConnectEnd={ended}
            edgesReconnectable
            reconnectRadius={14}
            onReconnectStart={(_event, edge) => void (store.reconnecting = edge.id)}
            onReconnect={(edge, wire) => reconnect(store, edge.id, asEnds(wire))}
            onReconnectEnd={() => void (store.reconnecting = null)}
            connectionRadius={22}
            connectionLineType={ConnectionLineType.Bezier}
            defaultEdgeOptions={EDGE_OPTIONS}
            deleteKeyCode={null}
            selectionKeyCode="Shift"
            multiSelectionKeyCode={["Meta", "Control"]}
            panOnDrag={[0, 1]}
            zoomOnDoubleClick={false}
            minZoom={0.08}
            maxZoom={2.5}
            disableKeyboardA11y
            onlyRenderVisibleElements={store.nodes.length > MANY_NODES}
            nodeDragThreshold={2}
            {...start}
            onMoveEnd={(_event, viewport) => saveViewport(graph, viewport)}
            attributionPosition="bottom-left"
            aria-label="Network"
          >
            <Background variant={BackgroundVariant.Dots} gap={20} size={1.4} />
            <Toolbar fit={fit} layOut={() => {
              layOut(store);
              requestAnimationFrame(fit);
            }} />
            <Messages />
            {store.nodes.length > 1 && (
              <MiniMap pannable zoomable ariaLabel="Overview" nodeBorderRadius={8} nodeColor={(node) => `var(--cat-${(node as BlockNodeType).data.info.category}, var(--muted))`} />
            )}
          </ReactFlow>
          {!store.nodes.length && <Empty />}
        </div>
        <Problems />
      </div>
    </div>
  );
}
