// From the document to what React Flow draws. What did not change keeps its identity, so that only changed nodes are drawn again.

import type { Edge, Node } from "@xyflow/react";
import type { Doc } from "./document";
import type { BlockInfo, NodeJson, PaletteInfo, View } from "./protocol";

export interface BlockData extends Record<string, unknown> {
  node: NodeJson;
  view: View;
  info: BlockInfo;
}
export type BlockNode = Node<BlockData, "block" | "frame">;

// blocks/library/sketch.py lays networks out by these sizes, styles/block.css draws them.
export const NODE_WIDTH = 204;
export const COLUMN_GAP = 40;
export const ROW_GAP = 44;
export const COLLAPSED_HEIGHT = 36;
const DOORWAY_HEIGHT = 66;
const AROUND = 76; // header, footer, and what surrounds the ports
const PORT = 20;
const NO_VIEW: View = {};

export function heightOf(info: BlockInfo): number {
  if (isDoorwayInfo(info)) return DOORWAY_HEIGHT;
  return AROUND + PORT * Math.max(info.inputs.length, info.outputs.length);
}

/** Whether a block is a port of the composite that it stands in. */
function isDoorwayInfo(info: BlockInfo): boolean {
  return info.category === "composite" && info.inputs.length + info.outputs.length === 1 && !info.keywords.includes("own");
}

/** Whether a node is a frame, which lies behind the blocks and has no part in the network. */
export function isFrame(node: BlockNode): boolean {
  return node.type === "frame";
}

// Behind everything, also while it is selected, which lifts it by 1000.
const BEHIND = { zIndex: -2000, dragHandle: ".frame-head", style: { pointerEvents: "none" } } as const;

function drawnAs(node: NodeJson, info: BlockInfo): Partial<BlockNode> & Pick<BlockNode, "type"> {
  if (info.category !== "note") return { type: "block", initialHeight: node.collapsed ? COLLAPSED_HEIGHT : heightOf(info) };
  const { width, height } = node.parameters; // blocks/note/frame.py has the same defaults
  return { type: "frame", ...BEHIND, width: Number(width) || 480, height: Number(height) || 240 };
}

/** Ports of a type that this version does not know: those that its wires speak of. */
function unknownBlock(doc: Doc, node: NodeJson): BlockInfo {
  const edges = [...doc.edges.values()];
  const inputs = new Set(edges.filter((edge) => edge.target === node.id).map((edge) => edge.target_port));
  const outputs = new Set(edges.filter((edge) => edge.source === node.id).map((edge) => edge.source_port));
  const port = (name: string) => ({ name, kinds: ["any"] });
  return { title: node.type, category: "unknown", help: "", keywords: [], inputs: [...inputs].map(port), outputs: [...outputs].map(port) };
}

export function flowNodes(doc: Doc, views: Record<string, View>, palette: PaletteInfo, before: BlockNode[], dragging: ReadonlySet<string>): BlockNode[] {
  const old = new Map(before.map((node) => [node.id, node]));
  return Array.from(doc.nodes.values(), (node) => {
    const was = old.get(node.id);
    const view = views[node.id] ?? NO_VIEW;
    const info = palette.blocks[node.type] ?? unknownBlock(doc, node);
    const known = node.type in palette.blocks;
    if (was && was.data.node === node && was.data.view === view && (known ? was.data.info === info : false)) return was;
    const moved = !was || (was.data.node.position !== node.position && !dragging.has(node.id));
    return {
      ...was,
      id: node.id,
      position: moved ? { x: node.position[0], y: node.position[1] } : was.position,
      initialWidth: NODE_WIDTH,
      ...drawnAs(node, info),
      ariaLabel: `${info.title}${node.name ? ` ${node.name}` : ""}${node.bypassed ? ", bypassed" : ""}${node.frozen ? ", frozen" : ""}${view.problems ? ", has a problem" : ""}`,
      data: { node, view, info },
    };
  });
}

export function flowEdges(doc: Doc, before: Edge[]): Edge[] {
  const old = new Map(before.map((edge) => [edge.id, edge]));
  return Array.from(doc.edges.values(), (edge) => {
    const was = old.get(edge.id);
    if (was && was.source === edge.source && was.target === edge.target && was.sourceHandle === edge.source_port && was.targetHandle === edge.target_port)
      return was;
    return {
      id: edge.id,
      source: edge.source,
      sourceHandle: edge.source_port,
      target: edge.target,
      targetHandle: edge.target_port,
      selected: was?.selected ?? false,
      ariaLabel: `Wire to ${edge.target_port}`,
    };
  });
}
