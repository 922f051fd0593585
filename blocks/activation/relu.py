"""The ReLU activation."""

from __future__ import annotations

from blocks.spec import Block, Call, Port, call
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class ReLU(Block):
    """Rectified linear unit: keep what is positive, make the rest 0.

    Shapes: x (any) -> y (the same)

    Use it by default in convolutional networks and MLPs, with He initialisation.
    A unit that is negative for every example is dead: it no longer learns.
    """

    title = "ReLU"
    category = "activation"
    keywords = ("rectifier", "nonlinearity")
    inputs = (Port("x", FLOAT_KINDS, "Any numbers."),)
    outputs = (Port("y", ("vector",), "The function of each of them.", like="x"),)
    formula = r"y = \max(0, x)"
    source = "Nair, Hinton: Rectified Linear Units Improve Restricted Boltzmann Machines (2010), https://www.cs.toronto.edu/~hinton/absps/reluICML.pdf"
    activation = True
    examples = (
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 6), "float", "vector")}, "outputs": {"y": ("B", 6)}},
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 3, 4, 5), "float", "image")}, "outputs": {"y": ("B", 3, 4, 5)}},
    )

    def module(self, inputs: Inputs) -> Call:
        """Return the activation."""
        return call("nn.ReLU")
