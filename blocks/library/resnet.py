"""ResNet at its published sizes, from 18 to 152 layers."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="ResNet",
    summary="Stages of residual blocks, each defined once and repeated: 18 to 152 layers on one page. Opens small, for digits.",
    data={"name": "digits"},
    recipe={"optimizer": "adam", "lr": 0.002, "batch_size": 64, "epochs": 8},
    bar=Bar("val_accuracy", 0.95, "logistic regression on the same split reaches 0.92 to 0.96, by its regularisation"),
    family="Images",
    tags=("He et al., 2015",),
    ready={"depth": 18, "width": 8, "channels": 1, "size": 32, "classes": 10},
)

DEPTHS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
"""Blocks in each stage. Source: He et al., Deep Residual Learning for Image Recognition (2015), table 1."""
LEAST_BOTTLENECK = 50


def graph(depth: int = 18, classes: int = 1000, channels: int = 3, size: int = 224, width: int = 64) -> dict[str, Any]:
    """Return the graph: He et al., Deep Residual Learning for Image Recognition (2015), table 1 and figure 5, projections by option B.

    Args:
        depth: Layers with weights, 18 to 152: the nearest of 18, 34, 50, 101, 152.
        classes: Classes to tell apart, 2 to 100000.
        channels: Channels of the image, 1 to 64.
        size: Height and width of the image, 32 to 1024.
        width: Channels of the first stage, 4 to 512; published with 64.
    """
    depth = min(DEPTHS, key=lambda published: abs(published - depth))
    sketch = Sketch(f"ResNet-{depth}", columns=5)
    expansion = 4 if depth >= LEAST_BOTTLENECK else 1
    body = _bottleneck if expansion == 4 else _basic
    first = sketch.define("projected", body(True), "Changes the size; a 1×1 convolution does so on the way past.", width=64, stride=1)
    rest = sketch.define("residual", body(False), "Adds to what comes in what two or three convolutions make of it.", width=64)
    last = sketch.add("image_input", "image", channels=channels, height=size, width=size)
    last = sketch.add("conv2d", "stem", after=last, out_channels=width, kernel_size=7, stride=2, padding=3, bias=False)
    last = sketch.add("batch_norm2d", "stem_norm", after=last)
    last = sketch.add("relu", "stem_relu", after=last)
    last = sketch.add("max_pool2d", "stem_pool", after=last, kernel_size=3, stride=2, padding=1)
    stage = sketch.define(
        "stage",
        _stage(sketch, "Stage", first, rest),
        "One block that changes the size, then others that keep it.",
        width=64,
        depth=2,
        stride=1,
    )
    for number, blocks in enumerate(DEPTHS[depth], start=1):
        if number == 1 and expansion == 1:  # nothing changes here, so that no projection is needed
            last = sketch.add(rest, "stage1", after=last, width=width, repeat=blocks)
            continue
        stride = 1 if number == 1 else 2
        last = sketch.add(stage, f"stage{number}", after=last, width=width * 2 ** (number - 1), depth=blocks, stride=stride)
    last = sketch.add("global_avg_pool2d", "pool", after=last)
    sketch.finish(sketch.add("linear", "classes", after=last, out_features=classes))
    return sketch.document()


def _stage(network: Sketch, name: str, first: str, rest: str) -> Sketch:
    stage = Sketch(name).knows(network)
    last = stage.add("entry", "x")
    last = stage.add(first, "first", after=last, width="=width", stride="=stride")
    last = stage.add(rest, "rest", after=last, width="=width", repeat="=depth - 1")
    stage.add("exit", "y", after=last)
    return stage


def _basic(projected: bool) -> Sketch:
    sketch = Sketch("Basic block with projection" if projected else "Basic block", columns=7)
    entry = sketch.add("entry", "x")
    stride: dict[str, Any] = {"stride": "=stride"} if projected else {}
    main = _convolution(sketch, "1", entry, "=width", 3, **stride)
    main = sketch.add("relu", "relu1", after=main)
    main = _convolution(sketch, "2", main, "=width", 3)
    return _joined(sketch, entry, main, "=width", projected)


def _bottleneck(projected: bool) -> Sketch:
    sketch = Sketch("Bottleneck with projection" if projected else "Bottleneck", columns=7)
    entry = sketch.add("entry", "x")
    main = _convolution(sketch, "1", entry, "=width", 1)
    main = sketch.add("relu", "relu1", after=main)
    stride: dict[str, Any] = {"stride": "=stride"} if projected else {}
    main = _convolution(sketch, "2", main, "=width", 3, **stride)
    main = sketch.add("relu", "relu2", after=main)
    main = _convolution(sketch, "3", main, "=width * 4", 1)
    return _joined(sketch, entry, main, "=width * 4", projected)


def _joined(sketch: Sketch, entry: str, main: str, channels: str, projected: bool) -> Sketch:
    shortcut = entry
    if projected:
        shortcut = sketch.add("conv2d", "shortcut", after=entry, out_channels=channels, kernel_size=1, stride="=stride", bias=False)
        shortcut = sketch.add("batch_norm2d", "shortcut_norm", after=shortcut)
    last = sketch.add("add", "add", after=[main, shortcut])
    sketch.add("exit", "y", after=sketch.add("relu", "relu", after=last))
    return sketch


def _convolution(sketch: Sketch, number: str, after: str, channels: str, kernel_size: int, **options: Any) -> str:
    """Add a convolution without bias and the batch normalisation that replaces it."""
    padding = {"padding": kernel_size // 2} if kernel_size > 1 else {}
    last = sketch.add(
        "conv2d", f"conv{number}", after=after, out_channels=channels, kernel_size=kernel_size, **padding, bias=False, **options
    )
    return sketch.add("batch_norm2d", f"norm{number}", after=last)
