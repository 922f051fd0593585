"""Average over as many windows as are asked for."""

from __future__ import annotations

from blocks.fields import WindowPair
from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class AdaptiveAvgPool2d(Block):
    """Average over windows that are laid so that the output has the size you ask for, whatever the image's size.

    Shapes: x (B, C, H, W) -> y (B, C, output height, output width)

    Use it before Flatten, so that the Linear after it keeps its size when the image's changes.
    With output_size 1 each channel becomes its mean.
    """

    title = "Adaptive average pool 2D"
    category = "pooling"
    keywords = ("mean", "resize", "global", "fixed size", "downsample")
    inputs = (Port("x", ("image",), "An image of any size."),)
    outputs = (Port("y", ("image",), "An image of the size asked for."),)
    formula = (
        r"y_{c,i,j} = \operatorname{mean} \{ x_{c,u,v} : \lfloor i H / H' \rfloor \le u < \lceil (i+1) H / H' \rceil,\ v \text{ alike} \}"
    )
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html"
    examples = (
        {
            "parameters": {"output_size": [7, 5]},
            "inputs": {"x": TensorSpec(("B", 6, 20, 11), "float", "image")},
            "outputs": {"y": ("B", 6, 7, 5)},
        },
    )

    output_size: WindowPair = param(1, unit="pixels", help="Height and width that come out.")

    def module(self, inputs: Inputs) -> Call:
        """Return the pooling."""
        return call("nn.AdaptiveAvgPool2d", self.output_size)
