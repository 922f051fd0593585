// The canvas's state: the document as Python confirmed it, what was done here since, and what React Flow draws of both.
//
// Python owns the document. An edit made here is shown at once and travels as a numbered batch until it is acknowledged; what Python answers
// are edits in its own order. They are applied to the confirmed document, and what is still unacknowledged is applied again on top.

import { applyEdgeChanges, applyNodeChanges, type Edge, type EdgeChange, type NodeChange } from "@xyflow/react";
import { apply, EMPTY, fromJson, Stale, type Doc } from "./document";
import { fingerprint } from "./fingerprint";
import { flowEdges, flowNodes, type BlockNode } from "./flow";
import { carried, contentsOf } from "./frames";
import { newId } from "./ids";
import { look } from "./look";
import type { Overlay } from "./overlay";
import type { Batch, Command, Edit, EdgeJson, Message, PaletteInfo, Payload, Position, Scope, Sentence, Trail, View } from "./protocol";
import { SOME_NETWORK, trailOf, withOwn } from "./scope";
import { snapped, type Guides } from "./snapping";

const RETRY_MS = 4000;

export interface Wire {
  node: string;
  port: string;
  output: boolean;
}

/** Something that was refused, and the wire that could be had with a block in between. */
export interface Notice {
  n: number;
  text: string;
  wire?: { edge: EdgeJson; through: string };
}

export class Store {
  readonly client = newId("c");
  palette: PaletteInfo = { categories: [], kinds: {}, blocks: {}, insertions: {} };
  payload: Payload | null = null;
  views: Record<string, View> = {};
  doc: Doc = EMPTY;
  /** The level that is shown. */
  scope: Scope = SOME_NETWORK;
  /** How often another level came to be shown. */
  arrivals = 0;
  nodes: BlockNode[] = [];
  edges: Edge[] = [];
  /** The wire that is being drawn by keyboard. */
  wire: Wire | null = null;
  renaming: string | null = null;
  notice: Notice | null = null;
  /** The block to which a wire was led last: if that made a problem, it is said there at once. */
  wired: string | null = null;
  reconnecting: string | null = null;
  overlay: Overlay | null = null;
  /** Whether the field for finding a block is open. */
  finding = false;
  /** The lines that hold the block that is being dragged. */
  guides: Guides = { x: null, y: null };
  /** The wire into which the block that is being dragged would go. */
  taking: string | null = null;
  /** The block without wires that is being dragged: wires do not give way to it. */
  loose: string | null = null;
  /** How often the two sides had come apart. */
  resyncs = 0;
  send: (message: Message) => void = () => undefined;
  /** Set by the editor: bring nodes into view. */
  reveal: (ids: string[]) => void = () => undefined;
  /** Set by the editor: take the keyboard's focus back to the canvas. */
  focus: () => void = () => undefined;

  private confirmed: Doc = EMPTY;
  private blocks: PaletteInfo = this.palette; // without the network's own
  private trail: Trail = [];
  private turn = 0;
  private made = 0;
  private pending: Batch[] = [];
  private revision = -1;
  private sequence = 0;
  private ask = 0;
  private answered = 0;
  private sent = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private queued = false;
  private noticed = 0;
  private revealed = 0;
  private dragging = new Set<string>();
  private contents: ReadonlyMap<string, string[]> = new Map(); // of the frames that are being dragged
  private version = 0;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly snapshot = (): number => this.version;
  changed(): void {
    this.version++;
    for (const listener of this.listeners) listener();
  }

  get saving(): boolean {
    return this.pending.length > 0;
  }
  get selectedNodes(): string[] {
    return this.nodes.filter((node) => node.selected).map((node) => node.id);
  }
  get selectedEdges(): string[] {
    return this.edges.filter((edge) => edge.selected).map((edge) => edge.id);
  }

  // From Python.

