"""Where in the sequence each vector stands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor, nn

from blocks.problems import Problem
from blocks.spec import LARGEST_SIZE, Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class SinusoidalPositions(nn.Module):
    """Add sine and cosine waves of falling frequency: x (B, T, D) -> x (B, T, D)."""

    encoding_TD: Tensor

    def __init__(self, features: int, max_length: int) -> None:
        super().__init__()
        position_T1 = torch.arange(max_length, dtype=torch.float32).unsqueeze(1)
        frequency_D = torch.exp(torch.arange(0, features, 2, dtype=torch.float32) * (-math.log(10_000.0) / features))
        encoding_TD = torch.zeros(max_length, features)
        encoding_TD[:, 0::2] = torch.sin(position_T1 * frequency_D)
        encoding_TD[:, 1::2] = torch.cos(position_T1 * frequency_D[: features // 2])
        self.register_buffer("encoding_TD", encoding_TD, persistent=False)

    def forward(self, x_BTD: Tensor) -> Tensor:
        return x_BTD + self.encoding_TD[: x_BTD.shape[1]]


class LearnedPositions(nn.Module):
    """Add a learned vector for each position: x (B, T, D) -> x (B, T, D)."""

    def __init__(self, features: int, max_length: int) -> None:
        super().__init__()
        self.encoding_TD = nn.Parameter(torch.empty(max_length, features))
        nn.init.normal_(self.encoding_TD, std=0.02)

    def forward(self, x_BTD: Tensor) -> Tensor:
        return x_BTD + self.encoding_TD[: x_BTD.shape[1]]


class PositionalEncoding(Block):
    """Add to each vector of a sequence a vector that says where it stands; attention by itself does not see the order.

    Sinusoidal encodings are fixed waves, sin for even and cos for odd features; learned ones start near 0 and are trained.

    Shapes: x (B, T, D) -> y (B, T, D)

    Use it between an Embedding (or a Linear) and the first Multi-head attention. Recurrent layers need none.
    """

    title = "Positional encoding"
    category = "linear"
    keywords = ("position", "sinusoidal", "transformer", "order", "positional embedding")
    inputs = (Port("x", ("sequence",), "A sequence of vectors."),)
    outputs = (Port("y", ("sequence",), "The same, each with its position added."),)
    formula = r"y_{t,2i} = x_{t,2i} + \sin\!\big(t / 10000^{2i/D}\big), \quad y_{t,2i+1} = x_{t,2i+1} + \cos\!\big(t / 10000^{2i/D}\big)"
    source = "Vaswani et al.: Attention Is All You Need (2017), section 3.5, https://arxiv.org/abs/1706.03762"
    support = (SinusoidalPositions, LearnedPositions)
    examples = (
        {"parameters": {"max_length": 16}, "inputs": {"x": TensorSpec(("B", 9, 6), "float", "sequence")}, "outputs": {"y": ("B", 9, 6)}},
        {
            "parameters": {"encoding": "learned", "max_length": 9},
            "inputs": {"x": TensorSpec(("B", 9, 5), "float", "sequence")},
            "outputs": {"y": ("B", 9, 5)},
        },
    )

    encoding: Literal["sinusoidal", "learned"] = param("sinusoidal", help="Fixed waves, or learned vectors.")
    max_length: int = param(512, ge=1, le=LARGEST_SIZE, unit="steps", help="Longest sequence that it can take.")

    def module(self, inputs: Inputs) -> Call:
        """Return the encoding, for as many features as arrive."""
        callee = SinusoidalPositions if self.encoding == "sinusoidal" else LearnedPositions
        return call(callee.__name__, inputs["x"].size(-1), max_length=self.max_length)

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that the sequence is not too long."""
        steps = inputs["x"].shape[1]
        if isinstance(steps, int) and steps > self.max_length:
            yield self.problem(
                f"max_length must be at least the {steps} steps that arrive, got {self.max_length}.",
                f"Set max_length to {steps}.",
                code="bad_parameter",
                parameter="max_length",
                expected=f"at least {steps}",
                received=str(self.max_length),
            )
