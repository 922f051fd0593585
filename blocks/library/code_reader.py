"""An autoencoder and a classifier that take turns: one learns a code by drawing, the other learns to read it."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="Reading a code",
    summary="An autoencoder learns a code by drawing digits without their labels; in turn with it, a classifier learns to read it.",
    data={"name": "digits"},
    recipe={
        "optimizer": "adam",
        "lr": 0.005,
        "batch_size": 64,
        "epochs": 40,
        "phases": [
            {"name": "draw", "losses": ["drawn"], "parts": ["encoder1", "code", "decoder1", "decoder2"]},
            {"name": "read", "losses": ["read"], "parts": ["reader"], "optimizer": {"optimizer": "adam", "lr": 0.02}},
        ],
    },
    bar=Bar(
        "val_accuracy", 0.9, "read by one linear layer; an autoencoder that was never trained gives a code that it reads to 0.78 to 0.82"
    ),
    family="Generating",
)


def graph(code: int = 16, width: int = 64) -> dict[str, Any]:
    """Return the graph: the recipe's phases decide that no label reaches the code.

    Args:
        code: Numbers that are left of each digit, 1 to 64.
        width: Neurons in the layers before and behind the code, 1 to 4096.
    """
    sketch = Sketch("Reading a code", columns=5)
    image = sketch.add("image_input", "image", channels=1, height=8, width=8)
    pixels = sketch.add("flatten", "pixels", after=image)
    last = sketch.add("linear", "encoder1", after=pixels, out_features=width)
    last = sketch.add("relu", "encoder1_relu", after=last)
    codes = sketch.add("linear", "code", after=last, out_features=code)
    last = sketch.add("linear", "decoder1", after=codes, out_features=width)
    last = sketch.add("relu", "decoder1_relu", after=last)
    drawing = sketch.add("linear", "decoder2", after=last, out_features=64)
    sketch.add("mse", "drawn", after={"prediction": drawing, "target": pixels})
    reader = sketch.add("linear", "reader", after=codes, out_features=10)
    sketch.add("output", "prediction", after=reader)
    sketch.add("cross_entropy", "read", after={"prediction": reader})
    return sketch.document()
