"""The sum of several wires."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.merging import projection, same_kinds
from blocks.problems import Problem
from blocks.spec import Block, Port
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class Add(Block):
    """Add what arrives, value by value; all must have the same shape.

    Shapes: xs, any number of the same shape -> y (the same)

    Use it for residual connections: connect the input of a few layers and their output. The gradient then has a short way back,
    so that networks of a hundred layers learn.
    """

    title = "Add"
    category = "merge"
    keywords = ("sum", "residual", "skip connection", "shortcut", "resnet", "plus")
    inputs = (Port("xs", FLOAT_KINDS, "What is to be added.", many=True),)
    outputs = (Port("y", ("vector",), "The sum.", like="xs"),)
    formula = r"y = \sum_i x_i"
    source = "He, Zhang, Ren, Sun: Deep Residual Learning (2015), equation 1, https://arxiv.org/abs/1512.03385"
    examples = (
        {
            "parameters": {},
            "inputs": {"xs": [TensorSpec(("B", 8, 4, 5), "float", "image"), TensorSpec(("B", 8, 4, 5), "float", "image")]},
            "outputs": {"y": ("B", 8, 4, 5)},
        },
        {
            "parameters": {},
            "inputs": {"xs": [TensorSpec(("B", 6), "float", "vector")] * 3},
            "outputs": {"y": ("B", 6)},
        },
    )

    def forward(self, inputs: Inputs) -> str:
        """Return the sum."""
        return "{y} = " + " + ".join(f"{{xs[{number}]}}" for number in range(len(inputs.many("xs"))))

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that all have the same shape; torch would stretch some."""
        arriving = inputs.many("xs")
        mixed = list(same_kinds(self, arriving))
        yield from mixed
        first = arriving[0]
        different = next((other for other in arriving if other.shape != first.shape), None)
        if different is not None and not mixed:
            yield self.problem(
                f"what is added must have the same shape, got {first} and {different}.",
                projection(first, different),
                port="xs",
                expected=str(first),
                received=str(different),
            )
