"""The product of several wires."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.merging import projection, same_kinds
from blocks.problems import Problem
from blocks.spec import Block, Port
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class Multiply(Block):
    """Multiply what arrives, value by value; a size of 1 is stretched to fit the others.

    Shapes: xs, any number of the same shape, or with sizes of 1 -> y (the largest sizes)

    Use it for gates: one wire says how much of the other gets through. A squeeze-and-excitation block multiplies an image (B, C, H, W)
    by a weight for each channel (B, C, 1, 1).
    """

    title = "Multiply"
    category = "merge"
    keywords = ("product", "gate", "times", "squeeze and excitation", "scale", "elementwise")
    inputs = (Port("xs", FLOAT_KINDS, "What is to be multiplied.", many=True),)
    outputs = (Port("y", ("vector",), "The product.", like="xs"),)
    formula = r"y = \prod_i x_i"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.mul.html"
    examples = (
        {
            "parameters": {},
            "inputs": {"xs": [TensorSpec(("B", 8, 4, 5), "float", "image"), TensorSpec(("B", 8, 1, 1), "float", "image")]},
            "outputs": {"y": ("B", 8, 4, 5)},
        },
        {
            "parameters": {},
            "inputs": {"xs": [TensorSpec(("B", 6), "float", "vector")] * 2},
            "outputs": {"y": ("B", 6)},
        },
    )

    def forward(self, inputs: Inputs) -> str:
        """Return the product."""
        return "{y} = " + " * ".join(f"{{xs[{number}]}}" for number in range(len(inputs.many("xs"))))

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that all shapes are the same but for sizes of 1."""
        arriving = inputs.many("xs")
        mixed = list(same_kinds(self, arriving))
        yield from mixed
        first = arriving[0]
        different = next((other for other in arriving if not _stretches(first, other)), None)
        if different is not None and not mixed:
            yield self.problem(
                f"what is multiplied must have the same shape, or sizes of 1, got {first} and {different}.",
                projection(first, different, stretch=True),
                port="xs",
                expected=str(first),
                received=str(different),
            )


def _stretches(first: TensorSpec, other: TensorSpec) -> bool:
    return all(one == two or 1 in (one, two) for one, two in zip(first.shape, other.shape, strict=False))
