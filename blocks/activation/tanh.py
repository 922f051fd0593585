"""The Tanh activation."""

from __future__ import annotations

from blocks.spec import Block, Call, Port, call
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class Tanh(Block):
    """Squeeze each value to between −1 and 1.

    Shapes: x (any) -> y (the same)

    Use it in small networks with Xavier initialisation, and where values should be centred on 0.
    Large values saturate: their slope is near 0.
    """

    title = "Tanh"
    category = "activation"
    keywords = ("hyperbolic tangent", "nonlinearity")
    inputs = (Port("x", FLOAT_KINDS, "Any numbers."),)
    outputs = (Port("y", ("vector",), "The function of each of them.", like="x"),)
    formula = r"y = \tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}"
    source = "LeCun et al.: Efficient BackProp (1998), section 4.4, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf"
    activation = True
    examples = (
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 6), "float", "vector")}, "outputs": {"y": ("B", 6)}},
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 3, 4, 5), "float", "image")}, "outputs": {"y": ("B", 3, 4, 5)}},
    )

    def module(self, inputs: Inputs) -> Call:
        """Return the activation."""
        return call("nn.Tanh")
