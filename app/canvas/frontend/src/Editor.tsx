// The canvas with its palette, toolbar and problems, and what the pointer does.

import {
  Background,
  BackgroundVariant,
  ConnectionLineType,
  MiniMap,
  ReactFlow,
  useReactFlow,
  useStore as useFlow,
  type Connection,
  type Edge,
  type FinalConnectionState,
  type Node,
  type ReactFlowProps,
  type Viewport,
} from "@xyflow/react";
import { useEffect, useRef, useState } from "react";
import { add, connect, reconnect } from "./actions";
import { BlockNode } from "./BlockNode";
import { Breadcrumb } from "./Breadcrumb";
import { throughBlocks } from "./bridge";
import { useChanges } from "./context";
import { isLoose, wireBelow } from "./dropping";
import { Find } from "./Find";
import { COLUMN_GAP, heightOf, isFrame, NODE_WIDTH, type BlockNode as BlockNodeType } from "./flow";
import { FrameNode } from "./FrameNode";
import { GuideLines } from "./GuideLines";
import { listen } from "./keyboard";
import { Legend } from "./Legend";
import { useLook } from "./look";
import { openMenu } from "./menu";
import { savedViewport, saveViewport } from "./memory";
import { Empty, Messages } from "./Messages";
import type { Overlay, Point } from "./overlay";
import { Overlays } from "./Overlays";
import { Palette } from "./Palette";
import { endsOf } from "./PortHandle";
import { Problems } from "./Problems";
import { openEnd, refusal, type Ends } from "./rules";
import { SelectionBar } from "./SelectionBar";
import { levelName } from "./scope";
import { forwardPointer } from "./shadow";
import { GRID } from "./snapping";
import { addInto, addTo, moveInto } from "./splice";
import type { Wire } from "./store";
import { Toolbar } from "./Toolbar";
import { Tour } from "./Tour";
import { onLongPress } from "./touch";
import { useSteady } from "./useSteady";
import { useView, WHOLE } from "./useView";
import { WireEdge } from "./WireEdge";

const NODE_TYPES = { block: BlockNode, frame: FrameNode };
const EDGE_TYPES = { default: WireEdge };
const EDGE_OPTIONS = { interactionWidth: 18 };
const SNAP_GRID: [number, number] = [GRID, GRID];
const REACH_PX = 20; // how near to a wire a block is dropped into it
const INSET = 14; // how far a dragged block covers a wire that it goes into
const FAR_ZOOM = 0.25; // below it letters are two or three pixels high: they are left out, and moving stays smooth
const MANY_NODES = 150; // from here on only what is visible is kept in the page

function asEnds(wire: Connection | Edge): Ends {
  return { source: wire.source, sourcePort: wire.sourceHandle ?? "", target: wire.target, targetPort: wire.targetHandle ?? "" };
}

