"""The edit that leads from one graph to another: what restores a saved version as one step of undo."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.graph.document import MARKS, Edge, Graph, Node
from engine.graph.edits import (
    AddNode,
    Batch,
    Connect,
    Define,
    Disconnect,
    Edit,
    Move,
    RemoveNode,
    RenameGraph,
    RenameNode,
    SetMarks,
    SetParameters,
    Undefine,
)


def edits_between(before: Graph, after: Graph, label: str = "") -> Batch:
    """Return the edit that makes `after` of `before`, with the order of its nodes and wires. What is alike in both is left alone."""
    edits: list[Edit] = [RenameGraph(after.name)] if before.name != after.name else []
    edits += [Define(definition) for id, definition in after.definitions.items() if before.definitions.get(id) != definition]
    nodes = {id for id in _kept(before.nodes, after.nodes) if before.nodes[id].type == after.nodes[id].type}
    edges = {id for id in _kept(before.edges, after.edges) if _stays(before.edges[id], after.edges[id], nodes)}
    edits += [Disconnect(id) for id in before.edges if id not in edges]
    edits += [RemoveNode(id) for id in before.nodes if id not in nodes]
    for index, (id, node) in enumerate(after.nodes.items()):
        edits += _changes(before.nodes[id], node) if id in nodes else [AddNode(node, index)]
    for index, (id, edge) in enumerate(after.edges.items()):
        if id not in edges:
            edits.append(Connect(edge, index, dangling=edge.source not in after.nodes or edge.target not in after.nodes))
    edits += [Undefine(id) for id in before.definitions if id not in after.definitions]
    return Batch(tuple(edits), label)


def _kept(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Return the ids that can stay where they are: all common ones, where they come in the same order in both."""
    common = [id for id in before if id in after]
    return set(common) if common == [id for id in after if id in before] else set()


def _stays(before: Edge, after: Edge, nodes: set[str]) -> bool:
    return before == after and {after.source, after.target} <= nodes


def _changes(before: Node, after: Node) -> list[Edit]:
    edits: list[Edit] = []
    if before.name != after.name:
        edits.append(RenameNode(after.id, after.name))
    # As JSON: for Python, True is 1.
    if json.dumps(dict(before.parameters), sort_keys=True) != json.dumps(dict(after.parameters), sort_keys=True):
        edits.append(SetParameters(after.id, after.parameters, tuple(name for name in before.parameters if name not in after.parameters)))
    marks = {mark: getattr(after, mark) for mark in MARKS if getattr(after, mark) != getattr(before, mark)}
    if marks:
        edits.append(SetMarks(after.id, marks))
    if before.position != after.position:
        edits.append(Move({after.id: after.position}))
    return edits
