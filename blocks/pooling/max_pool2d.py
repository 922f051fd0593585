"""Largest value of each window of an image."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.fields import MarginPair, WindowPair, pair
from blocks.problems import Problem
from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec
from blocks.windows import pooling_padding, window_fits


class MaxPool2d(Block):
    """Keep the largest value of each window, in each channel by itself: the image shrinks, its strongest responses stay.

    Shapes: x (B, C, H, W) -> y (B, C, H', W'), H' = ⌊(H + 2·padding − dilation·(kernel_size − 1) − 1) / stride⌋ + 1, W' alike

    Use it after convolutions to halve height and width (kernel_size 2). It also makes the answer less sensitive to small shifts.
    """

    title = "Max pool 2D"
    category = "pooling"
    keywords = ("maximum", "downsample", "subsample", "shrink")
    inputs = (Port("x", ("image",), "The image to shrink."),)
    outputs = (Port("y", ("image",), "The largest value of each window."),)
    formula = r"y_{c,i,j} = \max_{u,v} \; x_{c,\, s i + d u - p,\, s j + d v - p}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html"
    examples = (
        {
            "parameters": {"kernel_size": 2},
            "inputs": {"x": TensorSpec(("B", 6, 28, 28), "float", "image")},
            "outputs": {"y": ("B", 6, 14, 14)},
        },
        {
            "parameters": {"kernel_size": [3, 2], "stride": 2, "padding": [1, 0], "ceil_mode": True},
            "inputs": {"x": TensorSpec(("B", 4, 8, 9), "float", "image")},
            "outputs": {"y": ("B", 4, 5, 5)},  # ceil((8 + 2 - 3) / 2) + 1 = 5, ceil((9 - 2) / 2) + 1 = 5
        },
    )

    kernel_size: WindowPair = param(2, unit="pixels", help="Height and width of each window.")
    stride: WindowPair | None = param(None, unit="pixels", help="How far the window moves; left empty, as far as it is large.")
    padding: MarginPair = param(0, unit="pixels", help="Empty margin (−∞) added at each side; at most half of kernel_size.")
    dilation: WindowPair = param(1, unit="pixels", help="Distance between the pixels of a window.")
    ceil_mode: bool = param(False, help="Whether a window that hangs over the edge counts (sizes are rounded up).")

    def module(self, inputs: Inputs) -> Call:
        """Return the pooling."""
        return call(
            "nn.MaxPool2d",
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check the window against the image."""
        kernel_size, padding = pair(self.kernel_size), pair(self.padding)
        yield from pooling_padding(self, kernel_size, padding, pair(self.dilation))
        yield from window_fits(self, inputs["x"].shape[2:], kernel_size, padding, pair(self.dilation))
