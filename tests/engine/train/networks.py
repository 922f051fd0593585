"""Small networks for the tests of training, drawn as a person would draw them."""

from __future__ import annotations

from typing import Any

from engine.compile import Network, compile_graph
from engine.graph.document import Edge, Graph, Node

FIRST_OUTPUT = {"lstm": "sequence", "gru": "sequence"}


def chain(
    *blocks: tuple[str, dict[str, Any]], loss: str = "cross_entropy", marks: dict[str, dict[str, Any]] | None = None, **loss_parameters: Any
) -> Graph:
    """Return blocks one behind the other, named by type and place ("linear1"), with an output and a loss."""
    nodes = [
        Node(f"{type}{place}", type, f"{type}{place}", parameters, **(marks or {}).get(f"{type}{place}", {}))
        for place, (type, parameters) in enumerate(blocks)
    ]
    nodes += [Node("out", "output", "out"), Node("loss", loss, "loss", loss_parameters)]
    edges = []
    for number, (before, after) in enumerate(zip(nodes[: len(blocks)], nodes[1 : len(blocks) + 1], strict=True)):
        port = "x" if number == 0 else FIRST_OUTPUT.get(before.type, "y")
        edges.append(Edge(f"e{number}", before.id, port, after.id, "x"))
    edges.append(Edge("el", nodes[len(blocks) - 1].id, edges[-1].source_port, "loss", "prediction"))
    return Graph.of("Test", nodes, edges)


def mlp(features: int = 4, classes: int = 3, hidden: int = 8, depth: int = 1, activation: str = "relu", **kwargs: Any) -> Network:
    """Return a compiled multilayer perceptron."""
    layers: list[tuple[str, dict[str, Any]]] = []
    for _ in range(depth):
        layers += [("linear", {"out_features": hidden}), (activation, {})]
    return compile_graph(chain(("vector_input", {"features": features}), *layers, ("linear", {"out_features": classes}), **kwargs))
