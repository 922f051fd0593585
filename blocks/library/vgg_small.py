"""A small VGG: nothing but 3 × 3 convolutions, pooling, and dense layers."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="Small VGG",
    summary="Pairs of 3 × 3 convolutions, each pair followed by pooling and twice as many channels.",
    data={"name": "digits"},
    recipe={"optimizer": "adam", "lr": 0.002, "batch_size": 64, "epochs": 10},
    bar=Bar("val_accuracy", 0.97, "logistic regression on the same split reaches 0.92 to 0.96, by its regularisation"),
    family="Images",
    tags=("Simonyan and Zisserman, 2014",),
)


def graph(width: int = 32, stages: int = 2) -> dict[str, Any]:
    """Return the graph, in the manner of Simonyan, Zisserman: Very Deep Convolutional Networks (2014).

    Args:
        width: Channels of the first stage, 1 to 512; each stage has twice those of the one before.
        stages: Stages of two convolutions and one pooling, 1 to 4.
    """
    sketch = Sketch("Small VGG", columns=6)
    last = sketch.add("image_input", "image", channels=1, height=16, width=16)
    for stage in range(1, stages + 1):
        for layer in (1, 2):
            last = sketch.add("conv2d", f"conv{stage}_{layer}", after=last, out_channels=width * 2 ** (stage - 1), kernel_size=3, padding=1)
            last = sketch.add("relu", f"relu{stage}_{layer}", after=last)
        last = sketch.add("max_pool2d", f"pool{stage}", after=last, kernel_size=2)
    last = sketch.add("flatten", "flatten", after=last)
    last = sketch.add("linear", "fc1", after=last, out_features=128)
    last = sketch.add("relu", "fc1_relu", after=last)
    last = sketch.add("dropout", "dropout", after=last, p=0.2)
    sketch.finish(sketch.add("linear", "fc2", after=last, out_features=10))
    return sketch.document()
