"""What a canvas may send: numbered batches, each one edit, one undo or redo, or one command. Everything is checked and bounded here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from app.canvas.history import LONGEST_HISTORY
from app.canvas.scope import Trail

MOST_BATCHES = 2000
LONGEST_ID = 64
MOST_SELECTED = 50_000
DEEPEST_TRAIL = 40
LONGEST_SENTENCE = 10_000

Command = Literal["train", "save"]


@dataclass(frozen=True)
class Fix:
    """Name a fix: the problem by its sentence and its block, and what its button says."""

    message: str
    node: str | None
    label: str


@dataclass(frozen=True)
class Batch:
    """One numbered thing to do. `edit` is still raw JSON: reading it may refuse this batch alone."""

    seq: int
    do: Literal["edit", "undo", "redo", "train", "save", "fix", "bridge", "group", "unpack"]
    edit: Any = None
    """Of an edit, or the wire of a bridge: a connection with the blocks in between that it needs."""
    fix: Fix | None = None
    within: str | None = None
    """The definition inside which it was done, None for the network itself."""
    nodes: tuple[str, ...] = ()
    """What is to become a composite, or to be unpacked."""
    times: int = 1
    """How many steps to undo or redo."""


@dataclass(frozen=True)
class Message:
    """Everything a canvas has not seen acknowledged, what it has seen of the document, and what is selected."""

    sid: str
    client: str
    revision: int
    ask: int
    batches: tuple[Batch, ...]
    selection: tuple[str, ...]
    wants_history: bool = False
    """Whether the canvas shows the list of steps."""
    turn: int = 0
    """How often this canvas has gone to another level."""
    trail: Trail = ()
    """Where it went: the composite that was entered at each level, and which of its copies is looked at."""


def read_message(raw: object) -> Message | None:
    """Return the message, or None where it has not the form of one (it then came from no canvas of ours)."""
    if not isinstance(raw, Mapping):
        return None
    sid, client, revision, ask = raw.get("sid"), raw.get("client"), raw.get("rev"), raw.get("ask", 0)
    if not (_is_id(sid) and _is_id(client) and _is_int(revision) and _is_int(ask)):
        return None
    raw_batches, selection = raw.get("batches", []), raw.get("selection", [])
    if not isinstance(raw_batches, list) or len(raw_batches) > MOST_BATCHES:
        return None
    if not isinstance(selection, list) or len(selection) > MOST_SELECTED or not all(map(_is_id, selection)):
        return None
    batches = [_batch(batch) for batch in raw_batches]
    turn, trail = raw.get("turn", 0), _trail(raw.get("trail", []))
    if None in batches or trail is None or not _is_int(turn):
        return None
    taken = tuple(batch for batch in batches if batch is not None)
    return Message(sid, client, revision, ask, taken, tuple(selection), raw.get("history") is True, turn, trail)


def _trail(raw: object) -> Trail | None:
    if not isinstance(raw, list) or len(raw) > DEEPEST_TRAIL:
        return None
    steps = [(step[0], step[1]) for step in raw if isinstance(step, list) and len(step) == 2 and _is_id(step[0]) and _is_int(step[1])]
    return tuple(steps) if len(steps) == len(raw) else None


def _batch(raw: object) -> Batch | None:
    if not isinstance(raw, Mapping) or not _is_int(raw.get("seq")):
        return None
    do, within, nodes = raw.get("do"), raw.get("within"), raw.get("nodes", [])
    if not (within is None or _is_id(within)) or not isinstance(nodes, list) or not all(map(_is_id, nodes)):
        return None
    if do == "fix":
        fix = _fix(raw.get("fix"))
        return fix and Batch(raw["seq"], do, fix=fix, within=within)
    if do not in ("edit", "undo", "redo", "train", "save", "bridge", "group", "unpack"):
        return None
    times = raw.get("times", 1)
    if not _is_int(times) or not 1 <= times <= LONGEST_HISTORY:
        return None
    return Batch(raw["seq"], do, raw.get("edit"), times=times, within=within, nodes=tuple(nodes[:MOST_SELECTED]))


def _fix(raw: object) -> Fix | None:
    if not isinstance(raw, Mapping):
        return None
    message, node, label = raw.get("message"), raw.get("node"), raw.get("label")
    if not all(isinstance(text, str) and len(text) <= LONGEST_SENTENCE for text in (message, label)) or not (node is None or _is_id(node)):
        return None
    return Fix(message, node, label)


def _is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID


def _is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and -1 <= value < 2**53
