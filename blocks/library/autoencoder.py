"""An autoencoder: a network that learns to draw its own input again through a narrow code."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="Autoencoder",
    summary="Squeezes each digit into a few numbers and draws it again; the loss compares the drawing with the digit itself.",
    data={"name": "digits"},
    recipe={"optimizer": "adam", "lr": 0.003, "batch_size": 64, "epochs": 40},
    bar=Bar("val_loss", 0.12, "eight principal components, the best linear code, leave 0.173 of a variance of 1", at_most=True),
    family="Generating",
    tags=("Hinton, Salakhutdinov, 2006",),
)


def graph(code: int = 8, width: int = 128) -> dict[str, Any]:
    """Return the graph, after Hinton and Salakhutdinov: Reducing the dimensionality of data with neural networks (2006), smaller.

    Args:
        code: Numbers that are left of each digit, 1 to 64.
        width: Neurons in the layers before and behind the code, 1 to 4096.
    """
    sketch = Sketch("Autoencoder", columns=5)
    image = sketch.add("image_input", "image", channels=1, height=8, width=8)
    last = sketch.add("flatten", "pixels", after=image)
    last = sketch.add("linear", "encoder1", after=last, out_features=width)
    last = sketch.add("relu", "encoder1_relu", after=last)
    last = sketch.add("linear", "code", after=last, out_features=code)
    last = sketch.add("linear", "decoder1", after=last, out_features=width)
    last = sketch.add("relu", "decoder1_relu", after=last)
    last = sketch.add("linear", "decoder2", after=last, out_features=64)
    drawing = sketch.add("reshape", "drawing", after=last, shape=[1, 8, 8])
    sketch.add("output", "prediction", after=drawing)
    sketch.add("mse", "loss", after={"prediction": drawing, "target": image})
    return sketch.document()
