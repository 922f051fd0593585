"""Batch normalisation of images."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.problems import Problem
from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class BatchNorm2d(Block):
    """Rescale each channel to mean 0 and variance 1 over the batch and all pixels, then scale and shift it by learned numbers.

    While training it uses the batch's own mean and variance; afterwards the running ones.

    Shapes: x (B, C, H, W) -> y (B, C, H, W)

    Use it after a Conv 2D and before the activation; that convolution then needs no bias. With very small batches use Group norm.
    """

    title = "Batch norm 2D"
    category = "normalisation"
    keywords = ("batch normalization", "bn", "standardise", "normalize")
    inputs = (Port("x", ("image",), "The image to normalise."),)
    outputs = (Port("y", ("image",), "The normalised image."),)
    formula = r"y_c = \gamma_c \, \frac{x_c - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} + \beta_c"
    source = "Ioffe, Szegedy: Batch Normalization (2015), section 3.2, https://arxiv.org/abs/1502.03167"
    examples = (
        {
            "parameters": {},
            "inputs": {"x": TensorSpec(("B", 6, 4, 5), "float", "image")},
            "outputs": {"y": ("B", 6, 4, 5)},
        },
        {
            "parameters": {"affine": False, "track_running_stats": False},
            "inputs": {"x": TensorSpec(("B", 3, 8, 8), "float", "image")},
            "outputs": {"y": ("B", 3, 8, 8)},
        },
    )

    eps: float = param(1e-5, ge=1e-12, le=1.0, help="Added to the variance, so that nothing is divided by zero.")
    momentum: float = param(0.1, ge=0.0, le=1.0, step=0.01, help="How much of each batch's mean and variance goes into the running ones.")
    affine: bool = param(True, help="Whether a learned scale and shift follow for each channel.")
    track_running_stats: bool = param(True, help="Whether running mean and variance are kept and used after training.")

    def module(self, inputs: Inputs) -> Call:
        """Return the normalisation, for as many channels as arrive."""
        return call(
            "nn.BatchNorm2d",
            inputs["x"].size(1),
            eps=self.eps,
            momentum=self.momentum,
            affine=self.affine,
            track_running_stats=self.track_running_stats,
        )

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that there is more than one value to take a variance of."""
        x = inputs["x"]
        if x.shape[0] == 1 and x.shape[2:] == (1, 1):
            yield self.problem(
                f"the variance of a batch needs at least 2 values for each channel, got 1 (the input is {x}).",
                "Use a batch size of at least 2, or a Layer norm.",
                port="x",
                expected="at least 2 values for each channel",
                received=str(x),
            )
