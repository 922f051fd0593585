"""U-Net at its published size, which gives a class for every pixel."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="U-Net",
    summary="A class for every pixel: down to see what it is, up to see where. Opens small, for shapes in noise.",
    data={"name": "shapes"},
    recipe={"optimizer": "adam", "lr": 0.002, "batch_size": 8, "epochs": 14},
    bar=Bar("val_accuracy", 0.9, "background everywhere is right for 0.76 of the pixels, the best guess by brightness alone for 0.81"),
    family="Images",
    tags=("Ronneberger et al., 2015",),
    ready={"size": 64, "classes": 4, "width": 16, "depth": 2},
)

LOST = 4
"""Pixels that two 3 × 3 convolutions without padding take off height and width."""


def graph(size: int = 572, channels: int = 1, classes: int = 2, width: int = 64, depth: int = 4, padding: int = 0) -> dict[str, Any]:
    """Return the graph: Ronneberger, Fischer, Brox: U-Net (2015), figure 1; without the drop-out whose rate the paper leaves open.

    Args:
        size: Height and width of the image, 16 to 1024; raised to the least of which the convolutions leave something.
        channels: Channels of the image, 1 to 64.
        classes: Classes to tell apart at every pixel, 2 to 1000.
        width: Channels at full size, 2 to 256, doubled with each step down; published with 64.
        depth: Steps down and up again, 1 to 6; published with 4.
        padding: Padding of the convolutions, 0 to 1; 0 as published, 1 for an output as large as the image.
    """
    size = max(size, _least(depth, padding))
    sketch = Sketch("U-Net", columns=5)
    double = sketch.define("double", _double(padding), "Two convolutions, each with a ReLU.", width=64)
    down = sketch.define("down", _down(sketch, double), "Halves the image, then looks at it with more channels.", width=128)
    up = sketch.define(
        "up", _up(sketch, double), "Doubles the image and puts beside it what was seen at that size on the way down.", width=64
    )
    last = sketch.add("image_input", "image", channels=channels, height=size, width=size)
    last = sketch.add(double, "top", after=last, width=width)
    skips = [last]
    for step in range(1, depth + 1):
        last = sketch.add(down, f"down{step}", after=last, width=width * 2**step)
        skips.append(last)
    for step in range(depth, 0, -1):
        last = sketch.add(up, f"up{step}", after={"x": last, "skip": skips[step - 1]}, width=width * 2 ** (step - 1))
    for id in ["top", *(f"{way}{number}" for way in ("down", "up") for number in range(1, depth + 1))]:
        sketch.mark(id, initialisation="he")  # section 3: a standard deviation of √(2 / N)
    sketch.finish(sketch.add("conv2d", "classes", after=last, out_channels=classes, kernel_size=1))
    return sketch.document()


def _least(depth: int, padding: int) -> int:
    """Return the smallest height and width of which the network leaves at least one pixel."""
    steps: int = 2**depth
    if padding:
        return steps
    at_bottom = -(-(1 + LOST * (steps - 1)) // steps)  # doubled and cut once a step, it leaves 1 or more
    return (at_bottom + LOST) * steps + LOST * (steps - 1)


def _double(padding: int) -> Sketch:
    sketch = Sketch("Double convolution", columns=6)
    last = sketch.add("entry", "x")
    for number in (1, 2):
        last = sketch.add(
            "conv2d", f"conv{number}", after=last, out_channels="=width", kernel_size=3, **({"padding": 1} if padding else {})
        )
        last = sketch.add("relu", f"relu{number}", after=last)
    sketch.add("exit", "y", after=last)
    return sketch


def _down(network: Sketch, double: str) -> Sketch:
    sketch = Sketch("Step down", columns=4).knows(network)
    last = sketch.add("max_pool2d", "pool", after=sketch.add("entry", "x"))
    sketch.add("exit", "y", after=sketch.add(double, "convs", after=last, width="=width"))
    return sketch


def _up(network: Sketch, double: str) -> Sketch:
    sketch = Sketch("Step up", columns=6).knows(network)
    entry, skip = sketch.add("entry", "x"), sketch.add("entry", "skip")
    larger = sketch.add("conv_transpose2d", "enlarge", after=entry, out_channels="=width", kernel_size=2, stride=2)
    cut = sketch.add("crop_like", "crop", after={"x": skip, "like": larger})
    last = sketch.add("concat", "concat", after=[cut, larger])
    sketch.add("exit", "y", after=sketch.add(double, "convs", after=last, width="=width"))
    return sketch