  receive(payload: Payload): void {
    const graphChanged = this.payload !== null && payload.graph !== this.payload.graph;
    if (this.payload !== null && payload.sid !== this.payload.sid) this.startAnew(graphChanged);
    const mine = payload.client === this.client;
    if (mine) this.pending = this.pending.filter((batch) => batch.seq > payload.ack);
    if (mine ? payload.turn < this.turn : this.trail.length > 0) return this.afterElsewhere(payload);
    if (payload.rev < this.revision) return this.after();
    const moved = payload.scope.definition !== this.scope.definition;
    if (payload.snapshot && (moved || payload.rev > this.revision || payload.snapshot.answer > this.answered)) this.load(payload, moved);
    else if (moved) return this.askForSnapshot(payload);
    else if (payload.rev > this.revision && !this.follow(payload)) return this.askForSnapshot(payload);
    this.payload = payload;
    this.scope = payload.scope;
    this.trail = trailOf(payload.scope);
    if (!payload.snapshot && fingerprint(this.confirmed) !== payload.hash) return this.askForSnapshot(payload);
    this.hear(payload);
    this.after();
    this.revealOnce(payload);
    this.selectMade(payload);
    if (mine && payload.lead?.[0] === this.turn) payload.lead[1] === null ? this.leave() : this.enter(payload.lead[1]);
  }

  /** What came is about a level that was left; what was asked for about this one is still under way. */
  private afterElsewhere(payload: Payload): void {
    this.payload = this.payload ? { ...this.payload, sid: payload.sid } : payload;
    this.after();
    this.flushSoon();
  }

  private startAnew(graphChanged: boolean): void {
    this.revision = -1;
    this.ask = this.answered = 0;
    this.sent = "";
    // Another process took over the same graph: what it has not seen is sent again. Its history is empty, so undo means something else there.
    this.pending = graphChanged ? [] : this.pending.filter((batch) => batch.do === "edit");
    if (!graphChanged) return;
    this.nodes = [];
    this.trail = [];
    this.scope = SOME_NETWORK;
  }

  private load(payload: Payload, moved: boolean): void {
    const snapshot = payload.snapshot!;
    this.confirmed = fromJson(snapshot.graph);
    this.views = snapshot.views;
    this.blocks = snapshot.palette;
    this.palette = withOwn(this.blocks, payload.own);
    if (moved) {
      this.nodes = this.edges = [];
      this.wire = this.renaming = this.overlay = this.wired = null;
      this.arrivals++;
    }
    this.revision = payload.rev;
    this.answered = Math.max(this.answered, snapshot.answer);
    this.ask = this.answered;
  }

  /** Apply the edits that came; false where they do not join on to what is here. */
  private follow(payload: Payload): boolean {
    if (payload.base === undefined || payload.base > this.revision || payload.base < 0) return false;
    try {
      for (const [revision, edit] of payload.edits ?? []) if (revision > this.revision) this.confirmed = apply(this.confirmed, edit);
    } catch (error) {
      if (!(error instanceof Stale)) throw error;
      return false;
    }
    this.views = { ...this.views, ...payload.views };
    if (payload.own) this.palette = withOwn(this.blocks, payload.own);
    this.revision = payload.rev;
    return true;
  }

  private askForSnapshot(payload: Payload): void {
    this.payload ??= payload; // whose session to ask
    if (this.ask === this.answered) this.resyncs++;
    this.ask = this.answered + 1;
    this.flushSoon();
  }

  private hear(payload: Payload): void {
    if (payload.client !== this.client) return;
    const newest = payload.notices.at(-1);
    if (newest && newest.n > this.noticed) {
      this.noticed = newest.n;
      this.notice = newest;
    }
  }

  private revealOnce(payload: Payload): void {
    if (!payload.reveal || payload.reveal[0] <= this.revealed) return;
    this.revealed = payload.reveal[0];
    const id = payload.reveal[1];
    queueMicrotask(() => this.jumpTo(id));
  }

  /** Select what an order put there. */
  private selectMade({ client, made }: Payload): void {
    if (client !== this.client || made[0] <= this.made) return;
    this.made = made[0];
    this.select(made[1].filter((id) => this.doc.nodes.has(id)));
  }

  private after(): void {
    this.rebase();
    this.changed();
    if (this.pending.length) this.flushSoon();
  }

