"""The binary cross-entropy."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.losses import PREDICTION, VALUES, same_shape
from blocks.problems import Problem
from blocks.spec import LossBlock, param
from blocks.tensors import Inputs, TensorSpec


class BCE(LossBlock):
    """Binary cross-entropy: minus the logarithm of the probability that the network gives to the right one of two answers.

    Shapes: prediction (B, D), target (B, D) with values from 0 to 1 -> loss ()

    Use it for yes or no questions: D = 1 for one question, more for several that may all be true. With logits (the default) the sigmoid is
    inside and the last layer is a Linear; without, put a Sigmoid behind the last layer.
    """

    title = "BCE loss"
    keywords = ("binary cross entropy", "yes or no", "logistic regression", "two classes", "multi-label")
    inputs = (PREDICTION, VALUES)
    target_form = "value"
    formula = r"L = -\operatorname{mean}\,\big[\, y \ln \sigma(\hat{y}) + (1 - y) \ln (1 - \sigma(\hat{y})) \,\big]"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html"
    examples = (
        {
            "parameters": {},
            "inputs": {"prediction": TensorSpec(("B", 1), "float", "vector"), "target": TensorSpec(("B", 1), "float", "target")},
            "outputs": {"loss": ()},
        },
        {
            "parameters": {"with_logits": False},
            "inputs": {"prediction": TensorSpec(("B", 4), "float", "vector"), "target": TensorSpec(("B", 4), "float", "target")},
            "outputs": {"loss": ()},
        },
    )

    with_logits: bool = param(True, help="Whether the prediction is any number (the sigmoid is inside), and not a probability already.")

    def forward(self, inputs: Inputs) -> str:
        """Return the loss."""
        function = "binary_cross_entropy_with_logits" if self.with_logits else "binary_cross_entropy"
        return f"{{loss}} = F.{function}({{prediction}}, {{target}})"

    def boundary(self) -> float:
        """Return 0 for logits, a half for probabilities."""
        return 0.0 if self.with_logits else 0.5

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that prediction and target have the same shape."""
        yield from same_shape(self, inputs)
