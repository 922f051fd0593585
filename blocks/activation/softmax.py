"""The softmax activation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from blocks.problems import Problem
from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class Softmax(Block):
    """Turn numbers into shares: all positive, and 1 in sum along one dimension.

    Shapes: x (any) -> y (the same)

    Use it for the weights of a mixture. Do not put it before a Cross-entropy loss, which has it inside: taken twice, it slows learning.
    """

    title = "Softmax"
    category = "activation"
    keywords = ("probabilities", "normalised exponential", "classifier", "shares")
    inputs = (Port("x", FLOAT_KINDS, "Any numbers."),)
    outputs = (Port("y", ("vector",), "Their shares.", like="x"),)
    formula = r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html"
    examples = (
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 6), "float", "vector")}, "outputs": {"y": ("B", 6)}},
        {"parameters": {"dim": "time"}, "inputs": {"x": TensorSpec(("B", 9, 5), "float", "sequence")}, "outputs": {"y": ("B", 9, 5)}},
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 3, 4, 5), "float", "image")}, "outputs": {"y": ("B", 3, 4, 5)}},
    )

    dim: Literal["features", "time"] = param("features", help="Along what the shares add up to 1: features (channels, classes), or time.")

    def module(self, inputs: Inputs) -> Call:
        """Return the softmax along the dimension that is meant."""
        return call("nn.Softmax", dim=self._axis(inputs))

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that there is such a dimension."""
        x = inputs["x"]
        if x.axis("time") is None and self.dim == "time":
            yield self.problem(
                f"dim is time, but the input {x} has no time.",
                'Set dim to "features".',
                code="bad_parameter",
                parameter="dim",
                expected="a sequence or a series",
                received=str(x),
            )

    def _axis(self, inputs: Inputs) -> int:
        axis = inputs["x"].axis(self.dim)
        return len(inputs["x"].shape) - 1 if axis is None else axis
