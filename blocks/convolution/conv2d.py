"""Convolution over images."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.fields import MarginPair, PaddingMode, PaddingName, WindowPair, pair
from blocks.problems import Problem
from blocks.spec import LARGEST_SIZE, Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec
from blocks.windows import convolution_fits, groups_divide


class Conv2d(Block):
    """Slide learned filters over an image: each output channel is a pattern, and its value says how strongly the pattern is there.

    Shapes: x (B, C, H, W) -> y (B, out_channels, H', W'), H' = ⌊(H + 2·padding − dilation·(kernel_size − 1) − 1) / stride⌋ + 1, W' alike

    Use it on images. 3 × 3 with padding 1 keeps the size; stride 2 halves it; 1 × 1 changes only the number of channels (a projection).
    """

    title = "Conv 2D"
    category = "convolution"
    keywords = ("convolution", "filter", "cnn", "kernel", "projection", "depthwise", "1x1")
    inputs = (Port("x", ("image",), "The image that the filters slide over."),)
    outputs = (Port("y", ("image",), "How strongly each pattern is there at each place."),)
    formula = r"y_{c,i,j} = b_c + \sum_{k} \sum_{u,v} W_{c,k,u,v}\, x_{k,\, s i + d u - p,\, s j + d v - p}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html"
    examples = (
        {
            "parameters": {"out_channels": 6, "kernel_size": 5, "padding": 2},
            "inputs": {"x": TensorSpec(("B", 1, 28, 28), "float", "image")},
            "outputs": {"y": ("B", 6, 28, 28)},  # 28 + 4 - 5 + 1
        },
        {
            "parameters": {
                "out_channels": 8,
                "kernel_size": [3, 5],
                "stride": [2, 1],
                "padding": [1, 0],
                "dilation": [1, 2],
                "groups": 4,
                "bias": False,
            },
            "inputs": {"x": TensorSpec(("B", 4, 9, 16), "float", "image")},
            "outputs": {"y": ("B", 8, 5, 8)},  # (9 + 2 - 3) // 2 + 1, 16 - 2 * 4 - 1 + 1
        },
        {
            "parameters": {"out_channels": 2, "kernel_size": 3, "padding": "same", "padding_mode": "reflect"},
            "inputs": {"x": TensorSpec(("B", 2, 5, 7), "float", "image")},
            "outputs": {"y": ("B", 2, 5, 7)},
        },
    )

    out_channels: int = param(16, ge=1, le=LARGEST_SIZE, help="Number of filters, which is the number of channels that come out.")
    kernel_size: WindowPair = param(3, unit="pixels", help="Height and width of each filter.")
    stride: WindowPair = param(1, unit="pixels", help="How far a filter moves from one output to the next.")
    padding: MarginPair | PaddingName = param(0, help='Zeros added at each side; "same" keeps the size, "valid" adds none.')
    dilation: WindowPair = param(1, unit="pixels", help="Distance between the pixels that a filter looks at.")
    groups: int = param(
        1, ge=1, le=LARGEST_SIZE, help="Number of groups of channels that are filtered apart; it divides channels and filters."
    )
    bias: bool = param(True, help="Whether each filter adds a learned constant; leave it out before batch normalisation.")
    padding_mode: PaddingMode = param("zeros", help="What the padding is filled with.")

    def module(self, inputs: Inputs) -> Call:
        """Return the convolution, for as many channels as arrive."""
        return call(
            "nn.Conv2d",
            inputs["x"].size(1),
            self.out_channels,
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            bias=self.bias,
            padding_mode=self.padding_mode,
        )

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check groups and window against what arrives."""
        x = inputs["x"]
        padding = self.padding if isinstance(self.padding, str) else pair(self.padding)
        yield from groups_divide(self, x.size(1), self.out_channels, self.groups)
        yield from convolution_fits(
            self, x.shape[2:], pair(self.kernel_size), pair(self.stride), padding, pair(self.dilation), self.padding_mode
        )
