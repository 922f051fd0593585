"""Transposed convolution over images: it enlarges them."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.fields import MarginPair, WindowPair, pair
from blocks.problems import Problem
from blocks.spec import LARGEST_SIZE, Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec
from blocks.windows import by, groups_divide


class ConvTranspose2d(Block):
    """Enlarge an image with learned filters: each pixel stamps its filter on the output, and stamps that overlap add up.

    It goes the way of a Conv 2D backwards: shapes, that is, not values.

    Shapes: x (B, C, H, W) -> y (B, out_channels, H', W'),
    H' = (H − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1, W' alike

    Use it in decoders and generators. kernel_size 2 with stride 2, or 4 with stride 2 and padding 1, doubles the size;
    a kernel size that is a multiple of the stride avoids a chequered pattern.
    """

    title = "Conv transpose 2D"
    category = "convolution"
    keywords = ("deconvolution", "upsample", "upconvolution", "decoder", "generator", "unet")
    inputs = (Port("x", ("image",), "The image to enlarge."),)
    outputs = (Port("y", ("image",), "The larger image."),)
    formula = r"y_{c,\, s i + d u - p,\, s j + d v - p} \mathrel{+}= \sum_{k} W_{k,c,u,v}\, x_{k,i,j}, \quad y_c \mathrel{+}= b_c"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html"
    examples = (
        {
            "parameters": {"out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1},
            "inputs": {"x": TensorSpec(("B", 8, 7, 7), "float", "image")},
            "outputs": {"y": ("B", 3, 14, 14)},  # 6 * 2 - 2 + 3 + 1
        },
        {
            "parameters": {"out_channels": 4, "kernel_size": [3, 2], "stride": [2, 1], "output_padding": [1, 0], "groups": 2},
            "inputs": {"x": TensorSpec(("B", 2, 4, 5), "float", "image")},
            "outputs": {"y": ("B", 4, 10, 6)},  # 3 * 2 + 2 + 1 + 1, 4 * 1 + 1 + 1
        },
    )

    out_channels: int = param(16, ge=1, le=LARGEST_SIZE, help="Number of channels that come out.")
    kernel_size: WindowPair = param(2, unit="pixels", help="Height and width of each filter.")
    stride: WindowPair = param(
        2, unit="pixels", help="How far apart the stamps of neighbouring pixels are: how many times larger the output is."
    )
    padding: MarginPair = param(0, unit="pixels", help="Pixels cut off at each side of the output.")
    output_padding: MarginPair = param(0, unit="pixels", help="Pixels added at the lower right; smaller than the stride.")
    dilation: WindowPair = param(1, unit="pixels", help="Distance between the pixels that a filter writes to.")
    groups: int = param(
        1, ge=1, le=LARGEST_SIZE, help="Number of groups of channels that are filtered apart; it divides channels and filters."
    )
    bias: bool = param(True, help="Whether each output channel adds a learned constant.")

    def module(self, inputs: Inputs) -> Call:
        """Return the transposed convolution, for as many channels as arrive."""
        return call(
            "nn.ConvTranspose2d",
            inputs["x"].size(1),
            self.out_channels,
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            output_padding=self.output_padding,
            dilation=self.dilation,
            groups=self.groups,
            bias=self.bias,
        )

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check groups, the size that comes out, and the output padding."""
        x = inputs["x"]
        kernel_size, stride, padding = pair(self.kernel_size), pair(self.stride), pair(self.padding)
        output_padding, dilation = pair(self.output_padding), pair(self.dilation)
        yield from groups_divide(self, x.size(1), self.out_channels, self.groups)
        if any(extra >= max(step, spread) for extra, step, spread in zip(output_padding, stride, dilation, strict=True)):
            yield self.problem(
                f"output_padding must be smaller than the stride {by(stride)} or the dilation {by(dilation)}, got {by(output_padding)}.",
                f"Set output_padding to {max(min(stride), min(dilation)) - 1}.",
                code="bad_parameter",
                parameter="output_padding",
                expected=f"below {by(stride)}",
                received=by(output_padding),
            )
        sizes = [
            (x.size(2 + i) - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel_size[i] - 1) + output_padding[i] + 1 for i in (0, 1)
        ]
        if min(sizes) < 1:
            yield self.problem(
                f"padding {by(padding)} cuts off the whole output: {by(sizes)} would be left of an image of {by(x.shape[2:])}.",
                "Set padding to 0.",
                code="bad_parameter",
                parameter="padding",
                expected="an output of at least 1 × 1",
                received=by(sizes),
            )
