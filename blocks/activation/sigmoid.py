"""The Sigmoid activation."""

from __future__ import annotations

from blocks.spec import Block, Call, Port, call
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class Sigmoid(Block):
    """Squeeze each value to between 0 and 1.

    Shapes: x (any) -> y (the same)

    Use it for probabilities and gates. Between many layers it makes gradients vanish: its slope is 1/4 at most.
    """

    title = "Sigmoid"
    category = "activation"
    keywords = ("logistic", "probability", "gate", "nonlinearity")
    inputs = (Port("x", FLOAT_KINDS, "Any numbers."),)
    outputs = (Port("y", ("vector",), "The function of each of them.", like="x"),)
    formula = r"y = \sigma(x) = \frac{1}{1 + e^{-x}}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html"
    activation = True
    examples = (
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 6), "float", "vector")}, "outputs": {"y": ("B", 6)}},
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 3, 4, 5), "float", "image")}, "outputs": {"y": ("B", 3, 4, 5)}},
    )

    def module(self, inputs: Inputs) -> Call:
        """Return the activation."""
        return call("nn.Sigmoid")