  /** Show the confirmed document with everything unacknowledged on top. What no longer fits is left out: Python will refuse it too. */
  private rebase(): void {
    let doc = this.confirmed;
    for (const batch of this.pending) {
      if (batch.do !== "edit" || batch.within !== this.scope.definition) continue;
      try {
        doc = apply(doc, batch.edit);
      } catch (error) {
        if (!(error instanceof Stale)) throw error;
      }
    }
    this.doc = doc;
    this.draw();
  }

  private draw(): void {
    this.nodes = flowNodes(this.doc, this.views, this.palette, this.nodes, this.dragging);
    this.edges = flowEdges(this.doc, this.edges);
    if (this.wire && !this.doc.nodes.has(this.wire.node)) this.wire = null;
    for (const id of this.dragging) if (!this.doc.nodes.has(id)) this.dragging.delete(id);
  }

  // To Python.

  /** Make an edit: shown at once, sent until acknowledged. */
  edit(edit: Edit): void {
    try {
      this.doc = apply(this.doc, edit);
    } catch (error) {
      if (error instanceof Stale) return;
      throw error;
    }
    this.pending.push({ seq: ++this.sequence, do: "edit", edit, within: this.scope.definition });
    this.notice = null;
    this.wired = wiredBy(edit);
    this.draw();
    this.changed();
    this.flushSoon();
  }

  /** Have a problem solved in the way that its button says. */
  solve(problem: Sentence, label: string): void {
    this.wired = null;
    this.later({ seq: ++this.sequence, do: "fix", fix: { message: problem.message, node: problem.node ?? null, label } });
  }
  /** Have a wire drawn with the blocks in between that it needs. */
  bridge(edge: EdgeJson): void {
    this.notice = null;
    this.later({ seq: ++this.sequence, do: "bridge", edit: { op: "connect", edge, index: null } });
  }

  /** Have blocks made into a composite, or one taken apart. */
  regroup(what: "group" | "unpack", nodes: string[]): void {
    this.notice = this.wired = null;
    this.later({ seq: ++this.sequence, do: what, nodes, within: this.scope.definition });
  }

  /** Go into a composite of this level. */
  enter(id: string): void {
    const node = this.doc.nodes.get(id);
    if (node?.type.startsWith("@") && node.type in this.palette.blocks) this.goTo([...this.trail, [id, 0]]);
  }
  /** Go back to the level above. */
  leave(): void {
    if (this.trail.length) this.goTo(this.trail.slice(0, -1));
  }
  /** Go to a level: to one above, into a composite, or to another of its copies. */
  goTo(trail: Trail): void {
    this.flush(); // what is selected here is no longer so there
    this.trail = trail;
    this.turn++;
    this.revision = -1;
    this.nodes = this.nodes.map((node) => (node.selected ? { ...node, selected: false } : node));
    this.changed();
    this.flushSoon();
  }

  undo(): void {
    this.order("undo");
  }
  redo(): void {
    this.order("redo");
  }
  /** Ask for something, undo and redo any number of steps at once. */
  order(what: "undo" | "redo" | Command, times = 1): void {
    this.wired = null;
    this.later({ seq: ++this.sequence, do: what, ...(times > 1 ? { times } : {}) });
  }
  private later(batch: Batch): void {
    this.pending.push(batch);
    this.changed();
    this.flushSoon();
  }

