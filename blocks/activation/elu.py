"""The ELU activation."""

from __future__ import annotations

from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class ELU(Block):
    """Exponential linear unit: keep what is positive, bend what is negative softly towards −alpha.

    Shapes: x (any) -> y (the same)

    Use it in place of ReLU where the mean of the activations should stay near 0.
    """

    title = "ELU"
    category = "activation"
    keywords = ("exponential linear unit", "nonlinearity")
    inputs = (Port("x", FLOAT_KINDS, "Any numbers."),)
    outputs = (Port("y", ("vector",), "The function of each of them.", like="x"),)
    formula = r"y = x \text{ for } x > 0, \quad y = \alpha (e^{x} - 1) \text{ otherwise}"
    source = "Clevert, Unterthiner, Hochreiter: ELU (2015), equation 15, https://arxiv.org/abs/1511.07289"
    activation = True
    examples = (
        {"parameters": {"alpha": 0.5}, "inputs": {"x": TensorSpec(("B", 6), "float", "vector")}, "outputs": {"y": ("B", 6)}},
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 3, 4, 5), "float", "image")}, "outputs": {"y": ("B", 3, 4, 5)}},
    )

    alpha: float = param(1.0, ge=0.0, le=100.0, step=0.1, help="How far down negative values go.")

    def module(self, inputs: Inputs) -> Call:
        """Return the activation."""
        return call("nn.ELU", alpha=self.alpha)
