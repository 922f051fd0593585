"""The same numbers in another form."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Annotated, Literal

from pydantic import Field

from blocks.problems import Problem
from blocks.spec import LARGEST_SIZE, Block, Port, param
from blocks.tensors import Inputs, Kind, TensorSpec
from blocks.windows import by

NewSize = Annotated[int, Field(ge=-1, le=LARGEST_SIZE)]


class Reshape(Block):
    """Give the numbers of each example another form without changing them or their order.

    One size makes a vector, two a sequence (or a series of channels), three an image. One size may be −1: it is worked out from the others.

    Shapes: x (B, D) -> y (B, *shape)

    Use it to make an image out of a vector (in a decoder or a generator), or steps out of a row.
    It never changes the order: it does not swap channels and time.
    """

    title = "Reshape"
    category = "linear"
    keywords = ("view", "unflatten", "fold", "form", "size")
    inputs = (Port("x", ("vector", "sequence", "image", "series"), "The numbers to arrange anew."),)
    outputs = (Port("y", ("image", "sequence", "series", "vector"), "The same numbers in the new form."),)
    formula = r"\operatorname{vec}(y) = \operatorname{vec}(x)"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.reshape.html"
    examples = (
        {"parameters": {"shape": [8, 7, 7]}, "inputs": {"x": TensorSpec(("B", 392), "float", "vector")}, "outputs": {"y": ("B", 8, 7, 7)}},
        {"parameters": {"shape": [-1, 6]}, "inputs": {"x": TensorSpec(("B", 3, 4, 5), "float", "image")}, "outputs": {"y": ("B", 10, 6)}},
        {
            "parameters": {"shape": [2, -1], "meaning": "series"},
            "inputs": {"x": TensorSpec(("B", 9, 4), "float", "sequence")},
            "outputs": {"y": ("B", 2, 18)},
        },
    )

    shape: tuple[NewSize, ...] = param((-1,), min_length=1, max_length=3, help="The sizes after the batch; one may be −1.")
    meaning: Literal["sequence", "series"] = param(
        "sequence", help="What two sizes mean: a sequence (steps, features), or a series (channels, steps)."
    )

    def forward(self, inputs: Inputs) -> str:
        """Return the reshape, with the size that was left open worked out."""
        return f"{{y}} = {{x}}.reshape(-1, {', '.join(map(str, self._sizes(inputs)))})"

    def output_kinds(self, inputs: Inputs) -> dict[str, Kind]:
        """Return what the number of sizes means."""
        kinds: dict[int, Kind] = {1: "vector", 2: self.meaning, 3: "image"}
        return {"y": kinds[len(self.shape)]}

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that the new form holds as many numbers as the old one."""
        x = inputs["x"]
        total = prod(x.size(axis) for axis in range(1, len(x.shape)))
        known = [size for size in self.shape if size != -1]
        if 0 in known or len(self.shape) - len(known) > 1:
            yield self._refusal("sizes must be at least 1, and −1 may stand only once", total)
        elif total % prod(known) or (len(known) == len(self.shape) and prod(known) != total):
            yield self._refusal(f"the sizes must multiply to the {total:,} numbers ({by(x.shape[1:])}) that arrive", total)

    def _refusal(self, rule: str, total: int) -> Problem:
        return self.problem(
            f"{rule}, got {by(self.shape)}.",
            "Set one of the sizes to -1 and make the others divide what arrives, or use Flatten.",
            code="bad_parameter",
            parameter="shape",
            expected=f"sizes whose product is {total}",
            received=by(self.shape),
        )

    def _sizes(self, inputs: Inputs) -> list[int]:
        x = inputs["x"]
        total = prod(x.size(axis) for axis in range(1, len(x.shape)))
        known = prod(size for size in self.shape if size != -1)
        return [total // known if size == -1 else size for size in self.shape]
