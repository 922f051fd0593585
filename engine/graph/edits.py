"""Edits: the only way a graph changes, each with its inverse. Canvas, forms, undo and one-click fixes all speak them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from blocks.problems import Problem, UserError
from engine.graph.document import MARKS, Definition, Edge, Exposed, Graph, Node

T = TypeVar("T")


@dataclass(frozen=True)
class AddNode:
    """Add a node, at the end or at a place in the order."""

    node: Node
    index: int | None = None


@dataclass(frozen=True)
class RemoveNode:
    """Remove a node with every edge that touches it."""

    id: str


@dataclass(frozen=True)
class Connect:
    """Add an edge, at the end or at a place in the order (which is the order of wires at a port that takes many)."""

    edge: Edge
    index: int | None = None
    dangling: bool = False
    """Whether an end may be missing: so a wire that led nowhere comes back as it was."""


@dataclass(frozen=True)
class Disconnect:
    """Remove an edge."""

    id: str


@dataclass(frozen=True)
class SetParameters:
    """Set parameters of a node. A name in `removed` goes back to the block's default."""

    id: str
    parameters: Mapping[str, Any]
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetMarks:
    """Set marks of a node: frozen, lr_factor, initialisation, shares_weights_with, bypassed, collapsed."""

    id: str
    marks: Mapping[str, Any]


@dataclass(frozen=True)
class RenameNode:
    """Give a node a name; empty for the block's own title."""

    id: str
    name: str


@dataclass(frozen=True)
class RenameGraph:
    """Give the graph a name."""

    name: str


@dataclass(frozen=True)
class Move:
    """Put nodes at positions."""

    positions: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Define:
    """Put a definition in the place of the one with its id, or add it."""

    definition: Definition


@dataclass(frozen=True)
class Undefine:
    """Remove a definition. Nodes that use it stay, and `check` names them."""

    id: str


@dataclass(frozen=True)
class Expose:
    """Declare the parameters of a definition anew; nodes that use it keep the values they gave."""

    definition: str
    parameters: tuple[Exposed, ...]


@dataclass(frozen=True)
class Within:
    """Make an edit inside a definition: every use of it changes."""

    definition: str
    edit: Edit


@dataclass(frozen=True)
class Batch:
    """Make several edits as one step of undo."""

    edits: tuple[Edit, ...]
    label: str = ""


Edit = (
    AddNode
    | RemoveNode
    | Connect
    | Disconnect
    | SetParameters
    | SetMarks
    | RenameNode
    | RenameGraph
    | Move
    | Define
    | Undefine
    | Expose
    | Within
    | Batch
)


