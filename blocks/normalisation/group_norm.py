"""Normalisation of groups of channels."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.problems import Problem
from blocks.spec import LARGEST_SIZE, Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class GroupNorm(Block):
    """Split the channels into groups and rescale each group of each example to mean 0 and variance 1, then scale and shift each channel.

    Shapes: x (B, C, H, W) -> y (B, C, H, W); x (B, C, T) -> y (B, C, T); x (B, D) -> y (B, D)

    Use it instead of Batch norm 2D when batches are small: it does not depend on the batch.
    One group is a Layer norm over the image; as many groups as channels is an Instance norm.
    """

    title = "Group norm"
    category = "normalisation"
    keywords = ("group normalization", "gn", "small batch", "normalize")
    inputs = (Port("x", ("image", "series", "vector"), "What is to be normalised."),)
    outputs = (Port("y", ("image",), "The normalised channels.", like="x"),)
    formula = r"y_c = \gamma_c \, \frac{x_c - \mu_{g(c)}}{\sqrt{\sigma_{g(c)}^2 + \epsilon}} + \beta_c"
    source = "Wu, He: Group Normalization (2018), equations 1-7, https://arxiv.org/abs/1803.08494"
    examples = (
        {
            "parameters": {"num_groups": 3},
            "inputs": {"x": TensorSpec(("B", 6, 4, 5), "float", "image")},
            "outputs": {"y": ("B", 6, 4, 5)},
        },
        {
            "parameters": {"num_groups": 1, "affine": False},
            "inputs": {"x": TensorSpec(("B", 6), "float", "vector")},
            "outputs": {"y": ("B", 6)},
        },
    )

    num_groups: int = param(1, ge=1, le=LARGEST_SIZE, help="Number of groups; it divides the number of channels.")
    eps: float = param(1e-5, ge=1e-12, le=1.0, help="Added to the variance, so that nothing is divided by zero.")
    affine: bool = param(True, help="Whether a learned scale and shift follow for each channel.")

    def module(self, inputs: Inputs) -> Call:
        """Return the normalisation, for as many channels as arrive."""
        return call("nn.GroupNorm", self.num_groups, inputs["x"].size(1), eps=self.eps, affine=self.affine)

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that the groups divide the channels, and hold more than one value each."""
        x = inputs["x"]
        channels = x.size(1)
        if channels % self.num_groups:
            largest = max(groups for groups in range(1, min(self.num_groups, channels) + 1) if channels % groups == 0)
            yield self.problem(
                f"num_groups must divide {channels} channels, got {self.num_groups}.",
                f"Set num_groups to {largest}.",
                code="bad_parameter",
                parameter="num_groups",
                expected=f"a divisor of {channels}",
                received=str(self.num_groups),
            )
        elif channels == self.num_groups and all(size == 1 for size in x.shape[2:]):
            yield self.problem(
                f"the variance of a group needs at least 2 values, got 1 ({channels} channels in {self.num_groups} groups, input {x}).",
                "Set num_groups to 1." if channels > 1 else "Remove this block, or give the layer before it more channels.",
                code="bad_parameter",
                parameter="num_groups",
                expected="at least 2 values in each group",
                received=str(x),
            )
