// The way a wire takes. Straight on where nothing stands between; else out to the right, through a gap between the rows, and in from the left.

import { getBezierPath, Position, type Node } from "@xyflow/react";
import { heightOf, isFrame, NODE_WIDTH, type BlockNode } from "./flow";

export interface Box {
  id: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
}
export interface Ends {
  source: string;
  target: string;
  sourceX: number;
  sourceY: number;
  targetX: number;
  targetY: number;
}

const STUB = 20; // half of the gap that layouts leave between columns
const CLEAR = 4; // how far a wire keeps at least from blocks that it passes
const CORNER = 9;
const SAMPLES = 10;
const LANES = [-9, -3, 3, 9]; // wires that share a gap do not lie on one another
const CROSSING = 10_000; // dearer than any detour

const boxes = new WeakMap<readonly Node[], Map<string | null, Box[]>>();

/** Where the blocks stand, all but one that is in nobody's way; worked out once for each state of them. */
export function boxesOf(nodes: readonly Node[], loose: string | null): Box[] {
  let known = boxes.get(nodes);
  if (!known) boxes.set(nodes, (known = new Map()));
  let found = known.get(loose);
  if (!found) {
    found = (nodes as readonly BlockNode[]).filter((node) => !isFrame(node) && node.id !== loose).map(({ id, position: { x, y }, measured, data }) => ({
      id,
      left: x,
      top: y,
      right: x + (measured?.width ?? NODE_WIDTH),
      bottom: y + (measured?.height ?? heightOf(data.info)),
    }));
    known.set(loose, found);
  }
  return found;
}

/** A wire's lane, asked for with each change of the view: it is found anew only when the wire's ends or the blocks are others. */
export function laneKeeper(): (ends: Ends, all: Box[]) => number | null {
  let kept: { ends: Ends; all: Box[]; lane: number | null } | null = null;
  return (ends, all) => {
    if (kept?.all !== all || !sameEnds(kept.ends, ends)) kept = { ends, all, lane: laneOf(ends, all) };
    return kept.lane;
  };
}

function sameEnds(a: Ends, b: Ends): boolean {
  return a.sourceX === b.sourceX && a.sourceY === b.sourceY && a.targetX === b.targetX && a.targetY === b.targetY && a.source === b.source && a.target === b.target;
}

/** Return the height at which a wire must run to pass the blocks, or null where it may go straight on. */
export function laneOf(ends: Ends, all: Box[]): number | null {
  const { sourceX, sourceY, targetX, targetY } = ends;
  if (targetX - sourceX > 12) {
    const [left, right] = [sourceX, targetX];
    const [top, bottom] = [Math.min(sourceY, targetY), Math.max(sourceY, targetY)];
    const inTheWay = (box: Box): boolean =>
      box.left < right && box.right > left && box.top < bottom + CLEAR && box.bottom > top - CLEAR && box.id !== ends.source && box.id !== ends.target && meetsCurve(ends, box);
    if (!all.some(inTheWay)) return null;
  }
  const [start, end] = turns(ends);
  const [left, right] = [Math.min(start, end), Math.max(start, end)];
  const { across, middles } = stripOf(all, left, right);
  const shift = shiftOf(ends);
  const straight = (sourceY + targetY) / 2;
  // From the shortest way on: what crosses nothing and is shorter than all that follow is the best.
  const ways = [{ middle: straight, room: 0 }, ...middles]
    .map((gap) => ({ ...gap, length: Math.abs(sourceY - gap.middle) + Math.abs(targetY - gap.middle) }))
    .sort((a, b) => a.length - b.length);
  let best = straight;
  let least = Infinity;
  for (const { middle, room, length } of ways) {
    if (length >= least) break;
    const lane = middle + Math.max(-room, Math.min(room, shift));
    const crossed = across.filter(
      (box) => within(lane, box.top, box.bottom, CLEAR - 1) || (within(start, box.left, box.right, 0) && overlaps(box, sourceY, lane)) || (within(end, box.left, box.right, 0) && overlaps(box, targetY, lane)),
    ).length;
    const cost = length + CROSSING * crossed;
    if (cost < least) [best, least] = [lane, cost];
  }
  return best;
}

