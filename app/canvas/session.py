"""One graph while it is edited: the document, its history, and what each canvas that shows it still has to hear. Knows no Streamlit."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.canvas.drawing import Drawing, report_at
from app.canvas.history import History, Step, label_of
from app.canvas.level import Level
from app.canvas.messages import Batch, Command, Message, read_message
from app.canvas.palette import palette
from app.canvas.ports import changes_nothing, completed
from app.canvas.repair import Find, connection_through, offered, problem_named, repair
from app.canvas.scope import TOP, Scope, Trail, bare, lifted, scope_at, seen_from
from app.canvas.views import Check, Report, problem_list
from blocks.problems import Problem, UserError
from engine.composites.grouping import group, unpack
from engine.fixes import Fix
from engine.graph import edits
from engine.graph.document import Graph
from engine.graph.edits import Edit, apply
from engine.graph.serialise import edit_from_json, edit_to_json

LONGEST_LOG = 256
"""Revisions whose edits are kept to bring a canvas up to date; one that is further behind gets the whole document."""
MOST_CLIENTS = 256
MOST_DRAWINGS = 64


@dataclass
class _Client:
    """What is known of one canvas: the last batch it sent that was dealt with, the revision it has, and what it is still to be told."""

    ack: int = 0
    revision: int = -1
    wants_snapshot: int = 0
    wants_history: bool = False
    turn: int = 0
    trail: Trail = ()
    lead: tuple[int, str | None] | None = None
    """Where it is to go from the level that it showed at that turn."""
    shown: tuple[str | None, str] = (None, "")
    """The definition and the copy of it that it was last told of."""
    made: tuple[int, tuple[str, ...]] = (0, ())
    """The last batch that put blocks there by an order, and which."""
    notices: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=4))


@dataclass(frozen=True)
class Received:
    """What a message asked for besides edits."""

    client: str | None = None
    selection: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    trail: Trail = ()


class Session:
    """Own one graph while people edit it, from any number of browser tabs at once.

    Every change goes through `edit`, `undo`, `redo` or `receive`; each raises the revision by one and is saved. All methods may be called
    from any thread.
    """

    def __init__(self, graph_id: str, graph: Graph, check: Check, save: Callable[[Graph], None]) -> None:
        self.graph_id = graph_id
        self.sid = uuid.uuid4().hex[:12]  # revisions of another life of this process must not be taken for ours
        self.revision = 0
        self.save_problem: str | None = None
        self._graph = graph
        self._check = check
        self._save = save
        self._lock = threading.RLock()
        self._history = History()
        self._log: deque[tuple[int, Edit]] = deque(maxlen=LONGEST_LOG)
        self._clients: dict[str, _Client] = {}
        self._report: Report | None = None
        self._checked_graph: Graph | None = None
        self._offered: list[tuple[Fix, ...]] | None = None
        self._drawings: dict[tuple[str | None, str], Drawing] = {}

    @property
    def graph(self) -> Graph:
        """Return the document as it is now."""
        return self._graph

    @property
    def report(self) -> Report:
        """Return what checking the document as it is now found."""
        with self._lock:
            return self._checked()

    def report_at(self, scope: Scope) -> Report:
        """Return what the check found at one level."""
        with self._lock:
            return report_at(self._graph, self._checked(), scope)

    def level(self, trail: Trail = (), client: str | None = None) -> Level:
        """Return the level that a trail leads to, as far as it still leads anywhere; `client` is the canvas that shows it."""
        with self._lock:
            return Level(self, scope_at(self._graph, self._checked(), trail) if trail else TOP, client)

    def lead(self, client_id: str, node: str | None) -> None:
        """Ask a canvas to go into a composite of the level it shows, or (None) back to the level above."""
        with self._lock:
            client = self._client(client_id)
            client.lead = (client.turn, node)

    @property
    def undo_label(self) -> str | None:
        """Return what undo would take back, or None where there is nothing."""
        return self._history.undo[-1].label if self._history.undo else None

    @property
    def redo_label(self) -> str | None:
        """Return what redo would make again, or None where there is nothing."""
        return self._history.redo[-1].label if self._history.redo else None

    def edit(self, edit: Edit, label: str = "") -> None:
        """Make an edit and save.

        Raises:
            UserError: where it does not fit the document as it is now (code "stale_edit"); nothing has changed then.
        """
        with self._lock:
            self._edit(edit, label)
            self._autosave()

    def offers(self, problem: Problem) -> tuple[Fix, ...]:
        """Return the fixes of one of the report's problems, where there was time to look for them."""
        with self._lock:
            problems = self._checked().problems
            return next((fixes for other, fixes in zip(problems, self._offers(), strict=False) if other == problem), ())

    def solve(self, problem: Problem, label: str, find: Find | None = None) -> None:
        """Make the fix of that name, as one step of undo, and save.

        Raises:
            UserError: where the problem is gone, or the fix solves it no more; nothing has changed then.
        """
        with self._lock:
            self._edit(repair(self._graph, self._checked(), problem, label, find), "")
            self._autosave()

    def undo(self) -> bool:
        """Take the last edit back and save; return whether there was one."""
        with self._lock:
            return self._step(self._history.undo, self._history.redo) and self._autosave()

    def redo(self) -> bool:
        """Make the edit that was last taken back again and save; return whether there was one."""
        with self._lock:
            return self._step(self._history.redo, self._history.undo) and self._autosave()

    def receive(self, raw: object) -> Received:
        """Deal with what a canvas sent. Batches seen before are dropped; so is an edit that is refused, with a notice to that canvas."""
        message = read_message(raw)
        if message is None:
            return Received()
        with self._lock:
            if message.sid != self.sid:  # it speaks of another life of this session, or of another graph: it gets the whole document
                return Received(selection=())
            client = self._client(message.client)
            if message.turn > client.turn:  # what it has is of another level
                client.turn, client.trail, client.revision = message.turn, message.trail, -1
            elif message.turn == client.turn:
                client.revision = max(client.revision, min(message.revision, self.revision))
            client.wants_snapshot = message.ask
            client.wants_history = message.wants_history
            before = self.revision
            commands = self._take(client, message)
            if self.revision != before:
                self._autosave()
            level = self._graph.level(self._scope(client).definition)
            return Received(message.client, tuple(id for id in message.selection if id in level.nodes), commands, client.trail)

    def payload(self, client_id: str | None = None) -> dict[str, Any]:
        """Return what a canvas needs to be up to date: the edits since its revision, or the whole document where that cannot be."""
        with self._lock:
            client = self._clients.get(client_id, _Client()) if client_id else _Client()
            scope = self._scope(client)
            drawing = self._drawing(scope)
            report = drawing.report
            assert report is not None, "a drawing is brought up before it is used"
            payload: dict[str, Any] = {
                "sid": self.sid,
                "graph": self.graph_id,
                "client": client_id,
                "ack": client.ack,
                "rev": self.revision,
                "turn": client.turn,
                "scope": scope.to_json() | {"name": self._graph.name},
                "lead": list(client.lead) if client.lead else None,
                "hash": drawing.hash(self._graph),
                "problems": problem_list(report.problems, self._offers() if scope.definition is None else ()),
                "num_problems": len(report.problems),
                "num_parameters": report.num_parameters,
                "undo": self.undo_label,
                "redo": self.redo_label,
                "notices": list(client.notices),
                "made": [client.made[0], list(client.made[1])],
                "save_problem": self.save_problem,
            }
            if client.wants_history:
                payload["history"] = self._history.labels()
            edits_since = self._edits_since(client, scope)
            client.shown = (scope.definition, scope.place)
            if edits_since is None:
                graph = bare(self._graph.level(scope.definition)).to_json()
                whole = drawing.since(-1)
                snapshot = {"graph": graph, "views": whole["views"], "palette": palette(), "answer": client.wants_snapshot}
                return payload | {"snapshot": snapshot, "own": drawing.own}
            return payload | {"base": client.revision, "edits": edits_since} | drawing.since(client.revision)

    # Below, the lock is held.

    def _client(self, id: str) -> _Client:
        client = self._clients.pop(id, None) or _Client()
        self._clients[id] = client  # last used last, so that the longest silent is forgotten first
        if len(self._clients) > MOST_CLIENTS:
            del self._clients[next(iter(self._clients))]
        return client

    def _scope(self, client: _Client) -> Scope:
        """Return where a canvas looks; a level that is gone is left for the one above."""
        if not client.trail:
            return TOP
        scope = scope_at(self._graph, self._checked(), client.trail)
        client.trail = scope.trail
        return scope

    def _drawing(self, scope: Scope) -> Drawing:
        key = (scope.definition, scope.place)
        drawing = self._drawings.pop(key, None) or Drawing(scope)
        self._drawings[key] = drawing
        if len(self._drawings) > MOST_DRAWINGS:
            del self._drawings[next(iter(self._drawings))]
        drawing.bring_up(self._graph, self._checked(), self.revision)
        return drawing

    def _edits_since(self, client: _Client, scope: Scope) -> list[list[Any]] | None:
        """Return the edits of one level that a canvas has not seen, by revision; None where it must have the whole level."""
        if client.wants_snapshot or client.shown != (scope.definition, scope.place) or not self._reaches_back_to(client.revision):
            return None
        found: list[list[Any]] = []
        for revision, edit in self._log:
            if revision > client.revision:
                seen = seen_from(edit, scope.definition)
                if seen is None:
                    return None
                found += [[revision, edit_to_json(each)] for each in seen]
        return found

    def _take(self, client: _Client, message: Message) -> tuple[Command, ...]:
        commands: list[Command] = []
        for batch in message.batches:
            if batch.seq <= client.ack:
                continue
            client.ack = batch.seq
            if batch.do == "train" or batch.do == "save":
                commands.append(batch.do)
            else:
                self._do(client, batch)
        return tuple(commands)

    def _do(self, client: _Client, batch: Batch) -> None:
        if batch.do == "undo" or batch.do == "redo":
            take, give = (self._history.undo, self._history.redo) if batch.do == "undo" else (self._history.redo, self._history.undo)
            for _ in range(batch.times):
                if not self._step(take, give):
                    break
        else:
            before = self._graph
            try:
                self._edit(self._asked(batch), "")
                if batch.do in ("group", "unpack"):
                    client.made = (batch.seq, self._new_nodes(before, batch.within))
            except UserError as refused:
                client.notices.append({"n": batch.seq, "text": str(refused)})
                # The canvas drops its own version when it sees the acknowledgement; the whole document leaves no doubt.
                client.revision = -1

    def _asked(self, batch: Batch) -> Edit:
        """Return the edit that a batch is or stands for."""
        if batch.within is not None and batch.within not in self._graph.definitions:
            raise UserError(Problem("stale_edit", "This composite is gone.", "Go back to the network."))
        if batch.do == "group":
            return group(self._graph, batch.nodes, None, batch.within)
        if batch.do == "unpack":
            return unpack(self._graph, next(iter(batch.nodes), ""), batch.within)
        if batch.fix is not None:
            report = self._checked()
            return repair(self._graph, report, problem_named(report, batch.fix.message, batch.fix.node), batch.fix.label)
        edit = edit_from_json(batch.edit)
        return connection_through(self._graph, edit) if batch.do == "bridge" else lifted(edit, batch.within)

    def _new_nodes(self, before: Graph, within: str | None) -> tuple[str, ...]:
        known = before.level(within).nodes
        return tuple(id for id in self._graph.level(within).nodes if id not in known)

    def _edit(self, edit: Edit, label: str) -> None:
        if changes_nothing(self._graph, edit):
            return  # a form field that reports its own value again must not be a step of undo
        edit = completed(self._graph, edit)
        inverse = self._apply(edit)
        self._history.record(inverse, label or label_of(edit))

    def _step(self, take: deque[Step], give: deque[Step]) -> bool:
        if not take:
            return False
        step = take.pop()
        give.append(Step(self._apply(step.edit), step.label))
        return True

    def _apply(self, edit: Edit) -> Edit:
        before = self._graph
        self._graph, inverse = apply(before, edit)
        self.revision += 1
        self._log.append((self.revision, edit))
        if not _only_moves(edit):
            self._offered = None
        elif self._checked_graph is before:  # where a block stands changes nothing about it
            self._checked_graph = self._graph
        return inverse

    def _autosave(self) -> bool:
        try:
            self._save(self._graph)
            self.save_problem = None
        except UserError as refused:  # the document stays as it is, and is offered again with the next change
            self.save_problem = str(refused)
        return True

    def _checked(self) -> Report:
        if self._report is None or self._checked_graph is not self._graph:
            self._report = self._check(self._graph, self._report)
            self._checked_graph = self._graph
        return self._report

    def _offers(self) -> list[tuple[Fix, ...]]:
        if self._offered is None:
            self._offered = offered(self._graph, self._checked())
        return self._offered

    def _reaches_back_to(self, revision: int) -> bool:
        return revision == self.revision or (revision >= 0 and bool(self._log) and self._log[0][0] <= revision + 1)


def _only_moves(edit: Edit) -> bool:
    return isinstance(edit, edits.Move) or isinstance(edit, edits.Within) and _only_moves(edit.edit)
