"""Convolution over time."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.fields import Margin, PaddingMode, PaddingName
from blocks.problems import Problem
from blocks.spec import LARGEST_SIZE, Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec
from blocks.windows import convolution_fits, groups_divide


class Conv1d(Block):
    """Slide learned filters along time: each output channel is a pattern, and its value says how strongly the pattern is there.

    A series (B, C, T) is taken as it is. A sequence (B, T, D) is taken with its features as channels, and stays a sequence.

    Shapes: x (B, C, T) -> y (B, out_channels, T'), T' = ⌊(T + 2·padding − dilation·(kernel_size − 1) − 1) / stride⌋ + 1;
    x (B, T, D) -> y (B, T', out_channels)

    Use it for signals and text where what matters is near in time. It trains faster than an LSTM, but sees only its window.
    """

    title = "Conv 1D"
    category = "convolution"
    keywords = ("convolution", "filter", "temporal", "tcn", "signal", "wavenet")
    inputs = (Port("x", ("sequence", "series"), "What the filters slide over."),)
    outputs = (Port("y", ("sequence",), "How strongly each pattern is there at each step.", like="x"),)
    formula = r"y_{c,t} = b_c + \sum_{i} \sum_{k=0}^{K-1} W_{c,i,k}\, x_{i,\, s t + d k - p}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html"
    examples = (
        {
            "parameters": {"out_channels": 6, "kernel_size": 5, "stride": 2, "padding": 1},
            "inputs": {"x": TensorSpec(("B", 3, 20), "float", "series")},
            "outputs": {"y": ("B", 6, 9)},  # (20 + 2 - 5) // 2 + 1
        },
        {
            "parameters": {"out_channels": 8, "kernel_size": 3, "padding": "same"},
            "inputs": {"x": TensorSpec(("B", 10, 4), "float", "sequence")},
            "outputs": {"y": ("B", 10, 8)},
        },
    )

    out_channels: int = param(16, ge=1, le=LARGEST_SIZE, help="Number of filters, which is the number of channels that come out.")
    kernel_size: int = param(3, ge=1, le=1024, unit="steps", help="Length of each filter.")
    stride: int = param(1, ge=1, le=1024, unit="steps", help="How far a filter moves from one output to the next.")
    padding: Margin | PaddingName = param(0, help='Zeros added at each end; "same" keeps the length, "valid" adds none.')
    dilation: int = param(1, ge=1, le=1024, unit="steps", help="Distance between the steps that a filter looks at.")
    groups: int = param(
        1, ge=1, le=LARGEST_SIZE, help="Number of groups of channels that are filtered apart; it divides channels and filters."
    )
    bias: bool = param(True, help="Whether each filter adds a learned constant.")
    padding_mode: PaddingMode = param("zeros", help="What the padding is filled with.")

    def module(self, inputs: Inputs) -> Call:
        """Return the convolution, for as many channels as arrive."""
        return call(
            "nn.Conv1d",
            self._channels(inputs),
            self.out_channels,
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            bias=self.bias,
            padding_mode=self.padding_mode,
        )

    def forward(self, inputs: Inputs) -> str:
        """Return the call; torch wants channels before time."""
        if inputs["x"].kind == "sequence":
            return "{y} = {self}({x}.transpose(1, 2)).transpose(1, 2)"
        return "{y} = {self}({x})"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check groups and window against what arrives."""
        x = inputs["x"]
        steps = x.shape[x.axis("time") or 0]
        padding = self.padding if isinstance(self.padding, str) else (self.padding,)
        yield from groups_divide(self, self._channels(inputs), self.out_channels, self.groups)
        yield from convolution_fits(self, (steps,), (self.kernel_size,), (self.stride,), padding, (self.dilation,), self.padding_mode)

    def _channels(self, inputs: Inputs) -> int:
        x = inputs["x"]
        return x.size(2 if x.kind == "sequence" else 1)
