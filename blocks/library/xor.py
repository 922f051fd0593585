"""XOR with three neurons: the smallest problem that one neuron cannot solve."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="XOR, three neurons",
    summary="Two hidden neurons and one output learn what a single neuron cannot: exclusive or.",
    data={"name": "xor"},
    recipe={"optimizer": "adam", "lr": 0.05, "batch_size": 4, "epochs": 400, "seed": 1},
    bar=Bar("val_accuracy", 1.0, "all four cases; the best straight line gets three"),
    family="First steps",
)


def graph() -> dict[str, Any]:
    """Return the graph."""
    sketch = Sketch("XOR, three neurons", columns=4)
    points = sketch.add("vector_input", "points", features=2)
    hidden = sketch.add("linear", "hidden", after=points, out_features=2)
    bent = sketch.add("sigmoid", "hidden_sigmoid", after=hidden)
    answer = sketch.add("linear", "answer", after=bent, out_features=1)
    probability = sketch.add("sigmoid", "answer_sigmoid", after=answer)
    sketch.finish(probability, "bce", with_logits=False)
    return sketch.document()
