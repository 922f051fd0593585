"""The SiLU activation."""

from __future__ import annotations

from blocks.spec import Block, Call, Port, call
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class SiLU(Block):
    """Sigmoid linear unit, also called swish: weigh each value by its own sigmoid.

    Shapes: x (any) -> y (the same)

    Use it in deep convolutional networks such as EfficientNet. It is a smooth ReLU.
    """

    title = "SiLU"
    category = "activation"
    keywords = ("swish", "sigmoid linear unit", "nonlinearity")
    inputs = (Port("x", FLOAT_KINDS, "Any numbers."),)
    outputs = (Port("y", ("vector",), "The function of each of them.", like="x"),)
    formula = r"y = x \, \sigma(x)"
    source = "Elfwing, Uchibe, Doya: Sigmoid-Weighted Linear Units (2017), equation 3, https://arxiv.org/abs/1702.03118"
    activation = True
    examples = (
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 6), "float", "vector")}, "outputs": {"y": ("B", 6)}},
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 3, 4, 5), "float", "image")}, "outputs": {"y": ("B", 3, 4, 5)}},
    )

    def module(self, inputs: Inputs) -> Call:
        """Return the activation."""
        return call("nn.SiLU")
