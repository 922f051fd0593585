"""Batch normalisation of vectors, series and sequences."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.problems import Problem
from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class BatchNorm1d(Block):
    """Rescale each feature to mean 0 and variance 1 over the batch (and over time), then scale and shift it by learned numbers.

    While training it uses the batch's own mean and variance; afterwards the running ones. Each batch needs at least two examples.

    Shapes: x (B, D) -> y (B, D); x (B, C, T) -> y (B, C, T); x (B, T, D) -> y (B, T, D)

    Use it after a Linear or a Conv 1D, before the activation: training gets faster and cares less about initial weights.
    """

    title = "Batch norm 1D"
    category = "normalisation"
    keywords = ("batch normalization", "bn", "standardise", "normalize")
    inputs = (Port("x", ("vector", "series", "sequence"), "What is to be normalised."),)
    outputs = (Port("y", ("vector",), "The normalised features.", like="x"),)
    formula = r"y = \gamma \, \frac{x - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}} + \beta"
    source = "Ioffe, Szegedy: Batch Normalization (2015), algorithm 1, https://arxiv.org/abs/1502.03167"
    examples = (
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 7), "float", "vector")}, "outputs": {"y": ("B", 7)}},
        {"parameters": {"affine": False}, "inputs": {"x": TensorSpec(("B", 7, 5), "float", "series")}, "outputs": {"y": ("B", 7, 5)}},
        {"parameters": {"momentum": 0.01}, "inputs": {"x": TensorSpec(("B", 9, 5), "float", "sequence")}, "outputs": {"y": ("B", 9, 5)}},
    )

    eps: float = param(1e-5, ge=1e-12, le=1.0, help="Added to the variance, so that nothing is divided by zero.")
    momentum: float = param(0.1, ge=0.0, le=1.0, step=0.01, help="How much of each batch's mean and variance goes into the running ones.")
    affine: bool = param(True, help="Whether a learned scale and shift follow.")
    track_running_stats: bool = param(True, help="Whether running mean and variance are kept and used after training.")

    def module(self, inputs: Inputs) -> Call:
        """Return the normalisation, for as many features as arrive."""
        x = inputs["x"]
        return call(
            "nn.BatchNorm1d",
            x.size(x.axis("features") or 0),
            eps=self.eps,
            momentum=self.momentum,
            affine=self.affine,
            track_running_stats=self.track_running_stats,
        )

    def forward(self, inputs: Inputs) -> str:
        """Return the call; torch wants features before time."""
        if inputs["x"].kind == "sequence":
            return "{y} = {self}({x}.transpose(1, 2)).transpose(1, 2)"
        return "{y} = {self}({x})"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that there is more than one value to take a variance of."""
        x = inputs["x"]
        feature_axis = x.axis("features")
        if all(size == 1 for axis, size in enumerate(x.shape) if axis != feature_axis):
            yield self.problem(
                f"the variance of a batch needs at least 2 values for each feature, got 1 (the input is {x}).",
                "Use a batch size of at least 2, or a Layer norm.",
                port="x",
                expected="at least 2 values for each feature",
                received=str(x),
            )
