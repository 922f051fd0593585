"""Rows of numbers enter here."""

from __future__ import annotations

from blocks.spec import LARGEST_SIZE, InputBlock, Port, param
from blocks.tensors import TensorSpec


class VectorInput(InputBlock):
    """Let rows of numbers into the network: one row for each example, one number for each feature.

    Shapes: -> x (B, D)

    Use it for tables (iris, wine, a CSV file) and for points in the plane (XOR, spirals, moons).
    """

    title = "Vector input"
    keywords = ("table", "tabular", "csv", "features", "columns", "data", "input layer")
    outputs = (Port("x", ("vector",), "A batch of rows."),)
    formula = r"x \in \mathbb{R}^{B \times D}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html (layout of vectors)"
    examples = ({"parameters": {"features": 13}, "inputs": {}, "outputs": {"x": ("B", 13)}},)

    features: int = param(2, ge=1, le=LARGEST_SIZE, help="Number of numbers in each row.")

    def tensor(self) -> TensorSpec:
        """Return a batch of rows."""
        return TensorSpec(("B", self.features), "float", "vector")
