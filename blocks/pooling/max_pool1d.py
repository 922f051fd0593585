"""Largest value of each window of time."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.fields import Window
from blocks.problems import Problem
from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec
from blocks.windows import pooling_padding, window_fits


class MaxPool1d(Block):
    """Keep the largest value of each window of time, in each channel by itself.

    A series (B, C, T) is taken as it is. A sequence (B, T, D) is taken with its features as channels, and stays a sequence.

    Shapes: x (B, C, T) -> y (B, C, T'), T' = ⌊(T + 2·padding − dilation·(kernel_size − 1) − 1) / stride⌋ + 1; x (B, T, D) -> y (B, T', D)

    Use it after Conv 1D to shorten a signal.
    """

    title = "Max pool 1D"
    category = "pooling"
    keywords = ("maximum", "downsample", "subsample", "shorten", "temporal")
    inputs = (Port("x", ("sequence", "series"), "What is to be shortened."),)
    outputs = (Port("y", ("sequence",), "The largest value of each window.", like="x"),)
    formula = r"y_{c,t} = \max_{k} \; x_{c,\, s t + d k - p}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html"
    examples = (
        {
            "parameters": {"kernel_size": 2},
            "inputs": {"x": TensorSpec(("B", 6, 21), "float", "series")},
            "outputs": {"y": ("B", 6, 10)},
        },
        {
            "parameters": {"kernel_size": 3, "stride": 2, "padding": 1},
            "inputs": {"x": TensorSpec(("B", 12, 4), "float", "sequence")},
            "outputs": {"y": ("B", 6, 4)},  # (12 + 2 - 3) // 2 + 1
        },
    )

    kernel_size: int = param(2, ge=1, le=1024, unit="steps", help="Length of each window.")
    stride: Window | None = param(None, unit="steps", help="How far the window moves; left empty, as far as it is long.")
    padding: int = param(0, ge=0, le=1024, unit="steps", help="Empty margin (−∞) added at each end; at most half of kernel_size.")
    dilation: int = param(1, ge=1, le=1024, unit="steps", help="Distance between the steps of a window.")
    ceil_mode: bool = param(False, help="Whether a window that hangs over the end counts (sizes are rounded up).")

    def module(self, inputs: Inputs) -> Call:
        """Return the pooling."""
        return call(
            "nn.MaxPool1d",
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )

    def forward(self, inputs: Inputs) -> str:
        """Return the call; torch wants channels before time."""
        if inputs["x"].kind == "sequence":
            return "{y} = {self}({x}.transpose(1, 2)).transpose(1, 2)"
        return "{y} = {self}({x})"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check the window against the length."""
        x = inputs["x"]
        yield from pooling_padding(self, (self.kernel_size,), (self.padding,), (self.dilation,))
        yield from window_fits(self, (x.shape[x.axis("time") or 0],), (self.kernel_size,), (self.padding,), (self.dilation,))
