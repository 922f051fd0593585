"""Sequences of vectors enter here."""

from __future__ import annotations

from blocks.spec import LARGEST_SIZE, InputBlock, Port, param
from blocks.tensors import TensorSpec


class SequenceInput(InputBlock):
    """Let sequences into the network: at each step a vector of measurements.

    Shapes: -> x (B, T, D)

    Use it for time series and sensor readings, before an LSTM, a GRU, attention or a Conv 1D. For words use Token input.
    """

    title = "Sequence input"
    keywords = ("time series", "signal", "steps", "data", "input layer")
    outputs = (Port("x", ("sequence",), "A batch of sequences."),)
    formula = r"x \in \mathbb{R}^{B \times T \times D}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html (layout of sequences, batch_first=True)"
    examples = ({"parameters": {"length": 50, "features": 4}, "inputs": {}, "outputs": {"x": ("B", 50, 4)}},)

    length: int = param(20, ge=1, le=65_536, unit="steps", help="Number of steps in each sequence.")
    features: int = param(1, ge=1, le=LARGEST_SIZE, help="Number of measurements at each step.")

    def tensor(self) -> TensorSpec:
        """Return a batch of sequences."""
        return TensorSpec(("B", self.length, self.features), "float", "sequence")
