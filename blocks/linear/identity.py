"""Hand on what arrives."""

from __future__ import annotations

from blocks.spec import Block, Port
from blocks.tensors import Inputs, TensorSpec


class Identity(Block):
    """Give what arrives, unchanged.

    Shapes: x (any) -> y (the same)

    Use it to name a place in the network, or as a shortcut that a later version of the network replaces.
    """

    title = "Identity"
    category = "linear"
    keywords = ("same", "pass", "nothing", "shortcut", "skip")
    inputs = (Port("x", ("any",), "What is handed on."),)
    outputs = (Port("y", ("any",), "The same.", like="x"),)
    formula = r"y = x"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Identity.html"
    examples = (
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 8), "float", "vector")}, "outputs": {"y": ("B", 8)}},
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 7), "int", "tokens")}, "outputs": {"y": ("B", 7)}},
    )

    def forward(self, inputs: Inputs) -> str:
        """Return the statement that hands it on."""
        return "{y} = {x}"
