// What copying writes and pasting reads: JSON, so that it works between networks and browser tabs. What is read may come from anyone: it is
// checked, bounded, and refused in one sentence. Mirrors engine/graph/reading.py, which has the last word.

import type { EdgeJson, Json, NodeJson } from "./protocol";

const FORMAT = "gradloom/blocks";
const VERSION = 1;
const MOST_CHARACTERS = 8_000_000;
const MOST_NODES = 20_000;
const MOST_EDGES = 100_000;
const LONGEST_ID = 64;
const LONGEST_NAME = 200;
const LONGEST_WORD = 1000;
const LONGEST_LIST = 64;
const DEEPEST_VALUE = 4;
const FARTHEST = 1e7;

export interface Clip {
  /** The network it was copied from. */
  graph: string;
  nodes: NodeJson[];
  /** Wires among the nodes. */
  edges: EdgeJson[];
  /** Wires that came from other blocks of that network. */
  incoming: EdgeJson[];
}

export function toText({ graph, nodes, edges, incoming }: Clip): string {
  return JSON.stringify({ format: FORMAT, version: VERSION, graph, nodes, edges, incoming });
}

/** Return what was copied, or the sentence that says why nothing can be pasted. */
export function fromText(text: string): Clip | string {
  if (text.length > MOST_CHARACTERS)
    return `The clipboard holds ${text.length.toLocaleString("en")} characters, more than ${MOST_CHARACTERS.toLocaleString("en")}: copy fewer blocks.`;
  const raw = parsed(text);
  if (!isRecord(raw) || raw.format !== FORMAT) return "The clipboard holds no blocks: copy some on a canvas first.";
  if (raw.version !== VERSION) return "These blocks were copied from another version of Gradloom: reload both pages, then copy them again.";
  try {
    const nodes = list(raw.nodes, MOST_NODES, "blocks").map(nodeOf);
    const ids = new Set(nodes.map((node) => node.id));
    if (!nodes.length) throw new Damaged("there are no blocks");
    if (ids.size < nodes.length) throw new Damaged("two blocks have the same id");
    const edges = list(raw.edges, MOST_EDGES, "wires").map(edgeOf);
    const incoming = list(raw.incoming, MOST_EDGES, "wires").map(edgeOf);
    if (edges.some((edge) => !ids.has(edge.source) || !ids.has(edge.target)) || incoming.some((edge) => ids.has(edge.source) || !ids.has(edge.target)))
      throw new Damaged("a wire leads to a block that is not there");
    return { graph: word(raw.graph, "the network's id", LONGEST_NAME), nodes, edges, incoming };
  } catch (error) {
    if (error instanceof Damaged) return `The copied blocks are damaged (${error.message}): copy them again.`;
    throw error;
  }
}

class Damaged extends Error {}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // any text that somebody copied elsewhere
  }
}

function nodeOf(raw: unknown, index: number): NodeJson {
  const where = `block ${index + 1}`;
  const item = record(raw, where);
  const node: NodeJson = {
    id: word(item.id, `${where}: its id`, LONGEST_ID, 1),
    type: word(item.type, `${where}: its type`, LONGEST_ID, 1),
    name: word(item.name ?? "", `${where}: its name`, LONGEST_NAME),
    parameters: Object.fromEntries(Object.entries(record(item.parameters, `${where}: its parameters`)).map(([name, value]) => [word(name, `${where}: a parameter's name`, LONGEST_ID, 1), plain(value, where)])),
    position: positionOf(item.position, where),
  };
  for (const mark of ["frozen", "bypassed", "collapsed"] as const) if (item[mark] !== undefined) node[mark] = item[mark] === true;
  if (item.lr_factor !== undefined) node.lr_factor = number(item.lr_factor, `${where}: its learning-rate factor`, 0, 1e6);
  if (item.initialisation !== undefined) node.initialisation = word(item.initialisation, `${where}: its initialisation`, LONGEST_ID, 1);
  if (typeof item.shares_weights_with === "string") node.shares_weights_with = word(item.shares_weights_with, `${where}: its partner`, LONGEST_ID, 1);
  return node;
}

function edgeOf(raw: unknown, index: number): EdgeJson {
  const where = `wire ${index + 1}`;
  const item = record(raw, where);
  const end = (name: keyof EdgeJson): string => word(item[name], `${where}: its ${name.replace("_", " ")}`, LONGEST_ID, 1);
  return { id: end("id"), source: end("source"), source_port: end("source_port"), target: end("target"), target_port: end("target_port") };
}

function positionOf(raw: unknown, where: string): [number, number] {
  const what = `${where}: its position`;
  if (!Array.isArray(raw) || raw.length !== 2) throw new Damaged(`${what} must be two numbers`);
  return [number(raw[0], what, -FARTHEST, FARTHEST), number(raw[1], what, -FARTHEST, FARTHEST)];
}

function plain(value: unknown, where: string, depth = DEEPEST_VALUE): Json {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "string" && value.length <= LONGEST_WORD && storable(value)) return value;
  if (Array.isArray(value) && depth > 0 && value.length <= LONGEST_LIST) return value.map((item) => plain(item, where, depth - 1));
  throw new Damaged(`${where}: a parameter is no number, word or short list`);
}

function list(raw: unknown, most: number, what: string): unknown[] {
  if (!Array.isArray(raw)) throw new Damaged(`its ${what} are no list`);
  if (raw.length > most) throw new Damaged(`${raw.length.toLocaleString("en")} ${what}, more than ${most.toLocaleString("en")}`);
  return raw;
}

function record(raw: unknown, what: string): Record<string, unknown> {
  if (!isRecord(raw)) throw new Damaged(`${what} cannot be read`);
  return raw;
}

function isRecord(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

function word(raw: unknown, what: string, longest: number, least = 0): string {
  if (typeof raw !== "string" || raw.length < least || raw.length > longest || !storable(raw)) throw new Damaged(`${what} must be text of at most ${longest} characters`);
  return raw;
}

function number(raw: unknown, what: string, low: number, high: number): number {
  if (typeof raw !== "number" || !(raw >= low && raw <= high)) throw new Damaged(`${what} must be a number`);
  return raw;
}

/** Whether a database and a browser can hold it: no NUL, no lone surrogate. */
function storable(text: string): boolean {
  return !text.includes("\u0000") && !/\p{Surrogate}/u.test(text);
}
