"""Write a graph with composites out as one flat graph, which is what is checked, counted and trained.

A node's id in the flat graph is its path: `stage/0/conv1` is node `conv1` in the first copy of composite `stage`; where the composite is
not repeated the copy's number is left out. Entries and exits become `identity` nodes, so that a wire can be followed through them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from blocks.problems import Problem
from blocks.registry import registry
from engine.composites.formula import FormulaError, Number, evaluate, is_formula
from engine.composites.values import exposed_values, repeat_of, resolved
from engine.graph.bypass import flowing
from engine.graph.document import COMPOSITE, REPEAT, Definition, Edge, Graph, Node, port_of
from engine.graph.order import topological_order

MISTAKEN = "@"
"""The type of a node in the flat graph that could not be written out; its problem is told already."""
MOST_WRITTEN_OUT = 50_000
"""Most nodes that a network may have with all its composites written out."""

__all__ = ["Expanded", "FormulaError", "Place", "evaluate", "expand", "needs_expanding"]


@dataclass(frozen=True)
class Place:
    """One copy of a composite, or the network itself (path "")."""

    path: str
    node: str
    """The path of the composite node that it is a copy of."""
    definition: Definition | None
    values: Mapping[str, Number]
    """The exposed parameters, `copy` and `copies`."""


@dataclass
class Expanded:
    """A flat graph, and where everything in it comes from."""

    graph: Graph
    problems: list[Problem] = field(default_factory=list)
    """With `node` as a path."""
    places: dict[str, Place] = field(default_factory=dict)
    copies: dict[str, list[str]] = field(default_factory=dict)
    """The paths of the copies of each composite node, by its path."""
    origin: dict[str, tuple[str, str]] = field(default_factory=dict)
    """For each path: the place it is in, and the node's id there."""
    bodies: dict[str, Graph] = field(default_factory=dict)
    """What of each definition's body takes part: without notes, and with bypassed blocks joined over."""

    def body(self, path: str, graph: Graph) -> Graph:
        """Return the graph that a place is a copy of; `graph` is the document."""
        definition = self.places[path].definition
        return graph if definition is None else self.bodies[definition.id]

    def trail(self, path: str) -> list[str]:
        """Return the paths of the nodes from the canvas down to a node, which is the last."""
        found = [path]
        while (place := self.origin[found[0]][0]) != "":
            found.insert(0, self.places[place].node)
        return found


def needs_expanding(nodes: Iterable[Node]) -> bool:
    """Return whether any of these nodes is not plain: a composite, or a formula."""
    return any(
        node.type.startswith(COMPOSITE) or node.type in ("entry", "exit") or any(map(_holds_formula, node.parameters.values()))
        for node in nodes
    )


def _holds_formula(value: object) -> bool:
    return is_formula(value) or (isinstance(value, (list, tuple)) and any(map(_holds_formula, value)))


def join(path: str, id: str) -> str:
    """Return the path of a node in a place."""
    return f"{path}/{_escaped(id)}" if path else _escaped(id)


def _escaped(id: str) -> str:
    return id.replace("~", "~0").replace("/", "~1") if "/" in id or "~" in id else id


def expand(graph: Graph) -> Expanded:
    """Write a graph out. Mistakes are collected; what cannot be written out is left out together with its wires."""
    writer = _Writer(graph)
    writer.level(Place("", "", None, {}), graph, _Marks(), ())
    writer.finish()
    return writer.expanded


@dataclass(frozen=True)
class _Marks:
    """Training marks that hold for everything inside a composite."""

    frozen: bool = False
    lr_factor: float = 1.0
    initialisation: str = "default"
    shares: str | None = None
    """The path of the place whose weights are used."""


class _TooLarge(Exception):
    """The network has too many nodes when written out."""


