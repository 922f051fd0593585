"""A plain deep perceptron of sigmoids, which is there to fail: its error signal vanishes on the way back."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Template

TEMPLATE = Template(
    title="20-layer sigmoid MLP",
    summary="Here to fail: each sigmoid passes back at most a quarter of the error signal, so the first layers hear nothing.",
    data={"name": "digits"},
    recipe={"optimizer": "sgd", "lr": 0.1, "batch_size": 64, "epochs": 10},
    bar=None,
    family="Lessons",
    tags=("vanishing gradients",),
)


def graph(depth: int = 20, width: int = 32) -> dict[str, Any]:
    """Return the graph.

    Args:
        depth: Hidden layers, 1 to 200.
        width: Neurons in each hidden layer, 1 to 4096.
    """
    sketch = Sketch(f"{depth}-layer sigmoid MLP", columns=8)
    last = sketch.add("vector_input", "pixels", features=64)
    for layer in range(1, depth + 1):
        last = sketch.add("linear", f"layer{layer}", after=last, out_features=width)
        last = sketch.add("sigmoid", f"sigmoid{layer}", after=last)
    sketch.finish(sketch.add("linear", "classes", after=last, out_features=10))
    return sketch.document()
