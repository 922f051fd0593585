"""Dropout of single values."""

from __future__ import annotations

from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class Dropout(Block):
    """Set each value to 0 with probability p while training, and scale the others by 1 / (1 − p); afterwards do nothing.

    Shapes: x (any) -> y (the same)

    Use it before or after large Linear layers when the network learns the training data by heart (the validation loss rises while the
    training loss falls). 0.1 to 0.5 is usual.
    """

    title = "Dropout"
    category = "regularisation"
    keywords = ("regularization", "overfitting", "noise", "drop")
    inputs = (Port("x", FLOAT_KINDS, "What is to be thinned out."),)
    outputs = (Port("y", ("vector",), "The same with holes.", like="x"),)
    formula = r"y = \frac{m \odot x}{1 - p}, \quad m \sim \operatorname{Bernoulli}(1 - p)"
    source = "Srivastava et al.: Dropout (2014), section 4, https://jmlr.org/papers/v15/srivastava14a.html"
    examples = ({"parameters": {"p": 0.2}, "inputs": {"x": TensorSpec(("B", 9, 6), "float", "sequence")}, "outputs": {"y": ("B", 9, 6)}},)

    p: float = param(0.5, label="Probability", ge=0.0, le=1.0, step=0.05, help="Probability that a value is set to 0.")

    def module(self, inputs: Inputs) -> Call:
        """Return the dropout."""
        return call("nn.Dropout", p=self.p)