function colourOf(node: Node): string {
  return `var(--cat-${(node as BlockNodeType).data.info.category}, var(--muted))`;
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
  const view = useView(root);
  const level = levelName(graph, store.scope);
  const { focus } = view;
  const { snap } = useLook();
  const far = useFlow((state) => state.transform[2] < FAR_ZOOM);

  useEffect(() => {
    store.focus = view.focus;
    store.reveal = (ids) => {
      const boxes = ids.flatMap((id) => flow.getInternalNode(id) ?? []);
      const box = boxes[0];
      if (!box) return;
      const { x, y } = box.internals.positionAbsolute;
      void flow.setCenter(x + (box.measured.width ?? NODE_WIDTH) / 2, y + (box.measured.height ?? 80) / 2, { zoom: Math.max(flow.getZoom(), 0.8), duration: 260 });
    };
    const stops = [listen(host, store, view), forwardPointer(host), onLongPress(root.current!.querySelector(".surface")!, (target, at) => openMenu(store, target, at))];
    return () => stops.forEach((stop) => stop());
  }, [store, host, flow, view]);

  // Another level is looked at where it was left, or as a whole.
  const seen = useRef(store.arrivals);
  useEffect(() => {
    if (seen.current === store.arrivals) return;
    seen.current = store.arrivals;
    const saved = savedViewport(level);
    requestAnimationFrame(() => requestAnimationFrame(() => void (saved ? flow.setViewport(saved) : flow.fitView(WHOLE))));
    view.focus();
  }, [store.arrivals, level, flow, view]);

  const surface = (): DOMRect => root.current!.querySelector(".surface")!.getBoundingClientRect();
  const isOver = ({ x, y }: Point): boolean => {
    const { left, right, top, bottom } = surface();
    return x >= left && x <= right && y >= top && y <= bottom;
  };
  const wireAt = (type: string, at: Point): string | null => {
    const [low, high] = [flow.screenToFlowPosition({ x: at.x - REACH_PX, y: at.y - REACH_PX }), flow.screenToFlowPosition({ x: at.x + REACH_PX, y: at.y + REACH_PX })];
    return wireBelow(root.current!, store, { left: low.x, top: low.y, right: high.x, bottom: high.y }, type, null);
  };

  /** Add where it was dropped; or, when it was clicked, to the right of the selected block, else in the middle of what is seen. */
  const place = (type: string, at: Point | null): void => {
    if (at) {
      if (!isOver(at)) return;
      const { x, y } = flow.screenToFlowPosition(at);
      const wire = wireAt(type, at);
      if (wire) addInto(store, type, wire, [x - 24, y - 16]);
      else add(store, type, { x: x - 24, y: y - 16 }, false);
      return focus();
    }
    const selected = store.nodes.filter((node) => node.selected);
    const beside = selected.length === 1 ? selected[0]! : null;
    const { left, top, width, height } = surface();
    const middle = flow.screenToFlowPosition({ x: left + width / 2, y: top + height / 2 });
    const corner = beside
      ? { x: beside.position.x + (beside.measured?.width ?? NODE_WIDTH) + COLUMN_GAP, y: beside.position.y }
      : { x: middle.x - NODE_WIDTH / 2, y: middle.y - 40 };
    const id = add(store, type, corner, true);
    requestAnimationFrame(() => view.bringIn(id));
  };

  /** Add what was chosen in the list at the pointer, connected to what it was opened for. */
  const choose = (type: string, { at, from, into }: Extract<Overlay, { kind: "search" }>): void => {
    const { x, y } = flow.screenToFlowPosition(at);
    const added = from ? addTo(store, type, from, { x, y }) : into ? addInto(store, type, into, [x - NODE_WIDTH / 2, y - 40]) : add(store, type, { x: x - 24, y: y - 16 }, false);
    if (!added) store.say("What the block was to be connected to is gone.");
    store.show(null);
    focus();
  };

  const dragged = (nodes: BlockNodeType[]): void => {
    const node = nodes.length === 1 ? nodes[0]! : null;
    if (!node || isFrame(node) || !isLoose(store, node.id)) return;
    const { x, y } = node.position;
    const [width, height] = [node.measured?.width ?? NODE_WIDTH, node.measured?.height ?? heightOf(node.data.info)];
    const area = { left: x + INSET, top: y + INSET, right: x + width - INSET, bottom: y + height - INSET };
    store.take(wireBelow(root.current!, store, area, node.data.node.type, node.id), node.id);
  };
  const dropped = (): void => {
    const { taking, loose } = store;
    store.take(null);
    if (!taking || !loose) return store.dragStop();
    store.dragStop((positions) => moveInto(store, loose, taking, positions[loose] ?? store.doc.nodes.get(loose)!.position));
  };

  const ended = (event: MouseEvent | TouchEvent, state: FinalConnectionState): void => {
    if (!state.fromHandle || state.isValid || store.reconnecting) return;
    const [from, to] = [state.fromHandle, state.toHandle].map((handle) => handle && { node: handle.nodeId, port: handle.id ?? "", output: handle.type === "source" });
    if (!to) return droppedWire(from!, "changedTouches" in event ? event.changedTouches[0]! : event);
    if (from!.node === to!.node && from!.port === to!.port && from!.output === to!.output) return;
    const ends = endsOf(from!, to!);
    const reason = ends ? refusal(store, ends) : "Connect an output to an input.";
    if (reason) store.say(reason, ends ? throughBlocks(store, ends) : undefined);
  };

  /** On the empty canvas a wire asks for the block that is to stand at its end. */
  const droppedWire = (from: Wire, { clientX: x, clientY: y }: { clientX: number; clientY: number }): void => {
    const below = (root.current!.getRootNode() as ShadowRoot | Document).elementFromPoint(x, y);
    if (!isOver({ x, y }) || !below?.classList.contains("react-flow__pane")) return;
    const reason = openEnd(store, from);
    if (reason) store.say(reason);
    else store.show({ kind: "search", at: { x, y }, from });
  };

  const handlers = useSteady({
    onNodeDragStart: (_event: unknown, _node: BlockNodeType, nodes: BlockNodeType[]) => store.dragStart(nodes.map((node) => node.id)),
    onNodeDrag: (_event: unknown, _node: BlockNodeType, nodes: BlockNodeType[]) => dragged(nodes),
    onNodeDragStop: dropped,
    onSelectionDragStart: (_event: unknown, nodes: BlockNodeType[]) => store.dragStart(nodes.map((node) => node.id)),
    onSelectionDragStop: () => store.dragStop(),
    isValidConnection: (wire: Connection | Edge) => refusal(store, asEnds(wire)) === null,
    onConnect: (wire: Connection) => connect(store, asEnds(wire)),
    onConnectEnd: ended,
    onReconnectStart: (_event: unknown, edge: Edge) => void (store.reconnecting = edge.id),
    onReconnect: (edge: Edge, wire: Connection) => reconnect(store, edge.id, asEnds(wire)),
    onReconnectEnd: () => void (store.reconnecting = null),
    onMoveEnd: (_event: unknown, viewport: Viewport) => saveViewport(level, viewport),
  });

  return (
    <div
      className="editor"
      ref={root}
      tabIndex={-1}
      onPointerDownCapture={(event) => {
        const target = event.nativeEvent.composedPath()[0] as HTMLElement;
        if (!target.closest("input, button, .react-flow__handle, .overlay")) focus();
      }}
    >
      <Palette place={place} over={(type, at) => store.take(at && isOver(at) ? wireAt(type, at) : null)} />
      <div className="stage">
        <div
          className={`surface${far ? " far" : ""}`}
          onPointerMove={({ clientX: x, clientY: y }) => view.pointAt({ x, y })}
          onPointerLeave={() => view.pointAt(null)}
          onContextMenu={(event) => {
            if (openMenu(store, event.nativeEvent.composedPath()[0] as Element, { x: event.clientX, y: event.clientY })) event.preventDefault();
          }}
          onDoubleClick={(event) => {
            const target = event.nativeEvent.composedPath()[0] as Element;
            const wire = target.closest<SVGElement>(".react-flow__edge")?.dataset.id;
            const node = target.closest("input, button, .react-flow__handle") ? undefined : target.closest<HTMLElement>(".react-flow__node")?.dataset.id;
            if (node) store.enter(node);
            else if (wire || target.classList.contains("react-flow__pane")) store.show({ kind: "search", at: { x: event.clientX, y: event.clientY }, into: wire });
          }}
        >
          <ReactFlow<BlockNodeType>
            nodes={store.nodes}
            edges={store.edges}
            nodeTypes={NODE_TYPES}
            edgeTypes={EDGE_TYPES}
            onNodesChange={store.onNodesChange}
            onEdgesChange={store.onEdgesChange}
            {...handlers}
            edgesReconnectable
            reconnectRadius={14}
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
            snapToGrid={snap}
            snapGrid={SNAP_GRID}
            {...start}
            attributionPosition="bottom-left"
            aria-label="Network"
          >
            <Background variant={BackgroundVariant.Dots} gap={20} size={1.4} />
            <Toolbar view={view} />
            <Breadcrumb />
            <Find />
            <Legend />
            <SelectionBar view={view} />
            <GuideLines />
            <Messages />
            {store.nodes.length > 1 && (
              <MiniMap pannable zoomable ariaLabel="Overview" nodeBorderRadius={8} nodeColor={colourOf} />
            )}
          </ReactFlow>
          {!store.nodes.length && <Empty />}
        </div>
        <Problems />
      </div>
      <Tour />
      <Overlays view={view} choose={choose} />
    </div>
  );
}
