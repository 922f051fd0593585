"""A classifier of sequences with one LSTM layer."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="LSTM classifier",
    summary="Reads ten tokens and must remember the first: the gates of the LSTM keep it.",
    data={"name": "first_token", "options": {"length": 10, "num_examples": 2000}},
    recipe={"optimizer": "adam", "lr": 0.01, "batch_size": 64, "epochs": 12},
    bar=Bar("val_accuracy", 0.95, "the class depends on the first token alone; a guess gets one over the number of classes"),
    family="Sequences",
    tags=("Hochreiter and Schmidhuber, 1997",),
)


def graph(length: int = 10, hidden_size: int = 32) -> dict[str, Any]:
    """Return the graph.

    Args:
        length: Tokens in each sequence, 2 to 1000.
        hidden_size: Features of the state, 1 to 4096.
    """
    sketch = Sketch("LSTM classifier", columns=4)
    tokens = sketch.add("token_input", "tokens", length=length)
    vectors = sketch.add("embedding", "embedding", after=tokens, embedding_dim=16)
    sequence = sketch.add("lstm", "lstm", after=vectors, hidden_size=hidden_size)
    last = sketch.add("sequence_pool", "last_step", after=sequence, mode="last")
    sketch.finish(sketch.add("linear", "classes", after=last, out_features=4))
    return sketch.document()
