"""Where in a network a canvas looks: at the network itself, or at the inside of one use of a composite. And edits seen from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.check import Report
from engine.composites.expand import join
from engine.graph import edits
from engine.graph.document import REPEAT, Graph, Node
from engine.graph.edits import Edit

Trail = tuple[tuple[str, int], ...]
"""From the network down: the composite that was entered at each level, and which of its copies is looked at."""


@dataclass(frozen=True)
class Step:
    """One composite that was entered."""

    node: str
    copy: int
    copies: int
    title: str


@dataclass(frozen=True)
class Scope:
    """What a canvas shows: the body of a definition (None for the network itself), with the shapes of the copy at `place`."""

    definition: str | None = None
    place: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def trail(self) -> Trail:
        """Return the way here."""
        return tuple((step.node, step.copy) for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Return what the canvas is told."""
        steps = [{"node": step.node, "copy": step.copy, "copies": step.copies, "title": step.title} for step in self.steps]
        return {"definition": self.definition, "steps": steps}


TOP = Scope()


def scope_at(graph: Graph, report: object, trail: Sequence[tuple[str, int]]) -> Scope:
    """Follow a trail as far as it leads: what is gone, is no composite or contains itself ends it."""
    scope, level, entered = TOP, graph, set[str]()
    for id, copy in trail:
        node = level.nodes.get(id)
        definition = graph.definition_of(node) if node is not None else None
        if node is None or definition is None or definition.id in entered:
            break
        entered.add(definition.id)
        copies = copies_of(report, scope.place, node)
        copy = min(max(copy, 0), copies - 1)
        path = join(scope.place, id)
        place = f"{path}/{copy}" if REPEAT in node.parameters else path
        step = Step(id, copy, copies, node.name or definition.name)
        scope, level = Scope(definition.id, place, (*scope.steps, step)), graph.level(definition.id)
    return scope


def copies_of(report: object, place: str, node: Node) -> int:
    """Return how many copies of a composite follow each other, as far as is known."""
    expanded = report.expanded if isinstance(report, Report) else None
    known = expanded.copies.get(join(place, node.id)) if expanded is not None else None
    return len(known) if known else 1


def lifted(edit: Edit, definition: str | None) -> Edit:
    """Return the edit of the document that an edit of one level is: definitions belong to the whole document, all else to the level."""
    match edit:
        case _ if definition is None:
            return edit
        case edits.Define() | edits.Undefine() | edits.Expose() | edits.Within():
            return edit
        case edits.Batch(parts, label):
            return edits.Batch(tuple(lifted(part, definition) for part in parts), label)
        case _:
            return edits.Within(definition, edit)


def seen_from(edit: Edit, definition: str | None) -> list[Edit] | None:
    """Return the edits that an edit of the document is for one level; None where the level as a whole is another one after it."""
    match edit:
        case edits.Batch(parts):
            seen: list[Edit] = []
            for part in parts:
                found = seen_from(part, definition)
                if found is None:
                    return None
                seen += found
            return seen
        case edits.Within(id, inner):
            return seen_from(inner, None) if id == definition else []
        case edits.Define(defined):
            return None if defined.id == definition else []
        case edits.Undefine(id):
            return None if id == definition else []
        case edits.Expose():
            return []
        case _:
            return [edit] if definition is None else []


def bare(graph: Graph) -> Graph:
    """Return one level's nodes and wires alone, without the definitions of the document."""
    return replace(graph, definitions={})
