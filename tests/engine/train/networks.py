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


def autoencoder_and_classifier(**marks: dict[str, Any]) -> Graph:
    """Return digits -> flat -> encoder -> code, from which a decoder draws them again and a classifier reads them: two losses."""
    nodes = [
        Node("image", "image_input", "image", {"channels": 1, "height": 8, "width": 8}),
        Node("flat", "flatten", "flat"),
        Node("encoder", "linear", "encoder", {"out_features": 24}, **marks.get("encoder", {})),
        Node("code", "tanh", "code"),
        Node("decoder", "linear", "decoder", {"out_features": 64}, **marks.get("decoder", {})),
        Node("classifier", "linear", "classifier", {"out_features": 10}, **marks.get("classifier", {})),
        Node("out", "output", "out"),
        Node("drawn", "mse", "drawn"),
        Node("read", "cross_entropy", "read", {"weight": 0.5}),
    ]
    wires = [
        ("image", "x", "flat", "x"),
        ("flat", "y", "encoder", "x"),
        ("encoder", "y", "code", "x"),
        ("code", "y", "decoder", "x"),
        ("code", "y", "classifier", "x"),
        ("classifier", "y", "out", "x"),
        ("decoder", "y", "drawn", "prediction"),
        ("flat", "y", "drawn", "target"),
        ("classifier", "y", "read", "prediction"),
    ]
    return Graph.of("Autoencoder and classifier", nodes, [Edge(f"e{number}", *wire) for number, wire in enumerate(wires)])
