"""The Softplus activation."""

from __future__ import annotations

from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class Softplus(Block):
    """A smooth ReLU whose output is always positive.

    Shapes: x (any) -> y (the same)

    Use it where a positive number is wanted, such as a variance or a rate.
    """

    title = "Softplus"
    category = "activation"
    keywords = ("smooth", "positive", "nonlinearity")
    inputs = (Port("x", FLOAT_KINDS, "Any numbers."),)
    outputs = (Port("y", ("vector",), "The function of each of them.", like="x"),)
    formula = r"y = \frac{1}{\beta} \ln(1 + e^{\beta x})"
    source = "Dugas et al.: Incorporating Second-Order Functional Knowledge (2001), equation 5, https://proceedings.neurips.cc/paper/2000/hash/44968aece94f667e4095002d140b5896-Abstract.html"
    activation = True
    examples = (
        {"parameters": {"beta": 2.0}, "inputs": {"x": TensorSpec(("B", 6), "float", "vector")}, "outputs": {"y": ("B", 6)}},
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 3, 4, 5), "float", "image")}, "outputs": {"y": ("B", 3, 4, 5)}},
    )

    beta: float = param(1.0, ge=0.01, le=100.0, step=0.1, help="How sharp the bend is: the larger, the nearer to ReLU.")
    threshold: float = param(20.0, ge=0.0, le=1000.0, help="Above this value of beta·x the function is taken to be x itself.")

    def module(self, inputs: Inputs) -> Call:
        """Return the activation."""
        return call("nn.Softplus", beta=self.beta, threshold=self.threshold)
