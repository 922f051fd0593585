// What the commands can do with the view: look, walk, and find the place that is meant.

import { useReactFlow, type ReactFlowInstance } from "@xyflow/react";
import { useMemo, type RefObject } from "react";
import type { View } from "./commands";
import { useStore } from "./context";
import { NODE_WIDTH, type BlockNode } from "./flow";
import { layOut, type Direction } from "./layout";
import { nudger } from "./nudge";
import type { Point } from "./overlay";
import { openEnd } from "./rules";
import type { Store } from "./store";
import { first, neighbour, type Way } from "./walk";

// The toolbar stands above. To the sides there is more room than the strip (40 px) where a wire that is drawn makes the view run.
export const WHOLE = { padding: { top: "62px", right: "56px", bottom: "34px", left: "56px" }, maxZoom: 1 } as const;
const FIT = { ...WHOLE, duration: 220 };
const WAYS: Record<string, Way> = { ArrowLeft: "source", ArrowRight: "target", ArrowUp: "previous", ArrowDown: "next" };

export interface EditorView extends View {
  /** Move the view only where a block cannot be seen. */
  bringIn: (id: string) => void;
  /** Tell where the pointer is over the canvas, or that it is not. */
  pointAt: (at: Point | null) => void;
}

export function useView(root: RefObject<HTMLDivElement | null>): EditorView {
  const store = useStore();
  const flow = useReactFlow<BlockNode>();
  return useMemo(() => makeView(store, flow, root), [store, flow, root]);
}

function makeView(store: Store, flow: ReactFlowInstance<BlockNode>, root: RefObject<HTMLDivElement | null>): EditorView {
  let pointer: Point | null = null;
  let last: string | null = null; // where walking stands
  const area = (): DOMRect => root.current!.querySelector(".surface")!.getBoundingClientRect();
  const middle = (): Point => ({ x: area().left + area().width / 2, y: area().top + area().height / 2 });
  const fit = (): void => void flow.fitView(FIT);
  const focus = (): void => root.current?.focus({ preventScroll: true });
  const element = (id: string): HTMLElement | null => root.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`) ?? null;

  const bringIn = (id: string): void => {
    const node = store.nodes.find((candidate) => candidate.id === id);
    if (!node || !root.current) return;
    const { left, top, right, bottom } = area();
    const corner = flow.flowToScreenPosition(node.position);
    const zoom = flow.getZoom();
    const hidden = corner.x < left || corner.y < top || corner.x + NODE_WIDTH * zoom > right || corner.y + 90 * zoom > bottom;
    if (hidden) void flow.setCenter(node.position.x + NODE_WIDTH / 2, node.position.y + 45, { zoom, duration: 220 });
  };

  /** Where a walk goes on from: where it stands, else the selected or the focused block. */
  const standing = (): string | null => {
    const selected = store.selectedNodes;
    if (last && selected.includes(last)) return last;
    const focused = (root.current?.getRootNode() as ShadowRoot | Document | undefined)?.activeElement?.closest<HTMLElement>(".react-flow__node")?.dataset.id;
    return selected.length === 1 ? selected[0]! : (focused ?? selected[0] ?? null);
  };
  const walk = (key: string, extend: boolean): void => {
    const way = WAYS[key]!;
    const from = standing();
    const wire = from ? undefined : store.doc.edges.get(store.selectedEdges[0] ?? "");
    const to = from ? neighbour(store, from, way) : wire ? (way === "source" ? wire.source : wire.target) : first(store);
    if (!to) return;
    last = to;
    store.select(extend ? [...store.selectedNodes, to] : [to]);
    bringIn(to);
    (element(to) ?? root.current)?.focus({ preventScroll: true });
  };

  const search = (at: Point | null): void => {
    const from = store.wire ?? undefined; // drawn by keyboard, it ends at the block that is chosen
    store.setWire(null);
    const reason = from && openEnd(store, from);
    if (reason) store.say(reason);
    else store.show({ kind: "search", at: at ?? pointer ?? middle(), from });
  };
  const menu = (): void => {
    const id = store.selectedNodes[0];
    const box = (id && element(id)?.getBoundingClientRect()) || null;
    const on = store.selectedNodes.length ? "node" : store.selectedEdges.length ? "wire" : "canvas";
    store.show({ kind: "menu", on, at: box ? { x: box.left + 24, y: box.bottom - 12 } : middle() });
  };
  const fitSelection = (): void => {
    const nodes = store.selectedNodes.map((id) => ({ id }));
    if (nodes.length) void flow.fitView({ ...FIT, maxZoom: 1.5, nodes });
  };
  const portHeight = (id: string, port: string, output: boolean): number | null => {
    const internals = flow.getInternalNode(id)?.internals;
    const handle = internals?.handleBounds?.[output ? "source" : "target"]?.find((bound) => bound.id === port);
    return internals && handle ? internals.positionAbsolute.y + handle.y + handle.height / 2 : null;
  };
  const arrange = (direction: Direction): void => {
    layOut(store, direction);
    requestAnimationFrame(fit);
  };
  return {
    fit,
    fitSelection,
    portHeight,
    focus,
    arrange,
    search,
    menu,
    walk,
    bringIn,
    nudge: nudger(store),
    placeAt: (at) => flow.screenToFlowPosition(at ?? pointer ?? middle()),
    pointAt: (at) => void (pointer = at),
  };
}
