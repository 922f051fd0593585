"""Normalisation of each example by itself."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from blocks.problems import Problem
from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class LayerNorm(Block):
    """Rescale each example to mean 0 and variance 1 over its features, then scale and shift each feature by learned numbers.

    In a sequence each step is normalised by itself; in an image or a series all channels together.

    Shapes: x (B, D) -> y (B, D); x (B, T, D) -> y (B, T, D), over D; x (B, C, H, W) -> y (B, C, H, W), over C, H and W

    Use it in Transformers and recurrent networks. It does not depend on the batch and does the same while training and afterwards.
    """

    title = "Layer norm"
    category = "normalisation"
    keywords = ("layer normalization", "ln", "transformer", "normalize")
    inputs = (Port("x", ("sequence", "vector", "image", "series", "state"), "What is to be normalised."),)
    outputs = (Port("y", ("sequence",), "The normalised features.", like="x"),)
    formula = r"y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta, \quad \mu = \tfrac{1}{D} \sum_d x_d"
    source = "Ba, Kiros, Hinton: Layer Normalization (2016), equation 3, https://arxiv.org/abs/1607.06450"
    examples = (
        {"parameters": {}, "inputs": {"x": TensorSpec(("B", 9, 6), "float", "sequence")}, "outputs": {"y": ("B", 9, 6)}},
        {"parameters": {"bias": False}, "inputs": {"x": TensorSpec(("B", 6), "float", "vector")}, "outputs": {"y": ("B", 6)}},
        {
            "parameters": {"elementwise_affine": False},
            "inputs": {"x": TensorSpec(("B", 3, 4, 5), "float", "image")},
            "outputs": {"y": ("B", 3, 4, 5)},
        },
    )

    eps: float = param(1e-5, ge=1e-12, le=1.0, help="Added to the variance, so that nothing is divided by zero.")
    elementwise_affine: bool = param(True, help="Whether a learned scale and shift follow.")
    bias: bool = param(True, help="Whether the learned shift is part of it.")

    def module(self, inputs: Inputs) -> Call:
        """Return the normalisation, over the sizes that arrive."""
        over = self._normalized_shape(inputs)
        return call(
            "nn.LayerNorm",
            over[0] if len(over) == 1 else over,
            eps=self.eps,
            elementwise_affine=self.elementwise_affine,
            bias=self.bias,
        )

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that there is more than one value to take a variance of."""
        if prod(self._normalized_shape(inputs)) == 1:
            yield self.problem(
                f"a single feature minus its own mean is always 0, and the input {inputs['x']} has a single one.",
                "Remove this block, or give the layer before it more features.",
                port="x",
                expected="at least 2 features",
                received=str(inputs["x"]),
                severity="warning",
            )

    def _normalized_shape(self, inputs: Inputs) -> tuple[int, ...]:
        x = inputs["x"]
        first = 1 if x.kind in ("image", "series") else len(x.shape) - 1
        return tuple(x.size(axis) for axis in range(first, len(x.shape)))
