// What travels between Python and the canvas. Mirrors app/canvas/session.py, scope.py, messages.py, palette.py, own_blocks.py and views.py.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Position = [number, number];

export interface NodeJson {
  id: string;
  type: string;
  name: string;
  parameters: Record<string, Json>;
  position: Position;
  frozen?: boolean;
  lr_factor?: number;
  initialisation?: string;
  shares_weights_with?: string | null;
  bypassed?: boolean;
  collapsed?: boolean;
}

export interface EdgeJson {
  id: string;
  source: string;
  source_port: string;
  target: string;
  target_port: string;
}

export type Edit =
  | { op: "add_node"; node: NodeJson; index: number | null }
  | { op: "remove_node"; id: string }
  | { op: "connect"; edge: EdgeJson; index: number | null; dangling?: boolean }
  | { op: "disconnect"; id: string }
  | { op: "set_parameters"; id: string; parameters: Record<string, Json>; removed: string[] }
  | { op: "set_marks"; id: string; marks: Record<string, Json> }
  | { op: "rename_node"; id: string; name: string }
  | { op: "rename_graph"; name: string }
  | { op: "move"; positions: Record<string, Position> }
  | { op: "batch"; edits: Edit[]; label: string };

/** Where a canvas looks: the composite that was entered at each level, and which of its copies is looked at. */
export type Trail = [node: string, copy: number][];

/** The level a canvas shows: the network itself (no definition), or the inside of a composite. */
export interface Scope {
  definition: string | null;
  /** What the network is called. */
  name: string;
  steps: { node: string; copy: number; copies: number; title: string }[];
}

export type Command = "train" | "save";

/** One numbered thing for Python to do; it travels until it is acknowledged. */
export type Batch = { seq: number; do: "edit"; edit: Edit; within: string | null } | { seq: number; do: "undo" | "redo" | Command; times?: number } | Order;

/** What Python works out and makes: the fix of a problem, or a connection with the blocks in between that it needs. */
export type Order =
  | { seq: number; do: "group" | "unpack"; nodes: string[]; within: string | null }
  | { seq: number; do: "fix"; fix: { message: string; node: string | null; label: string } }
  | { seq: number; do: "bridge"; edit: Edit };

/** Everything Python has not acknowledged, and what is known and selected here. One value, so that nothing overtakes anything. */
export interface Message {
  sid: string;
  client: string;
  rev: number;
  ask: number;
  batches: Batch[];
  selection: string[];
  /** How often this canvas has gone to another level, and where it went. */
  turn: number;
  trail: Trail;
  /** Whether the list of steps is open and wants to be told. */
  history?: boolean;
}

export interface Port {
  name: string;
  kinds: string[];
  help?: string;
  optional?: boolean;
  many?: boolean;
  like?: string;
}

export interface BlockInfo {
  title: string;
  category: string;
  help: string;
  keywords: string[];
  inputs: Port[];
  outputs: Port[];
}

export interface PaletteInfo {
  categories: { name: string; title: string; light: string; dark: string }[];
  kinds: Record<string, [words: string, shape: string]>;
  blocks: Record<string, BlockInfo>;
  /** By kind of tensor, then by the kind that is wanted: which blocks make the one of the other. */
  insertions: Record<string, Record<string, string>>;
  /** Types that are drawn but not offered: they could not stand at the level that is shown. */
  hidden?: ReadonlySet<string>;
}

export interface Sentence {
  message: string;
  fix: string;
  port?: string;
  node?: string;
  warning?: boolean;
  fixes?: Fix[];
}

/** A way out of a problem: what its button says, and which problems can be seen only after it. */
export interface Fix {
  label: string;
  then: string[];
}

/** What Python worked out about one node; nothing here is part of the document. */
export interface View {
  shapes?: Record<string, string>;
  kinds?: Record<string, string>;
  parameters?: number;
  flops?: number;
  memory?: number;
  problems?: Sentence[];
  /** How many copies of a composite follow each other. */
  copies?: number;
}

export interface GraphJson {
  name: string;
  nodes: NodeJson[];
  edges: EdgeJson[];
}

export interface Payload {
  role: "editor";
  sid: string;
  graph: string;
  client: string | null;
  ack: number;
  rev: number;
  hash: string;
  problems: Sentence[];
  num_problems: number;
  num_parameters: number;
  undo: string | null;
  redo: string | null;
  notices: { n: number; text: string }[];
  turn: number;
  scope: Scope;
  /** Where this canvas is asked to go from the level of that turn: into a composite, or (null) to the level above. */
  lead: [turn: number, node: string | null] | null;
  /** The last batch that made blocks by an order, and which. */
  made: [seq: number, nodes: string[]];
  save_problem: string | null;
  /** Labels of what can be undone (oldest first) and made again (next first), while this canvas shows them. */
  history?: { undo: string[]; redo: string[] };
  /** How much of the gradient reaches each block, as the last run of this network measured it. */
  signal: Record<string, number> | null;
  height: number | "fill";
  bottom_gap: number;
  reveal: [number, string] | null;
  snapshot?: { graph: GraphJson; views: Record<string, View>; palette: PaletteInfo; answer: number };
  /** The network's own composites as blocks, and what this level does not offer. */
  own?: { blocks: Record<string, BlockInfo>; hidden: string[] };
  base?: number;
  edits?: [revision: number, edit: Edit][];
  views?: Record<string, View>;
}

export interface LivePayload {
  role: "live";
  tint: Record<string, number | string>;
}
