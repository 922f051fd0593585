"""The GELU activation."""

from __future__ import annotations

from typing import Literal

from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class GELU(Block):
    """Gaussian error linear unit: weigh each value by the probability that a standard normal number is smaller.

    Shapes: x (any) -> y (the same)

    Use it in Transformers. It is a smooth ReLU.
    """

    title = "GELU"
    category = "activation"
    keywords = ("gaussian", "transformer", "nonlinearity")
    inputs = (Port("x", FLOAT_KINDS, "Any numbers."),)
    outputs = (Port("y", ("vector",), "The function of each of them.", like="x"),)
    formula = r"y = x \, \Phi(x)"
    source = "Hendrycks, Gimpel: Gaussian Error Linear Units (2016), section 2, https://arxiv.org/abs/1606.08415"
    activation = True
    examples = (
        {"parameters": {"approximate": "tanh"}, "inputs": {"x": TensorSpec(("B", 6), "float", "vector")}, "outputs": {"y": ("B", 6)}},
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 3, 4, 5), "float", "image")}, "outputs": {"y": ("B", 3, 4, 5)}},
    )

    approximate: Literal["none", "tanh"] = param("none", help="The exact function, or its faster approximation with tanh.")

    def module(self, inputs: Inputs) -> Call:
        """Return the activation."""
        return call("nn.GELU", approximate=self.approximate)
