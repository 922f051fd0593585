"""A small ResNet: blocks that learn what to add to what they were given."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="Small ResNet",
    summary="Residual connections carry the signal past each pair of convolutions, so that depth does not hurt.",
    data={"name": "digits"},
    recipe={"optimizer": "adam", "lr": 0.002, "batch_size": 64, "epochs": 8},
    bar=Bar("val_accuracy", 0.97, "logistic regression on the same split reaches 0.92 to 0.96, by its regularisation"),
    family="Images",
    tags=("He et al., 2015",),
)


def graph(width: int = 16, stages: int = 3) -> dict[str, Any]:
    """Return the graph: one basic block a stage, He et al.: Deep Residual Learning (2015), figure 2 and option B for the projections.

    Args:
        width: Channels of the first stage, 1 to 512.
        stages: Stages, each after the first with half the size and twice the channels, 1 to 4.
    """
    sketch = Sketch("Small ResNet", columns=7)
    last = sketch.add("image_input", "image", channels=1, height=16, width=16)
    last = _convolution(sketch, "stem", last, width, 3, 1)
    last = sketch.add("relu", "stem_relu", after=last)
    for stage in range(1, stages + 1):
        channels, stride = width * 2 ** (stage - 1), 1 if stage == 1 else 2
        main = _convolution(sketch, f"conv{stage}_1", last, channels, 3, stride)
        main = sketch.add("relu", f"relu{stage}_1", after=main)
        main = _convolution(sketch, f"conv{stage}_2", main, channels, 3, 1)
        shortcut = last if stage == 1 else _convolution(sketch, f"projection{stage}", last, channels, 1, stride)
        last = sketch.add("add", f"add{stage}", after=[main, shortcut])
        last = sketch.add("relu", f"relu{stage}_2", after=last)
    last = sketch.add("global_avg_pool2d", "pool", after=last)
    sketch.finish(sketch.add("linear", "classes", after=last, out_features=10))
    return sketch.document()


def _convolution(sketch: Sketch, name: str, after: str, channels: int, kernel_size: int, stride: int) -> str:
    """Add a convolution without bias and the batch normalisation that replaces it."""
    last = sketch.add(
        "conv2d", name, after=after, out_channels=channels, kernel_size=kernel_size, stride=stride, padding=kernel_size // 2, bias=False
    )
    return sketch.add("batch_norm2d", f"{name}_norm", after=last)
