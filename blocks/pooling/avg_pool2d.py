"""Average of each window of an image."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.fields import MarginPair, WindowPair, pair
from blocks.problems import Problem
from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec
from blocks.windows import pooling_padding, window_fits


class AvgPool2d(Block):
    """Replace each window by its average, in each channel by itself: the image shrinks and gets smoother.

    Shapes: x (B, C, H, W) -> y (B, C, H', W'), H' = ⌊(H + 2·padding − kernel_size) / stride⌋ + 1, W' alike

    Use it to shrink an image without picking out its strongest responses, as LeNet-5 and DenseNet's transitions do.
    """

    title = "Average pool 2D"
    category = "pooling"
    keywords = ("mean", "average", "downsample", "subsample", "smooth")
    inputs = (Port("x", ("image",), "The image to shrink."),)
    outputs = (Port("y", ("image",), "The average of each window."),)
    formula = r"y_{c,i,j} = \frac{1}{K^2} \sum_{u,v} x_{c,\, s i + u - p,\, s j + v - p}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html"
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
    padding: MarginPair = param(0, unit="pixels", help="Zeros added at each side; at most half of kernel_size.")
    ceil_mode: bool = param(False, help="Whether a window that hangs over the edge counts (sizes are rounded up).")
    count_include_pad: bool = param(True, help="Whether the padding counts in the average.")

    def module(self, inputs: Inputs) -> Call:
        """Return the pooling."""
        return call(
            "nn.AvgPool2d",
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            ceil_mode=self.ceil_mode,
            count_include_pad=self.count_include_pad,
        )

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check the window against the image."""
        kernel_size, padding = pair(self.kernel_size), pair(self.padding)
        yield from pooling_padding(self, kernel_size, padding, (1, 1))
        yield from window_fits(self, inputs["x"].shape[2:], kernel_size, padding, (1, 1))
