"""Dropout of whole channels."""

from __future__ import annotations

from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class Dropout2d(Block):
    """Set whole channels of an image to 0 with probability p while training, and scale the others by 1 / (1 − p); afterwards do nothing.

    Shapes: x (B, C, H, W) -> y (B, C, H, W)

    Use it after convolutions: neighbouring pixels say nearly the same, so that dropping single ones (Dropout) changes little.
    """

    title = "Dropout 2D"
    category = "regularisation"
    keywords = ("spatial dropout", "regularization", "overfitting", "channels")
    inputs = (Port("x", ("image",), "The image to thin out."),)
    outputs = (Port("y", ("image",), "The same without some of its channels."),)
    formula = r"y_c = \frac{m_c \, x_c}{1 - p}, \quad m_c \sim \operatorname{Bernoulli}(1 - p)"
    source = (
        "Tompson et al.: Efficient Object Localization Using Convolutional Networks (2015), section 3.2, https://arxiv.org/abs/1411.4280"
    )
    examples = (
        {"parameters": {"p": 0.3}, "inputs": {"x": TensorSpec(("B", 6, 4, 5), "float", "image")}, "outputs": {"y": ("B", 6, 4, 5)}},
    )

    p: float = param(0.5, label="Probability", ge=0.0, le=1.0, step=0.05, help="Probability that a channel is set to 0.")

    def module(self, inputs: Inputs) -> Call:
        """Return the dropout."""
        return call("nn.Dropout2d", p=self.p)