  /** Send once what happens together: a new block and its selection make one message. */
  private flushSoon(): void {
    if (this.queued) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      this.flush();
    });
  }

  private flush(): void {
    if (!this.payload || this.dragging.size) return;
    const top = this.pending.at(-1)?.seq ?? 0;
    const selection = this.selectedNodes;
    const history = this.overlay?.kind === "panel" && this.overlay.panel === "history";
    const key = JSON.stringify([this.payload.sid, top, this.ask > this.answered ? this.ask : 0, selection, history, this.turn]);
    clearTimeout(this.timer);
    if (key !== this.sent) {
      this.sent = key;
      this.send({
        sid: this.payload.sid,
        client: this.client,
        rev: this.revision,
        ask: this.ask > this.answered ? this.ask : 0,
        batches: this.pending,
        selection,
        turn: this.turn,
        trail: this.trail,
        ...(history ? { history } : {}),
      });
    }
    if (this.pending.length || this.ask > this.answered || this.revision < 0)
      this.timer = setTimeout(() => {
        this.sent = ""; // a message can be lost where runs of the page overlap
        this.flush();
      }, RETRY_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  // React Flow.

  readonly onNodesChange = (changes: NodeChange<BlockNode>[]): void => {
    const held = look.state.snap && this.dragging.size ? snapped(this.nodes, this.dragging, changes) : null;
    if (held) this.guides = held.guides;
    this.nodes = applyNodeChanges(carried(this.nodes, this.contents, held?.changes ?? changes), this.nodes);
    this.changed();
    if (changes.some((change) => change.type === "select")) this.flushSoon();
  };
  readonly onEdgesChange = (changes: EdgeChange[]): void => {
    this.edges = applyEdgeChanges(changes, this.edges);
    this.changed();
  };

  dragStart(ids: string[]): void {
    this.contents = contentsOf(this.nodes, ids);
    this.dragging = new Set([...ids, ...[...this.contents.values()].flat()]);
  }
  /** End a drag: what was moved is one edit, or what `instead` makes of it. */
  dragStop(instead?: (positions: Record<string, Position>) => void): void {
    const positions: Record<string, Position> = {};
    for (const node of this.nodes) {
      if (!this.dragging.has(node.id)) continue;
      const before = this.doc.nodes.get(node.id)?.position;
      const at: Position = [Math.round(node.position.x), Math.round(node.position.y)];
      if (before && (before[0] !== at[0] || before[1] !== at[1])) positions[node.id] = at;
    }
    this.dragging = new Set();
    this.contents = new Map();
    this.guides = { x: null, y: null };
    if (instead) instead(positions);
    else if (Object.keys(positions).length) this.edit({ op: "move", positions });
    this.flushSoon();
  }

  select(ids: Iterable<string>, edges: Iterable<string> = []): void {
    const nodesWanted = new Set(ids);
    const edgesWanted = new Set(edges);
    this.nodes = this.nodes.map((node) => (Boolean(node.selected) === nodesWanted.has(node.id) ? node : { ...node, selected: nodesWanted.has(node.id) }));
    this.edges = this.edges.map((edge) => (Boolean(edge.selected) === edgesWanted.has(edge.id) ? edge : { ...edge, selected: edgesWanted.has(edge.id) }));
    this.changed();
    this.flushSoon();
  }

  jumpTo(id: string): void {
    if (!this.doc.nodes.has(id)) return;
    this.select([id]);
    this.reveal([id]);
  }

  setWire(wire: Wire | null): void {
    this.wire = wire;
    this.changed();
  }
  rename(id: string | null): void {
    this.renaming = id;
    this.changed();
  }
  show(overlay: Overlay | null): void {
    this.overlay = overlay;
    this.changed();
    this.flushSoon(); // the list of steps is sent only while it is open
  }
  find(open: boolean): void {
    this.finding = open;
    this.changed();
  }
  take(wire: string | null, loose: string | null = null): void {
    if (this.taking === wire && this.loose === loose) return;
    this.taking = wire;
    this.loose = loose;
    this.changed();
  }
  /** Say why something was refused, and what could be had instead. */
  say(text: string, wire?: Notice["wire"]): void {
    this.notice = { n: this.noticed, text, wire };
    this.changed();
  }
  dismiss(): void {
    this.notice = null;
    this.changed();
  }
  /** Leave the block that was wired last as it is. */
  settle(): void {
    this.wired = null;
    this.changed();
  }
}

/** The block to which an edit leads a wire. */
function wiredBy(edit: Edit): string | null {
  if (edit.op === "batch") return edit.edits.map(wiredBy).findLast((id) => id !== null) ?? null;
  return edit.op === "connect" ? edit.edge.target : null;
}
