"""A fix in the making: its edits, made one after the other on a graph of its own, with new blocks placed between their neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from blocks.library.sketch import COLUMN_GAP, NODE_FRAME, NODE_WIDTH, PORT_HEIGHT, ROW_GAP
from blocks.problems import UserError
from blocks.registry import block_class
from engine.graph import edits
from engine.graph.document import Edge, Graph, Node
from engine.graph.edits import Edit, apply

Place = tuple[float, float]
STEP = NODE_WIDTH + COLUMN_GAP


@dataclass(frozen=True)
class Step:
    """Name a block that is to be put on a wire."""

    type: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Plan:
    """Gather edits; `graph` is the network as it is after them."""

    def __init__(self, graph: Graph, label: str) -> None:
        self.graph = graph
        self.label = label
        self._edits: list[Edit] = []

    @property
    def edit(self) -> Edit:
        """Return all that was gathered as one step of undo."""
        label = self.label[:1].lower() + self.label[1:]
        return edits.Batch(tuple(self._edits), label[:200])

    def do(self, edit: Edit) -> None:
        """Make one edit."""
        self.graph, _ = apply(self.graph, edit)
        self._edits.append(edit)

    def add(self, type: str, parameters: Mapping[str, Any] | None = None, *, near: Place) -> str:
        """Add a block at a place, or below it where it would cover another one; return its id."""
        id = fresh(type, self.graph.nodes)
        self.do(edits.AddNode(Node(id, type, "", dict(parameters or {}), self._free(near, type))))
        return id

    def connect(self, source: str, source_port: str, target: str, target_port: str, index: int | None = None) -> Edge:
        """Connect two ports and return the new wire."""
        edge = Edge(fresh(f"{source}_{target}", self.graph.edges), source, source_port, target, target_port)
        self.do(edits.Connect(edge, index))
        return edge

    def disconnect(self, edges: Iterable[Edge]) -> None:
        """Remove wires."""
        for edge in edges:
            self.do(edits.Disconnect(edge.id))

    def reconnect(self, edge: Edge, *, source: tuple[str, str] | None = None, target: tuple[str, str] | None = None) -> None:
        """Give a wire another start or end; it keeps its place among the wires."""
        index = list(self.graph.edges).index(edge.id)
        start, end = source or (edge.source, edge.source_port), target or (edge.target, edge.target_port)
        self.do(edits.Disconnect(edge.id))
        self.do(edits.Connect(Edge(edge.id, *start, *end), index))

    def insert(self, edge: Edge, steps: Sequence[Step]) -> None:
        """Put blocks on a wire, between what it joins."""
        before = (edge.source, edge.source_port)
        for step, place in zip(steps, self._between(edge, steps), strict=True):
            block = block_class(step.type)
            id = self.add(step.type, step.parameters, near=place)
            self.connect(*before, id, block.inputs[0].name)
            before = (id, block.outputs[0].name)
        self.reconnect(edge, source=before)

    def swap(self, id: str, type: str, parameters: Mapping[str, Any]) -> None:
        """Put a block of another type in a block's place; wires whose ports it lacks go."""
        node, block = self.graph.nodes[id], block_class(type)
        ports = {port.name for port in (*block.inputs, *block.outputs)}
        places = {edge_id: index for index, edge_id in enumerate(self.graph.edges)}
        kept = [e for e in self.graph.edges_of(id) if (e.source_port if e.source == id else e.target_port) in ports]
        index = list(self.graph.nodes).index(id)
        self.do(edits.RemoveNode(id))
        self.do(edits.AddNode(replace(node, type=type, parameters=dict(parameters)), index))
        for edge in kept:
            self.do(edits.Connect(edge, places[edge.id]))

    def bypass(self, id: str) -> None:
        """Remove a block, and let what fed it feed what it fed."""
        arriving = next((edge for edge in self.graph.arriving(id) if edge.source in self.graph.nodes and edge.source != id), None)
        for edge in self.graph.leaving(id) if arriving else ():
            if edge.target in self.graph.nodes and edge.target != id and arriving:
                self.reconnect(edge, source=(arriving.source, arriving.source_port))
        self.do(edits.RemoveNode(id))

    def beside(self, id: str) -> Place:
        """Return the place to the right of a block."""
        x, y = self.graph.nodes[id].position
        return x + STEP, y

    def below(self, id: str) -> Place:
        """Return the place below a block."""
        node = self.graph.nodes[id]
        return node.position[0], node.position[1] + height(node.type) + ROW_GAP

    def _between(self, edge: Edge, steps: Sequence[Step]) -> list[Place]:
        """Return a place for each new block on a wire that runs to the right; what stands too near on the right moves away."""
        (x1, y1), (x2, y2) = (self.graph.nodes[id].position for id in (edge.source, edge.target))
        if x2 - x1 < NODE_WIDTH:  # the wire turns back to another row, or runs downwards
            return [(x1 + STEP * (number + 1), y1) for number in range(len(steps))]
        lacking = (len(steps) + 1) * STEP - (x2 - x1)
        if lacking > 0:
            rest = {id: (node.position[0] + lacking, node.position[1]) for id, node in self.graph.nodes.items() if node.position[0] >= x2}
            self.do(edits.Move(rest))
            x2 += lacking
        width = (x2 - x1) / (len(steps) + 1)
        return [(round(x1 + width * number), round(y1 + (y2 - y1) * number / (len(steps) + 1))) for number in range(1, len(steps) + 1)]

    def _free(self, near: Place, type: str) -> Place:
        """Return a place, or the nearest one below it where nothing is covered."""
        x, y = near
        for _ in range(len(self.graph.nodes) + 1):
            covered = [
                node
                for node in self.graph.nodes.values()
                if abs(node.position[0] - x) < NODE_WIDTH + COLUMN_GAP / 4
                and node.position[1] < y + height(type) + ROW_GAP / 4
                and y < node.position[1] + height(node.type) + ROW_GAP / 4
            ]
            if not covered:
                break
            y = max(node.position[1] + height(node.type) for node in covered) + ROW_GAP
        return round(x), round(y)


def height(type: str) -> float:
    """Return how tall the canvas draws a block."""
    try:
        block = block_class(type)
    except UserError:
        return NODE_FRAME + PORT_HEIGHT
    return NODE_FRAME + PORT_HEIGHT * max(len(block.inputs), len(block.outputs))


def fresh(stem: str, taken: Mapping[str, Any]) -> str:
    """Return an id that nothing has: the same for the same graph, so that a fix is."""
    stem = re.sub(r"[^A-Za-z0-9_]", "_", stem)[:40]
    number = 1
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"
