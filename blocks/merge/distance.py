"""How far two vectors are apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from blocks.merging import projection
from blocks.problems import Problem
from blocks.spec import Block, Port, param
from blocks.tensors import Inputs, TensorSpec


class Distance(Block):
    """Measure how far two vectors are apart: 0 for the same, more the less alike they are.

    Shapes: a (B, D), b (B, D) -> y (B, 1)

    Use it behind two encoders that share their weights (a Siamese network), before a Contrastive loss. Euclidean is the length of the
    difference; cosine looks at directions alone, from 0 (the same) over 1 (at right angles) to 2 (opposite).
    """

    title = "Distance"
    category = "merge"
    keywords = ("siamese", "euclidean", "cosine", "similarity", "metric learning", "pairwise", "l2", "embedding")
    inputs = (Port("a", ("vector",), "One vector."), Port("b", ("vector",), "The other one, with as many features."))
    outputs = (Port("y", ("vector",), "How far they are apart."),)
    formula = r"y = \lVert a - b \rVert_2 \quad\text{or}\quad y = 1 - \frac{a \cdot b}{\lVert a \rVert_2\, \lVert b \rVert_2}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pairwise_distance.html"
    examples = (
        {
            "parameters": {},
            "inputs": {"a": TensorSpec(("B", 6), "float", "vector"), "b": TensorSpec(("B", 6), "float", "vector")},
            "outputs": {"y": ("B", 1)},
        },
        {
            "parameters": {"metric": "cosine"},
            "inputs": {"a": TensorSpec(("B", 3), "float", "vector"), "b": TensorSpec(("B", 3), "float", "vector")},
            "outputs": {"y": ("B", 1)},
        },
    )

    metric: Literal["euclidean", "cosine"] = param("euclidean", help="Length of the difference, or one minus the cosine of the angle.")

    def forward(self, inputs: Inputs) -> str:
        """Return the distance."""
        if self.metric == "cosine":
            return "{y} = 1 - F.cosine_similarity({a}, {b}).unsqueeze(1)"
        return "{y} = F.pairwise_distance({a}, {b}, keepdim=True)"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that both vectors have as many features: torch would stretch a size of 1."""
        a, b = inputs["a"], inputs["b"]
        if a.shape != b.shape:
            yield self.problem(
                f"both vectors must have the same features, got {a} and {b}.",
                projection(a, b),
                port="b",
                expected=str(a),
                received=str(b),
            )
