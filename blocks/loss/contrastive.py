"""The contrastive loss of pairs."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.losses import VALUES, same_shape
from blocks.problems import Problem
from blocks.spec import LossBlock, Port, param
from blocks.tensors import Inputs, TensorSpec


class Contrastive(LossBlock):
    """Contrastive loss: pull pairs that belong together close, push others at least a margin apart.

    Shapes: prediction (B, 1), target (B, 1) with 0 for the same and 1 for different -> loss ()

    Use it in a Siamese network: the prediction is the Distance of two encodings. A pair counts as different where it is more than half the
    margin apart.
    """

    title = "Contrastive loss"
    keywords = ("siamese", "pairs", "metric learning", "margin", "similarity", "hadsell")
    inputs = (Port("prediction", ("vector",), "How far the two of a pair are apart."), VALUES)
    target_form = "value"
    formula = r"L = \operatorname{mean}\,\big[\, (1 - y)\, \tfrac{1}{2} d^2 + y\, \tfrac{1}{2} \max(0,\, m - d)^2 \,\big]"
    source = "Hadsell, Chopra, LeCun: Dimensionality Reduction by Learning an Invariant Mapping (2006), equation 4"
    examples = (
        {
            "parameters": {"margin": 2.0},
            "inputs": {"prediction": TensorSpec(("B", 1), "float", "vector"), "target": TensorSpec(("B", 1), "float", "target")},
            "outputs": {"loss": ()},
        },
    )

    margin: float = param(1.0, ge=1e-3, le=1e3, step=0.1, help="How far apart different ones must be before they cost nothing.")

    def forward(self, inputs: Inputs) -> str:
        """Return the loss."""
        near, far = "(1 - {target}) * {prediction}.square()", f"{{target}} * F.relu({self.margin!r} - {{prediction}}).square()"
        return f"{{loss}} = 0.5 * ({near} + {far}).mean()"

    def boundary(self) -> float:
        """Return half the margin."""
        return self.margin / 2

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that there is one distance for each pair, and one answer for it."""
        prediction = inputs["prediction"]
        if prediction.shape[1:] != (1,):
            yield self.problem(
                f"the prediction must be one distance for each pair, (B, 1), got {prediction}.",
                "Put a Distance before it.",
                port="prediction",
                expected="(B, 1)",
                received=str(prediction),
            )
            return
        yield from same_shape(self, inputs)