def apply(graph: Graph, edit: Edit) -> tuple[Graph, Edit]:
    """Return the graph after an edit, and the edit that takes it back exactly (order included).

    Raises:
        UserError: where the edit does not fit the graph (code "stale_edit": a node or edge is gone, or an id is taken).
            The graph stays as it was.
    """
    match edit:
        case AddNode(node, index):
            if node.id in graph.nodes:
                raise _stale(f"There is already a block with the id {node.id!r}.")
            return graph.with_nodes(_inserted(graph.nodes, node.id, node, index)), RemoveNode(node.id)
        case RemoveNode(id):
            return _remove_node(graph, _node(graph, id))
        case Connect(edge, index, dangling):
            if edge.id in graph.edges:
                raise _stale(f"There is already a wire with the id {edge.id!r}.")
            for end in () if dangling else (edge.source, edge.target):
                _node(graph, end)
            edges = _inserted(graph.edges, edge.id, edge, index)
            at_end = index is None or index >= len(graph.edges)
            return graph.with_edges(edges, [edge]) if at_end else replace(graph, edges=edges), Disconnect(edge.id)
        case Disconnect(id):
            if id not in graph.edges:
                raise _stale(f"The wire {id!r} is gone.")
            edge = graph.edges[id]
            inverse = Connect(edge, list(graph.edges).index(id), not {edge.source, edge.target} <= graph.nodes.keys())
            return graph.with_edges(_without(graph.edges, id), [edge]), inverse
        case SetParameters(id, parameters, removed):
            node = _node(graph, id)
            after = {**node.parameters, **parameters}
            for name in removed:
                after.pop(name, None)
            return _with_node(graph, replace(node, parameters=after)), _parameters_back(node, after)
        case SetMarks(id, marks):
            node = _node(graph, id)
            assert set(marks) <= set(MARKS), f"{set(marks) - set(MARKS)} are no marks"
            return _with_node(graph, replace(node, **marks)), SetMarks(id, {mark: getattr(node, mark) for mark in marks})
        case RenameNode(id, name):
            node = _node(graph, id)
            return _with_node(graph, replace(node, name=name)), RenameNode(id, node.name)
        case RenameGraph(name):
            return graph.renamed(name), RenameGraph(graph.name)
        case Move(positions):
            places = {id: _node(graph, id).position for id in positions}
            moved = {id: replace(graph.nodes[id], position=position) for id, position in positions.items()}
            return graph.with_nodes({**graph.nodes, **moved}), Move(places)
        case Define(definition):
            before = graph.definitions.get(definition.id)
            return _with_definition(graph, definition), Undefine(definition.id) if before is None else Define(before)
        case Undefine(id):
            gone = _definition(graph, id)
            return replace(graph, definitions=_without(graph.definitions, id)), Define(gone)
        case Expose(id, exposed):
            known = _definition(graph, id)
            return _with_definition(graph, replace(known, parameters=exposed)), Expose(id, known.parameters)
        case Within(id, inner):
            known = _definition(graph, id)
            body, back_inside = apply(replace(known.body, definitions={}), inner)
            return _with_definition(graph, replace(known, body=body)), Within(id, back_inside)
        case Batch(edits, label):
            inverses: list[Edit] = []
            for part in edits:
                graph, inverse_part = apply(graph, part)
                inverses.insert(0, inverse_part)
            return graph, Batch(tuple(inverses), label)


def _remove_node(graph: Graph, node: Node) -> tuple[Graph, Edit]:
    touching = [edge for edge in graph.edges_of(node.id)]
    places = {id: index for index, id in enumerate(graph.edges)}
    restore: list[Edit] = [AddNode(node, list(graph.nodes).index(node.id))]
    restore += [Connect(edge, places[edge.id], not {edge.source, edge.target} <= graph.nodes.keys()) for edge in touching]
    after = graph.with_edges(_without(graph.edges, *(edge.id for edge in touching)), touching)
    after = after.with_nodes(_without(graph.nodes, node.id))
    return after, Batch(tuple(restore), f"Remove {node.name or node.type}")


def _parameters_back(node: Node, after: Mapping[str, Any]) -> SetParameters:
    """Name what must be set, and what unset, to have the node's parameters as they were (and in their order)."""
    changed = {name: value for name, value in node.parameters.items() if name not in after or after[name] != value}
    return SetParameters(node.id, changed, tuple(name for name in after if name not in node.parameters))


def _with_node(graph: Graph, node: Node) -> Graph:
    return graph.with_nodes({**graph.nodes, node.id: node})


def _node(graph: Graph, id: str) -> Node:
    if id not in graph.nodes:
        raise _stale(f"The block {id!r} is gone.")
    return graph.nodes[id]


def _with_definition(graph: Graph, definition: Definition) -> Graph:
    return replace(graph, definitions={**graph.definitions, definition.id: definition})


def _definition(graph: Graph, id: str) -> Definition:
    if id not in graph.definitions:
        raise _stale(f"The composite {id!r} is gone.")
    return graph.definitions[id]


def _inserted(items: Mapping[str, T], id: str, item: T, index: int | None) -> dict[str, T]:
    if index is None or index >= len(items):
        return {**items, id: item}
    pairs = list(items.items())
    pairs.insert(index, (id, item))
    return dict(pairs)


def _without(items: Mapping[str, T], *ids: str) -> dict[str, T]:
    gone = set(ids)
    return {id: item for id, item in items.items() if id not in gone}


def _stale(message: str) -> UserError:
    return UserError(Problem("stale_edit", message, "The network was changed elsewhere; look at it as it is now and try again."))
