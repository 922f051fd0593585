"""Average of each whole channel."""

from __future__ import annotations

from blocks.spec import Block, Port
from blocks.tensors import Inputs, TensorSpec


class GlobalAvgPool2d(Block):
    """Replace each channel of an image by its average: an image of any size becomes a vector with one number for each channel.

    Shapes: x (B, C, H, W) -> y (B, C)

    Use it at the end of a convolutional network, instead of Flatten and large Linear layers: it has no parameters and fits any image size.
    """

    title = "Global average pool 2D"
    category = "pooling"
    keywords = ("mean", "gap", "squeeze", "classifier")
    inputs = (Port("x", ("image",), "An image of any size."),)
    outputs = (Port("y", ("vector",), "The average of each channel."),)
    formula = r"y_c = \frac{1}{H W} \sum_{i,j} x_{c,i,j}"
    source = "Lin, Chen, Yan: Network in Network (2014), section 3.2, https://arxiv.org/abs/1312.4400"
    examples = ({"parameters": {}, "inputs": {"x": TensorSpec(("B", 12, 5, 7), "float", "image")}, "outputs": {"y": ("B", 12)}},)

    def forward(self, inputs: Inputs) -> str:
        """Return the reduction over height and width."""
        return "{y} = {x}.mean(dim=(2, 3))"
