"""The mean squared error."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.losses import PREDICTION, VALUES, same_shape
from blocks.problems import Problem
from blocks.spec import LossBlock
from blocks.tensors import Inputs, TensorSpec


class MSE(LossBlock):
    """Mean squared error: the mean of the squared differences between prediction and target.

    Shapes: prediction (B, D), target (B, D) -> loss ()

    Use it to predict numbers (regression), and to reproduce an image (autoencoder). Large errors count most.
    """

    title = "MSE loss"
    keywords = ("mean squared error", "regression", "l2", "reconstruction")
    inputs = (PREDICTION, VALUES)
    target_form = "value"
    formula = r"L = \operatorname{mean}\,(\hat{y} - y)^2"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html"
    examples = (
        {
            "parameters": {},
            "inputs": {"prediction": TensorSpec(("B", 3), "float", "vector"), "target": TensorSpec(("B", 3), "float", "target")},
            "outputs": {"loss": ()},
        },
        {
            "parameters": {"weight": 0.5},
            "inputs": {
                "prediction": TensorSpec(("B", 1, 4, 5), "float", "image"),
                "target": TensorSpec(("B", 1, 4, 5), "float", "image"),
            },
            "outputs": {"loss": ()},
        },
    )

    def forward(self, inputs: Inputs) -> str:
        """Return the loss."""
        return "{loss} = F.mse_loss({prediction}, {target})"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that prediction and target have the same shape."""
        yield from same_shape(self, inputs)
