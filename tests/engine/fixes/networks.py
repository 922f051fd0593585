"""Broken networks, written down shortly, and what the fixes are held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from blocks.problems import Problem
from blocks.registry import block_class
from engine.check import check
from engine.graph.document import Edge, Graph, Node

Wire = tuple[str, str]


def network(nodes: dict[str, tuple[str, dict[str, Any]]], wires: Sequence[str], **marks: dict[str, Any]) -> Graph:
    """Build a graph from blocks by name and wires like "stem -> add" or "lstm.hidden -> linear.x"; ports default to the first ones."""
    placed = [Node(id, type, "", dict(p), (244.0 * i, 0.0), **marks.get(id, {})) for i, (id, (type, p)) in enumerate(nodes.items())]
    edges = []
    for i, wire in enumerate(wires):
        source, target = wire.split(" -> ")
        edges.append(Edge(f"e{i}", *end(nodes, source, "outputs"), *end(nodes, target, "inputs")))
    return Graph.of("broken", placed, edges)


def end(nodes: dict[str, tuple[str, dict[str, Any]]], text: str, side: str) -> Wire:
    """Read one end of a wire."""
    id, _, port = text.partition(".")
    return id, port or getattr(block_class(nodes[id][0]), side)[0].name


def classifier(middle: dict[str, tuple[str, dict[str, Any]]], wires: Sequence[str], last: str, features: int = 10, **marks: Any) -> Graph:
    """Build an image classifier with these blocks between the input and a Linear, an output and a loss."""
    nodes = {"image": ("image_input", {"channels": 3, "height": 16, "width": 16})} | middle
    nodes |= {"head": ("linear", {"out_features": features}), "answer": ("output", {}), "loss": ("cross_entropy", {})}
    return network(nodes, [*wires, f"{last} -> head", "head -> answer", "head -> loss"], **marks)


def place(problem: Problem) -> tuple[str | None, ...]:
    """Say what a problem is and where."""
    return problem.code, problem.node, problem.port, problem.parameter


def places(graph: Graph, severity: str | None = None) -> Counter[tuple[str | None, ...]]:
    """Count a graph's problems by what and where they are."""
    return Counter(place(problem) for problem in check(graph).problems if severity in (None, problem.severity))