/** Return the wire as an SVG path. */
export function pathOf(ends: Ends, lane: number | null): string {
  const { sourceX, sourceY, targetX, targetY } = ends;
  if (lane === null) return getBezierPath({ sourceX, sourceY, sourcePosition: Position.Right, targetX, targetY, targetPosition: Position.Left })[0];
  const [start, end] = turns(ends);
  const [down, up] = [start + shiftOf(ends) / 2, end + shiftOf(ends) / 2];
  return rounded([
    [sourceX, sourceY],
    [down, sourceY],
    [down, lane],
    [up, lane],
    [up, targetY],
    [targetX, targetY],
  ]);
}

/** Return where the middle of a wire is, for what stands on it. */
export function middleOf(ends: Ends, lane: number | null): [number, number] {
  const { sourceX, sourceY, targetX, targetY } = ends;
  if (lane === null) return [(sourceX + targetX) / 2, (sourceY + targetY) / 2];
  const [start, end] = turns(ends);
  return [(start + end) / 2, lane];
}

interface Strip {
  across: Box[];
  middles: Gap[];
}
interface Gap {
  middle: number;
  room: number;
}

const strips = new WeakMap<Box[], Map<string, Strip>>();

/** What stands between two columns, worked out once for all wires that run between them. */
function stripOf(all: Box[], left: number, right: number): Strip {
  let known = strips.get(all);
  if (!known) strips.set(all, (known = new Map()));
  const key = `${left} ${right}`;
  let strip = known.get(key);
  if (!strip) {
    const across = all.filter((box) => box.left < right + CLEAR && box.right > left - CLEAR);
    known.set(key, (strip = { across, middles: gaps(across) }));
  }
  return strip;
}

/** The gaps between rows, and those above and below every block that a wire may have to pass. */
function gaps(across: Box[]): Gap[] {
  const edges = across.flatMap((box) => [box.top, box.bottom]).sort((a, b) => a - b);
  if (!edges.length) return [];
  const found = [{ middle: edges[0]! - STUB, room: STUB - CLEAR }, { middle: edges.at(-1)! + STUB, room: STUB - CLEAR }];
  for (let i = 1; i < edges.length; i++) {
    const [upper, lower] = [edges[i - 1]!, edges[i]!];
    if (lower - upper >= 2 * CLEAR) found.push({ middle: (upper + lower) / 2, room: (lower - upper) / 2 - CLEAR });
  }
  return found;
}

function shiftOf({ source }: Ends): number {
  return LANES[hash(source) % LANES.length]!;
}

function turns({ sourceX, targetX }: Ends): [number, number] {
  return [sourceX + STUB, targetX - STUB];
}

function within(at: number, low: number, high: number, margin: number): boolean {
  return at > low - margin && at < high + margin;
}

function overlaps(box: Box, from: number, to: number): boolean {
  return box.top < Math.max(from, to) && box.bottom > Math.min(from, to);
}

/** Whether the curve that would be drawn runs behind a block. */
function meetsCurve({ sourceX, sourceY, targetX, targetY }: Ends, box: Box): boolean {
  const middle = (sourceX + targetX) / 2;
  for (let i = 1; i < SAMPLES; i++) {
    const t = i / SAMPLES;
    const [a, b, c, d] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
    const x = a * sourceX + (b + c) * middle + d * targetX;
    const y = (a + b) * sourceY + (c + d) * targetY;
    if (within(x, box.left, box.right, 2) && within(y, box.top, box.bottom, 2)) return true;
  }
  return false;
}

function hash(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) value = (Math.imul(value, 31) + text.charCodeAt(i)) >>> 0;
  return value;
}

function rounded(points: [number, number][]): string {
  let path = `M${points[0]!.join(",")}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [before, at, after] = [points[i - 1]!, points[i]!, points[i + 1]!];
    const radius = Math.min(CORNER, distance(before, at) / 2, distance(at, after) / 2);
    path += `L${towards(at, before, radius)}Q${at.join(",")} ${towards(at, after, radius)}`;
  }
  return `${path}L${points.at(-1)!.join(",")}`;
}

function distance(a: [number, number], b: [number, number]): number {
  return Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);
}

function towards(from: [number, number], to: [number, number], by: number): string {
  return `${from[0] + Math.sign(to[0] - from[0]) * by},${from[1] + Math.sign(to[1] - from[1]) * by}`;
}
