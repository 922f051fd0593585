"""LeNet-5, the network that read the digits on cheques."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="LeNet-5",
    summary="Convolution, pooling, convolution, pooling, three dense layers: the classic that reads handwritten digits.",
    data={"name": "digits"},
    recipe={"optimizer": "adam", "lr": 0.003, "batch_size": 64, "epochs": 10},
    bar=Bar("val_accuracy", 0.97, "logistic regression on the same split reaches 0.92 to 0.96, by its regularisation"),
    family="Images",
    tags=("LeCun et al., 1998",),
)


def graph(num_classes: int = 10) -> dict[str, Any]:
    """Return the graph, with the sizes of LeCun et al.: Gradient-based learning applied to document recognition (1998), figure 2.

    As there, what is pooled is squashed, not the other way round. As it is built today: max pooling in place of the trained
    subsampling, and a plain linear layer in place of the radial basis functions.

    Args:
        num_classes: Classes to tell apart, 2 to 10000.
    """
    sketch = Sketch("LeNet-5", columns=5)
    last = sketch.add("image_input", "image", channels=1, height=28, width=28)
    last = sketch.add("conv2d", "conv1", after=last, out_channels=6, kernel_size=5, padding=2)
    last = sketch.add("max_pool2d", "pool1", after=last, kernel_size=2)
    last = sketch.add("tanh", "tanh1", after=last)
    last = sketch.add("conv2d", "conv2", after=last, out_channels=16, kernel_size=5)
    last = sketch.add("max_pool2d", "pool2", after=last, kernel_size=2)
    last = sketch.add("tanh", "tanh2", after=last)
    last = sketch.add("flatten", "flatten", after=last)
    last = sketch.add("linear", "fc1", after=last, out_features=120)
    last = sketch.add("tanh", "tanh3", after=last)
    last = sketch.add("linear", "fc2", after=last, out_features=84)
    last = sketch.add("tanh", "tanh4", after=last)
    sketch.finish(sketch.add("linear", "fc3", after=last, out_features=num_classes))
    return sketch.document()
