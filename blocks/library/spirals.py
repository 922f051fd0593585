"""A multilayer perceptron on two interlocked spirals."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="MLP on two spirals",
    summary="Two hidden layers bend the plane until two interlocked spirals come apart.",
    data={"name": "spirals"},
    recipe={"optimizer": "adam", "lr": 0.01, "batch_size": 64, "epochs": 60},
    bar=Bar("val_accuracy", 0.95, "a straight line gets about one half"),
    family="First steps",
)


def graph(width: int = 64, depth: int = 2) -> dict[str, Any]:
    """Return the graph.

    Args:
        width: Neurons in each hidden layer, 1 to 4096.
        depth: Hidden layers, 1 to 50.
    """
    sketch = Sketch("MLP on two spirals", columns=4)
    last = sketch.add("vector_input", "points", features=2)
    for layer in range(1, depth + 1):
        last = sketch.add("linear", f"hidden{layer}", after=last, out_features=width)
        last = sketch.add("relu", f"relu{layer}", after=last)
    sketch.finish(sketch.add("linear", "classes", after=last, out_features=2))
    return sketch.document()
