"""Everything of an example in one row."""

from __future__ import annotations

from blocks.spec import Block, Port
from blocks.tensors import Inputs, TensorSpec


class Flatten(Block):
    """Lay all numbers of an example out in one row, so that a Linear can take them.

    A recurrent state becomes a row of its layers and directions, one after the other.

    Shapes: x (B, C, H, W) -> y (B, C·H·W); x (B, T, D) -> y (B, T·D); x (N, B, D) -> y (B, N·D)

    Use it between convolutions and the first Linear.
    """

    title = "Flatten"
    category = "linear"
    keywords = ("reshape", "vector", "unroll", "row")
    inputs = (Port("x", ("image", "series", "sequence", "state", "vector"), "What is to be laid out in a row."),)
    outputs = (Port("y", ("vector",), "One row for each example."),)
    formula = r"y_{(cH + i)W + j} = x_{c,i,j}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.flatten.html"
    examples = (
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 16, 5, 5), "float", "image")}, "outputs": {"y": ("B", 400)}},
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 9, 6), "float", "sequence")}, "outputs": {"y": ("B", 54)}},
        {"parameters": {}, "inputs": {"x": TensorSpec((2, "B", 6), "float", "state")}, "outputs": {"y": ("B", 12)}},
    )

    def forward(self, inputs: Inputs) -> str:
        """Return the flattening of all but the batch."""
        return "{y} = {x}.transpose(0, 1).flatten(1)" if inputs["x"].kind == "state" else "{y} = {x}.flatten(1)"
