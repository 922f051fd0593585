"""Largest value of each whole channel."""

from __future__ import annotations

from blocks.spec import Block, Port
from blocks.tensors import Inputs, TensorSpec


class GlobalMaxPool2d(Block):
    """Replace each channel of an image by its largest value: an image of any size becomes a vector with one number for each channel.

    Shapes: x (B, C, H, W) -> y (B, C)

    Use it when it matters that a pattern is somewhere in the image, and not how often.
    """

    title = "Global max pool 2D"
    category = "pooling"
    keywords = ("maximum", "gmp", "squeeze", "classifier")
    inputs = (Port("x", ("image",), "An image of any size."),)
    outputs = (Port("y", ("vector",), "The largest value of each channel."),)
    formula = r"y_c = \max_{i,j} \; x_{c,i,j}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.amax.html"
    examples = ({"parameters": {}, "inputs": {"x": TensorSpec(("B", 12, 5, 7), "float", "image")}, "outputs": {"y": ("B", 12)}},)

    def forward(self, inputs: Inputs) -> str:
        """Return the reduction over height and width."""
        return "{y} = {x}.amax(dim=(2, 3))"
