"""Normalisation of each image by itself."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.problems import Problem
from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class InstanceNorm2d(Block):
    """Rescale each channel of each image by itself to mean 0 and variance 1 over its pixels.

    Shapes: x (B, C, H, W) -> y (B, C, H, W)

    Use it where an image's contrast should not matter, as in style transfer. It does not depend on the batch.
    """

    title = "Instance norm 2D"
    category = "normalisation"
    keywords = ("instance normalization", "style", "contrast", "normalize")
    inputs = (Port("x", ("image",), "The image to normalise."),)
    outputs = (Port("y", ("image",), "The normalised image."),)
    formula = r"y_{b,c} = \gamma_c \, \frac{x_{b,c} - \mu_{b,c}}{\sqrt{\sigma_{b,c}^2 + \epsilon}} + \beta_c"
    source = "Ulyanov, Vedaldi, Lempitsky: Instance Normalization (2016), equation 4, https://arxiv.org/abs/1607.08022"
    examples = (
        {
            "parameters": {"affine": True},
            "inputs": {"x": TensorSpec(("B", 6, 4, 5), "float", "image")},
            "outputs": {"y": ("B", 6, 4, 5)},
        },
    )

    eps: float = param(1e-5, ge=1e-12, le=1.0, help="Added to the variance, so that nothing is divided by zero.")
    momentum: float = param(0.1, ge=0.0, le=1.0, step=0.01, help="How much of each image's mean and variance goes into the running ones.")
    affine: bool = param(False, help="Whether a learned scale and shift follow for each channel.")
    track_running_stats: bool = param(False, help="Whether running mean and variance are kept and used after training.")

    def module(self, inputs: Inputs) -> Call:
        """Return the normalisation, for as many channels as arrive."""
        return call(
            "nn.InstanceNorm2d",
            inputs["x"].size(1),
            eps=self.eps,
            momentum=self.momentum,
            affine=self.affine,
            track_running_stats=self.track_running_stats,
        )

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that a channel has more than one pixel."""
        x = inputs["x"]
        if x.shape[2:] == (1, 1):
            yield self.problem(
                f"the variance of a channel needs at least 2 pixels, got 1 × 1 (the input is {x}).",
                "Move this block to where the image is larger, or use a Batch norm 2D.",
                port="x",
                expected="at least 2 pixels",
                received=str(x),
            )
