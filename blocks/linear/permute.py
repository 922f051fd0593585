"""The dimensions of each example in another order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from blocks.problems import Problem
from blocks.spec import Block, Port, param
from blocks.tensors import Inputs, Kind, TensorSpec

Place = Annotated[int, Field(ge=1, le=3)]


class Permute(Block):
    """Put the dimensions of each example into another order; the batch stays in front.

    Swapping the two dimensions of a sequence makes a series of channels of it, and the other way round.

    Shapes: x (B, T, D) -> y (B, D, T); x (B, C, T) -> y (B, T, C); x (B, C, H, W) -> y (B, H, W, C) with order 2, 3, 1

    Use it between a Sequence input, an LSTM or attention, which want time first, and a Conv 1D, which wants channels first.
    Reshape keeps the order of the numbers and cannot do this.
    """

    title = "Permute"
    category = "linear"
    keywords = ("transpose", "swap", "axes", "dimensions", "order", "channels last")
    inputs = (Port("x", ("sequence", "series", "image"), "What is to be turned."),)
    outputs = (Port("y", ("series", "sequence", "image"), "The same numbers, turned."),)
    formula = r"y_{i_{\pi(1)}, \dots, i_{\pi(n)}} = x_{i_1, \dots, i_n}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.permute.html"
    examples = (
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 9, 4), "float", "sequence")}, "outputs": {"y": ("B", 4, 9)}},
        {"parameters": {"order": [2, 1]}, "inputs": {"x": TensorSpec(("B", 3, 20), "float", "series")}, "outputs": {"y": ("B", 20, 3)}},
        {
            "parameters": {"order": [2, 3, 1]},
            "inputs": {"x": TensorSpec(("B", 3, 5, 7), "float", "image")},
            "outputs": {"y": ("B", 5, 7, 3)},
        },
    )

    order: tuple[Place, ...] = param(
        (2, 1), min_length=1, max_length=3, help="Which dimension comes first, second, third; the batch is not counted."
    )

    def forward(self, inputs: Inputs) -> str:
        """Return the permutation."""
        return f"{{y}} = {{x}}.permute(0, {', '.join(map(str, self.order))})"

    def output_kinds(self, inputs: Inputs) -> dict[str, Kind]:
        """Return the other of sequence and series where time and features change places."""
        turned: dict[Kind, Kind] = {"sequence": "series", "series": "sequence"}
        kind = inputs["x"].kind
        return {"y": turned.get(kind, kind) if self.order == (2, 1) else kind}

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that the order names each dimension once."""
        x = inputs["x"]
        places = list(range(1, len(x.shape)))
        if sorted(self.order) != places:
            turned = [*places[1:], 1]
            yield self.problem(
                f"order must name each of the dimensions 1 to {places[-1]} of {x} once, got {', '.join(map(str, self.order))}.",
                f"Set order to {turned}.",
                code="bad_parameter",
                parameter="order",
                expected=f"the numbers 1 to {places[-1]} in any order",
                received=", ".join(map(str, self.order)),
            )
