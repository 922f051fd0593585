"""A small DenseNet: every layer sees what all layers before it have found."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="Small DenseNet",
    summary="Dense connections: each layer adds a few channels to all that came before and hands everything on.",
    data={"name": "digits"},
    recipe={"optimizer": "adam", "lr": 0.01, "batch_size": 64, "epochs": 12},
    bar=Bar("val_accuracy", 0.95, "logistic regression on the same split reaches 0.92 to 0.96, by its regularisation"),
    family="Images",
    tags=("Huang et al., 2016",),
)


def graph(growth: int = 8, layers: int = 3) -> dict[str, Any]:
    """Return the graph: two dense blocks with a transition between them, Huang et al.: Densely Connected Convolutional Networks (2016).

    Args:
        growth: Channels that each layer adds, 1 to 256.
        layers: Layers in each dense block, 1 to 16.
    """
    sketch = Sketch("Small DenseNet", columns=7)
    last = sketch.add("image_input", "image", channels=1, height=16, width=16)
    last = sketch.add("conv2d", "stem", after=last, out_channels=2 * growth, kernel_size=3, padding=1, bias=False)
    channels = 2 * growth
    for block in (1, 2):
        for layer in range(1, layers + 1):
            name = f"dense{block}_{layer}"
            new = sketch.add("batch_norm2d", f"{name}_norm", after=last)
            new = sketch.add("relu", f"{name}_relu", after=new)
            new = sketch.add("conv2d", f"{name}_conv", after=new, out_channels=growth, kernel_size=3, padding=1, bias=False)
            last = sketch.add("concat", f"{name}_concat", after=[last, new])
            channels += growth
        if block == 1:
            channels //= 2
            last = sketch.add("conv2d", "transition", after=last, out_channels=channels, kernel_size=1, bias=False)
            last = sketch.add("avg_pool2d", "transition_pool", after=last, kernel_size=2)
    last = sketch.add("batch_norm2d", "last_norm", after=last)
    last = sketch.add("relu", "last_relu", after=last)
    last = sketch.add("global_avg_pool2d", "pool", after=last)
    sketch.finish(sketch.add("linear", "classes", after=last, out_features=10))
    return sketch.document()
