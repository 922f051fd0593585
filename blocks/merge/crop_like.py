"""The middle of an image, as large as another image."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn

from blocks.problems import Problem
from blocks.spec import Block, Call, Port, call
from blocks.tensors import Inputs, TensorSpec
from blocks.windows import by


class CenterCrop(nn.Module):
    """Cut the middle out of an image, as large as another one; an odd pixel stays at the lower right.

    Shapes: x (B, C, H, W), like (B, K, h, w) -> y (B, C, h, w)
    """

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        """Return a view of the middle of x."""
        height, width = like.shape[2:]
        top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
        return x[:, :, top : top + height, left : left + width]


class CropLike(Block):
    """Cut the middle out of an image, so that it is as large as another one; where both are of one size it changes nothing.

    Shapes: x (B, C, H, W), like (B, K, h, w) -> y (B, C, h, w), h ≤ H and w ≤ W

    Use it before a Concat in a U-Net, whose convolutions without padding leave the image smaller on the way up than it was on the
    way down.
    """

    title = "Crop like"
    category = "merge"
    keywords = ("center crop", "centre", "cut", "unet", "copy and crop", "skip connection", "trim")
    inputs = (
        Port("x", ("image",), "The image to cut."),
        Port("like", ("image",), "The image whose height and width it gets; its values do not matter.", only_size=True),
    )
    outputs = (Port("y", ("image",), "The middle of x."),)
    formula = r"y_{c,i,j} = x_{c,\; i + \lfloor (H - h) / 2 \rfloor,\; j + \lfloor (W - w) / 2 \rfloor}"
    source = "Ronneberger, Fischer, Brox: U-Net (2015), section 2 (cropping), https://arxiv.org/abs/1505.04597"
    support = (CenterCrop,)
    examples = (
        {
            "parameters": {},
            "inputs": {"x": TensorSpec(("B", 3, 9, 8), "float", "image"), "like": TensorSpec(("B", 5, 4, 6), "float", "image")},
            "outputs": {"y": ("B", 3, 4, 6)},
        },
        {
            "parameters": {},
            "inputs": {"x": TensorSpec(("B", 2, 4, 5), "float", "image"), "like": TensorSpec(("B", 2, 4, 5), "float", "image")},
            "outputs": {"y": ("B", 2, 4, 5)},
        },
    )

    def module(self, inputs: Inputs) -> Call:
        """Return the cropping."""
        return call("CenterCrop")

    def forward(self, inputs: Inputs) -> str:
        """Return the middle of x."""
        return "{y} = {self}({x}, {like})"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that there is enough to cut from."""
        x, like = inputs["x"], inputs["like"]
        if any(x.size(dim) < like.size(dim) for dim in (2, 3)):
            yield self.problem(
                f"an image of {by(x.shape[2:])} cannot be cut to {by(like.shape[2:])}.",
                "Swap the wires to x and like, or enlarge x first with a Conv transpose 2D.",
                port="x",
                expected=f"at least {by(like.shape[2:])}",
                received=by(x.shape[2:]),
            )
