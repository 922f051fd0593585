"""Sequences of token numbers enter here."""

from __future__ import annotations

from blocks.spec import LARGEST_SIZE, InputBlock, Port, param
from blocks.tensors import TensorSpec


class TokenInput(InputBlock):
    """Let sequences of tokens (words, characters, symbols) into the network, each token a whole number from 0 to V − 1.

    Shapes: -> x (B, T)

    Use it for text, and connect it to an Embedding, which turns each number into a vector.
    """

    title = "Token input"
    keywords = ("text", "words", "characters", "language", "ids", "data", "input layer")
    outputs = (Port("x", ("tokens",), "A batch of sequences of token numbers."),)
    formula = r"x \in \{0, \dots, V - 1\}^{B \times T}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html (layout of tokens)"
    examples = ({"parameters": {"length": 12, "vocabulary_size": 100}, "inputs": {}, "outputs": {"x": ("B", 12)}},)

    length: int = param(20, ge=1, le=65_536, unit="tokens", help="Number of tokens in each sequence.")
    vocabulary_size: int = param(16, ge=1, le=LARGEST_SIZE, help="Number of different tokens, V.")

    def tensor(self) -> TensorSpec:
        """Return a batch of token numbers."""
        return TensorSpec(("B", self.length), "int", "tokens", num_values=self.vocabulary_size)
