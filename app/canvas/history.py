"""The one history of a graph: every edit's inverse, from canvas, inspector and one-click fixes alike."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from engine.graph import edits
from engine.graph.edits import Edit

LONGEST_HISTORY = 1000


@dataclass(frozen=True)
class Step:
    """Hold the edit that takes a change back (or makes it again), and what the change is called."""

    edit: Edit
    label: str


class History:
    """Hold what can be undone and what can be redone. A new edit ends what could be redone."""

    def __init__(self) -> None:
        self.undo: deque[Step] = deque(maxlen=LONGEST_HISTORY)
        self.redo: deque[Step] = deque(maxlen=LONGEST_HISTORY)

    def record(self, inverse: Edit, label: str) -> None:
        """Remember how to take back an edit that was just made."""
        self.undo.append(Step(inverse, label))
        self.redo.clear()

    def labels(self) -> dict[str, list[str]]:
        """Return what every step is called: of what can be undone the last one last, of what can be redone the next one first."""
        return {"undo": [step.label for step in self.undo], "redo": [step.label for step in reversed(self.redo)]}


def label_of(edit: Edit) -> str:
    """Return what an edit is called in "Undo …"."""
    match edit:
        case edits.AddNode():
            return "add block"
        case edits.RemoveNode():
            return "delete block"
        case edits.Connect():
            return "connect"
        case edits.Disconnect():
            return "delete wire"
        case edits.SetParameters(_, parameters, removed):
            names = [*parameters, *removed]
            return f"set {names[0]}" if len(names) == 1 else "set parameters"
        case edits.SetMarks(_, marks):
            return _mark_label(*next(iter(marks.items()))) if len(marks) == 1 else "set marks"
        case edits.RenameNode():
            return "rename block"
        case edits.RenameGraph():
            return "rename network"
        case edits.Move(positions):
            return "move block" if len(positions) == 1 else f"move {len(positions)} blocks"
        case edits.Within(_, inner):
            return label_of(inner)
        case edits.Define():
            return "set composite"
        case edits.Undefine():
            return "delete composite"
        case edits.Expose():
            return "set parameters of composite"
        case edits.Batch(parts, label):
            return label or (label_of(parts[0]) if parts else "change")


def _mark_label(mark: str, value: Any) -> str:
    words = {"bypassed": ("bypass", "stop bypassing"), "collapsed": ("collapse", "expand"), "frozen": ("freeze", "unfreeze")}
    if mark not in words:
        return f"set {mark}"
    return f"{words[mark][0 if value else 1]} block"