class _Writer:
    def __init__(self, graph: Graph) -> None:
        self.document = graph
        self.nodes: dict[str, Node] = {}
        self.edges: dict[str, Edge] = {}
        self.expanded = Expanded(Graph())
        self.refused: dict[str, tuple[Problem, ...]] = {}

    def finish(self) -> None:
        self.expanded.graph = Graph(self.nodes, self.edges, self.document.name)

    def wrong(self, code: str, message: str, fix: str, node: str, **more: str | None) -> None:
        self.expanded.problems.append(Problem(code, message, fix, node, **more))  # type: ignore[arg-type]

    def level(self, place: Place, body: Graph, marks: _Marks, stack: tuple[str, ...]) -> None:
        """Write the nodes and wires of one place, and of the composites in it."""
        self.expanded.places[place.path] = place
        if place.definition is not None:
            self.expanded.problems += [
                replace(problem, node=join(place.path, problem.node or "")) for problem in self.refused[place.definition.id]
            ]
        self.circles(place, body)
        for node in body.nodes.values():
            path = join(place.path, node.id)
            self.expanded.origin[path] = (place.path, node.id)
            write = self.composite if node.type.startswith(COMPOSITE) else self.plain
            if not write(path, node, place, marks, stack):
                # A stand-in that gives nothing, so that what comes after it is not said to lack a wire.
                self.nodes[path] = Node(path, MISTAKEN)
            if len(self.nodes) > MOST_WRITTEN_OUT:
                raise _TooLarge
        for edge in body.edges.values():
            self.wire(edge, place)

    def circles(self, place: Place, body: Graph) -> None:
        """Report blocks that feed each other in a circle, also where only composites do that between them, whose insides do not."""
        for loop in topological_order(body)[1]:
            names = " → ".join(body.nodes[id].name or body.nodes[id].type.removeprefix(COMPOSITE) for id in [*loop[:6], loop[0]])
            message = f"These blocks feed each other in a circle: {names}."
            self.wrong("cycle", message, "Remove one of the wires between them.", join(place.path, loop[0]))

    def plain(self, path: str, node: Node, place: Place, marks: _Marks, stack: tuple[str, ...]) -> bool:
        inside = bool(stack)
        if node.type in ("entry", "exit"):
            if not inside:
                message = f"An {node.type} stands in the network itself, where nothing is outside."
                other = "an input block" if node.type == "entry" else "an Output block"
                self.wrong("misplaced", message, f"Replace it by {other}.", path)
                return False
            self.nodes[path] = Node(path, "identity", port_of(node))
            return True
        if inside and (title := _only_outside(node)) is not None:
            message = f"{title} cannot stand inside a composite."
            self.wrong("misplaced", message, "Take it out: data, answers and losses belong to the network itself.", path)
            return False
        values, problems = resolved(node.parameters, place.values)
        self.expanded.problems += [replace(problem, node=path) for problem in problems]
        shares = join(marks.shares if marks.shares is not None else place.path, node.shares_weights_with or node.id)
        self.nodes[path] = replace(
            node,
            id=path,
            parameters=values,
            frozen=node.frozen or marks.frozen,
            lr_factor=node.lr_factor * marks.lr_factor,
            initialisation=node.initialisation if node.initialisation != "default" else marks.initialisation,
            shares_weights_with=None if shares == path else shares,
        )
        return not problems

    def composite(self, path: str, node: Node, place: Place, marks: _Marks, stack: tuple[str, ...]) -> bool:
        """Write every copy of a composite and join them in a row."""
        definition = self.document.definition_of(node)
        if definition is None:
            message = f"There is no composite '{node.type[1:]}' in this network."
            self.wrong("unknown_block", message, "Replace this block, or take the composite's definition back by undo.", path)
            return False
        if definition.id in stack:
            names = " → ".join(self.document.definitions[id].name for id in [*stack[stack.index(definition.id) :], definition.id])
            self.wrong("recursive_composite", f"A composite contains itself: {names}.", "Take it out of itself.", path)
            return False
        if not definition.exits:
            self.wrong("no_exit", f"The composite '{definition.name}' has no exit: nothing leaves it.", "Open it and add an Exit.", path)
            return False
        values, problems = exposed_values(definition, node, place.values)
        copies, repeat_problem = repeat_of(definition, node, place.values)
        problems += [repeat_problem] if repeat_problem else []
        self.expanded.problems += [replace(problem, node=path) for problem in problems]
        if problems:
            return False
        inherited = self.inherited(path, node, place, marks)
        paths = [f"{path}/{number}" for number in range(copies)] if REPEAT in node.parameters else [path]
        for number, copy in enumerate(paths):
            inner = replace(inherited, shares=None if inherited.shares is None else inherited.shares + copy[len(path) :])
            here = Place(copy, path, definition, {**values, "copy": number, "copies": copies})
            try:
                self.level(here, self.body(definition), inner, (*stack, definition.id))
            except _TooLarge:
                if not stack:  # told once, at the composite on the canvas
                    message = f"Written out, the network has more than {MOST_WRITTEN_OUT:,} blocks."
                    self.wrong("too_large", message, f"Repeat '{definition.name}' fewer times.", path, parameter=REPEAT)
                    self.nodes.clear()
                    self.edges.clear()
                    return False
                raise
        self.expanded.copies[path] = paths
        for before, after in zip(paths, paths[1:], strict=False):
            for exit, entry in zip(definition.exits, definition.entries, strict=False):
                source, target = join(before, exit.id), join(after, entry.id)
                self.edges[f"{target}<"] = Edge(f"{target}<", source, "y", target, "x")
        return True

    def body(self, definition: Definition) -> Graph:
        """Return what of a definition's body takes part."""
        if definition.id not in self.expanded.bodies:
            flow = flowing(self.document.level(definition.id))
            self.expanded.bodies[definition.id] = flow.graph
            self.refused[definition.id] = flow.problems
        return self.expanded.bodies[definition.id]

    def inherited(self, path: str, node: Node, place: Place, marks: _Marks) -> _Marks:
        shares = None
        if node.shares_weights_with is not None:
            body = self.expanded.body(place.path, self.document)
            other = body.nodes.get(node.shares_weights_with)
            if other is None or other.type != node.type or other.id == node.id or other.shares_weights_with is not None:
                message = "This composite shares the weights of a block that is none of its kind, or has no weights of its own."
                self.wrong("shared_weights", message, "Choose another use of the same composite, or stop sharing.", path)
            else:
                shares = join(marks.shares if marks.shares is not None else place.path, other.id)
        elif marks.shares is not None:
            shares = join(marks.shares, node.id)
        return _Marks(
            marks.frozen or node.frozen,
            marks.lr_factor * node.lr_factor,
            node.initialisation if node.initialisation != "default" else marks.initialisation,
            shares,
        )

    def wire(self, edge: Edge, place: Place) -> None:
        id = join(place.path, edge.id)
        source, source_port = join(place.path, edge.source), edge.source_port
        if (copies := self.expanded.copies.get(source)) is not None:
            exits = {port_of(node): node.id for node in self._definition(copies[-1]).exits}
            if source_port not in exits:
                self._unknown_port(source, "output", source_port, exits)
                return
            source, source_port = join(copies[-1], exits[source_port]), "y"
        target, target_port = join(place.path, edge.target), edge.target_port
        if (copies := self.expanded.copies.get(target)) is None:
            self.edges[id] = Edge(id, source, source_port, target, target_port)
            return
        definition = self._definition(copies[0])
        entries = {port_of(node): (order, node.id) for order, node in enumerate(definition.entries)}
        if target_port not in entries:
            self._unknown_port(target, "input", target_port, entries)
            return
        order, entry = entries[target_port]
        # Only what no exit feeds is the same for every copy.
        for number, copy in enumerate(copies if order >= len(definition.exits) else copies[:1]):
            each = f"{id}#{number}" if number else id
            self.edges[each] = Edge(each, source, source_port, join(copy, entry), "x")

    def _definition(self, path: str) -> Definition:
        definition = self.expanded.places[path].definition
        assert definition is not None, f"{path} is a copy of a composite"
        return definition

    def _unknown_port(self, path: str, side: str, port: str, known: Mapping[str, object]) -> None:
        names = ", ".join(known) or "none"
        message = f"This composite has no {side} named '{port[:60]}', its {side}s are: {names}."
        self.wrong("unknown_port", message, f"Remove the wire, or connect it to another {side}.", path, port=port)


def _only_outside(node: Node) -> str | None:
    """Return the title of a block that belongs to the network itself: data, answers, losses."""
    block = registry().get(node.type)
    return block.title if block is not None and block.role in ("input", "output", "loss") else None
