"""The triplet loss."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.problems import Problem
from blocks.spec import LossBlock, Port, param
from blocks.tensors import Inputs, TensorSpec


class Triplet(LossBlock):
    """Triplet loss: an anchor must be nearer to what belongs to it than to what does not, by at least a margin.

    Shapes: anchor (B, D), positive (B, D), negative (B, D) -> loss ()

    Use it to learn an embedding: three encoders that share their weights give it an example, another one of the same class and one of
    another class. It needs no target. Distances are Euclidean.
    """

    title = "Triplet loss"
    keywords = ("siamese", "metric learning", "margin", "facenet", "embedding", "anchor", "positive", "negative")
    inputs = (
        Port("anchor", ("vector",), "The encoding of an example."),
        Port("positive", ("vector",), "That of another example of the same class."),
        Port("negative", ("vector",), "That of an example of another class."),
    )
    target_form = None
    formula = r"L = \operatorname{mean}\,\max\big(0,\, \lVert a - p \rVert_2 - \lVert a - n \rVert_2 + m\big)"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.TripletMarginLoss.html (Schroff et al. 2015, FaceNet, equation 3)"
    examples = (
        {
            "parameters": {"margin": 0.5},
            "inputs": {port: TensorSpec(("B", 6), "float", "vector") for port in ("anchor", "positive", "negative")},
            "outputs": {"loss": ()},
        },
    )

    margin: float = param(1.0, ge=1e-3, le=1e3, step=0.1, help="How much nearer the right one must be before nothing is to pay.")

    def forward(self, inputs: Inputs) -> str:
        """Return the loss."""
        margin = "" if self.margin == 1.0 else f", margin={self.margin!r}"
        return f"{{loss}} = F.triplet_margin_loss({{anchor}}, {{positive}}, {{negative}}{margin})"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that all three have as many features: torch would stretch a size of 1."""
        anchor = inputs["anchor"]
        for port in ("positive", "negative"):
            if inputs[port].shape != anchor.shape:
                yield self.problem(
                    f"the {port} must have the shape of the anchor, {anchor}, got {inputs[port]}.",
                    "Let all three come from encoders of one kind that share their weights.",
                    port=port,
                    expected=str(anchor),
                    received=str(inputs[port]),
                )
