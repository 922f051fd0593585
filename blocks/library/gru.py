"""A classifier of sequences with one GRU layer."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="GRU classifier",
    summary="Reads a handwritten digit row by row, like a line of text, and says which it was.",
    data={"name": "digits"},
    recipe={"optimizer": "adam", "lr": 0.005, "batch_size": 64, "epochs": 15},
    bar=Bar("val_accuracy", 0.96, "logistic regression on the same split reaches 0.92 to 0.96, by its regularisation"),
    family="Sequences",
    tags=("Cho et al., 2014",),
)


def graph(hidden_size: int = 64) -> dict[str, Any]:
    """Return the graph.

    Args:
        hidden_size: Features of the state, 1 to 4096.
    """
    sketch = Sketch("GRU classifier", columns=4)
    rows = sketch.add("sequence_input", "rows", length=8, features=8)
    sequence = sketch.add("gru", "gru", after=rows, hidden_size=hidden_size)
    last = sketch.add("sequence_pool", "last_step", after=sequence, mode="last")
    sketch.finish(sketch.add("linear", "classes", after=last, out_features=10))
    return sketch.document()
