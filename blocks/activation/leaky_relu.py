"""The Leaky ReLU activation."""

from __future__ import annotations

from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class LeakyReLU(Block):
    """Keep what is positive, and let a small part of what is negative through.

    Shapes: x (any) -> y (the same)

    Use it instead of ReLU where units die: it always passes some gradient.
    """

    title = "Leaky ReLU"
    category = "activation"
    keywords = ("rectifier", "negative slope", "dead units", "nonlinearity")
    inputs = (Port("x", FLOAT_KINDS, "Any numbers."),)
    outputs = (Port("y", ("vector",), "The function of each of them.", like="x"),)
    formula = r"y = \max(0, x) + a \min(0, x)"
    source = "Maas, Hannun, Ng: Rectifier Nonlinearities Improve Neural Network Acoustic Models (2013), equation 3, https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf"
    examples = (
        {"parameters": {"negative_slope": 0.2}, "inputs": {"x": TensorSpec(("B", 6), "float", "vector")}, "outputs": {"y": ("B", 6)}},
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 3, 4, 5), "float", "image")}, "outputs": {"y": ("B", 3, 4, 5)}},
    )

    negative_slope: float = param(0.01, ge=0.0, le=1.0, step=0.01, help="Slope a for negative values.")

    def module(self, inputs: Inputs) -> Call:
        """Return the activation."""
        return call("nn.LeakyReLU", negative_slope=self.negative_slope)
