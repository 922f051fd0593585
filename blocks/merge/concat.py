"""Several wires side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from blocks.merging import same_kinds
from blocks.problems import Problem
from blocks.spec import Block, Port, param
from blocks.tensors import FLOAT_KINDS, Inputs, TensorSpec


class Concat(Block):
    """Put what arrives side by side, in the order of the wires; all other sizes must be the same.

    Shapes: xs (B, C1, H, W), (B, C2, H, W), … -> y (B, C1 + C2 + …, H, W); for vectors and sequences D1 + D2 + …

    Use it for dense connections (DenseNet) and for U-Net: later layers see what earlier ones found, not only a sum of it.
    """

    title = "Concat"
    category = "merge"
    keywords = ("concatenate", "dense connection", "densenet", "unet", "join", "stack", "skip connection")
    inputs = (Port("xs", FLOAT_KINDS, "What is to be put side by side, in order.", many=True),)
    outputs = (Port("y", ("vector",), "All of it.", like="xs"),)
    formula = r"y = [x_1, x_2, \dots, x_n]"
    source = "Huang et al.: Densely Connected Convolutional Networks (2016), equation 2, https://arxiv.org/abs/1608.06993"
    examples = (
        {
            "parameters": {},
            "inputs": {"xs": [TensorSpec(("B", 8, 4, 5), "float", "image"), TensorSpec(("B", 3, 4, 5), "float", "image")]},
            "outputs": {"y": ("B", 11, 4, 5)},
        },
        {
            "parameters": {},
            "inputs": {"xs": [TensorSpec(("B", 9, 6), "float", "sequence"), TensorSpec(("B", 9, 2), "float", "sequence")]},
            "outputs": {"y": ("B", 9, 8)},
        },
        {
            "parameters": {"dim": "time"},
            "inputs": {"xs": [TensorSpec(("B", 9, 6), "float", "sequence"), TensorSpec(("B", 1, 6), "float", "sequence")]},
            "outputs": {"y": ("B", 10, 6)},
        },
    )

    dim: Literal["features", "time", "height", "width"] = param(
        "features", help="What gets longer: features (channels), time, height or width."
    )

    def forward(self, inputs: Inputs) -> str:
        """Return the concatenation along the dimension that is meant."""
        return f"{{y}} = torch.cat([{{xs}}], dim={inputs.many('xs')[0].axis(self.dim)})"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that there is such a dimension, and that all the others agree."""
        arriving = inputs.many("xs")
        first = arriving[0]
        axis = first.axis(self.dim)
        mixed = list(same_kinds(self, arriving))
        yield from mixed
        if axis is None:
            yield self.problem(
                f"dim is {self.dim}, but the input {first} has no {self.dim}.",
                'Set dim to "features".',
                code="bad_parameter",
                parameter="dim",
                expected=f"tensors with {self.dim}",
                received=str(first),
            )
        elif not mixed:
            different = next((other for other in arriving if _but(other, axis) != _but(first, axis)), None)
            if different is not None:
                yield self.problem(
                    f"what is put side by side may differ only in {self.dim}, got {first} and {different}.",
                    _remedy(first),
                    port="xs",
                    expected=f"{first}, but for {self.dim}",
                    received=str(different),
                )


def _but(spec: TensorSpec, axis: int) -> tuple[int | str, ...]:
    return spec.shape[:axis] + spec.shape[axis + 1 :]


def _remedy(first: TensorSpec) -> str:
    if first.kind == "image":
        return "Give the convolutions on the way the padding that keeps height and width, or pool the larger image."
    return "Make both the same size in every other dimension, with a Linear or a pooling on one of the wires."
