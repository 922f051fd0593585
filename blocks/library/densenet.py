"""DenseNet at its published sizes, from 121 to 201 layers."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="DenseNet",
    summary="Every layer gets all that came before it: one dense layer, repeated with a growing input. Opens small, for digits.",
    data={"name": "digits"},
    recipe={"optimizer": "adam", "lr": 0.002, "batch_size": 64, "epochs": 12},
    bar=Bar("val_accuracy", 0.93, "logistic regression on the same split reaches 0.92 to 0.96, by its regularisation"),
    family="Images",
    tags=("Huang et al., 2017",),
    ready={"depth": 121, "growth": 4, "channels": 1, "size": 32, "classes": 10, "blocks": 2},
)

DEPTHS = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32)}
"""Layers in each dense block. Source: Huang et al., Densely Connected Convolutional Networks (2017), table 1."""


def graph(depth: int = 121, classes: int = 1000, channels: int = 3, size: int = 224, growth: int = 32, blocks: int = 4) -> dict[str, Any]:
    """Return the graph: Huang et al., Densely Connected Convolutional Networks (2017), DenseNet-BC of table 1.

    Args:
        depth: Layers with weights, 121 to 201: the nearest of 121, 169, 201.
        classes: Classes to tell apart, 2 to 100000.
        channels: Channels of the image, 1 to 64.
        size: Height and width of the image, 32 to 1024.
        growth: Channels that each layer adds, 2 to 128; published with 32.
        blocks: Dense blocks, 1 to 4; published with 4.
    """
    depth = min(DEPTHS, key=lambda published: abs(published - depth))
    sketch = Sketch(f"DenseNet-{depth}", columns=6)
    layer = sketch.define("dense_layer", _layer(), "Adds channels beside those that come in.", growth=32)
    transition = sketch.define("transition", _transition(), "Halves the channels and the image.", width=128)
    last = sketch.add("image_input", "image", channels=channels, height=size, width=size)
    last = sketch.add("conv2d", "stem", after=last, out_channels=2 * growth, kernel_size=7, stride=2, padding=3, bias=False)
    last = sketch.add("relu", "stem_relu", after=sketch.add("batch_norm2d", "stem_norm", after=last))
    last = sketch.add("max_pool2d", "stem_pool", after=last, kernel_size=3, stride=2, padding=1)
    width = 2 * growth
    for number, layers in enumerate(DEPTHS[depth][:blocks], start=1):
        last = sketch.add(layer, f"block{number}", after=last, growth=growth, repeat=layers)
        width += layers * growth
        if number < blocks:
            width //= 2
            last = sketch.add(transition, f"transition{number}", after=last, width=width)
    last = sketch.add("relu", "relu", after=sketch.add("batch_norm2d", "norm", after=last))
    last = sketch.add("global_avg_pool2d", "pool", after=last)
    sketch.finish(sketch.add("linear", "classes", after=last, out_features=classes))
    return sketch.document()


def _layer() -> Sketch:
    sketch = Sketch("Dense layer", columns=5)
    entry = sketch.add("entry", "x")
    last = sketch.add("relu", "relu1", after=sketch.add("batch_norm2d", "norm1", after=entry))
    last = sketch.add("conv2d", "conv1", after=last, out_channels="=growth * 4", kernel_size=1, bias=False)
    last = sketch.add("relu", "relu2", after=sketch.add("batch_norm2d", "norm2", after=last))
    last = sketch.add("conv2d", "conv2", after=last, out_channels="=growth", kernel_size=3, padding=1, bias=False)
    sketch.add("exit", "y", after=sketch.add("concat", "concat", after=[entry, last]))
    return sketch


def _transition() -> Sketch:
    sketch = Sketch("Transition", columns=6)
    last = sketch.add("batch_norm2d", "norm", after=sketch.add("entry", "x"))
    last = sketch.add("conv2d", "conv", after=sketch.add("relu", "relu", after=last), out_channels="=width", kernel_size=1, bias=False)
    sketch.add("exit", "y", after=sketch.add("avg_pool2d", "pool", after=last))
    return sketch
