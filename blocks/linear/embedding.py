"""A learned vector for each token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from blocks.problems import Problem
from blocks.spec import LARGEST_SIZE, Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec

Token = Annotated[int, Field(ge=0, le=LARGEST_SIZE)]


class Embedding(Block):
    """Look up a learned vector for each token number.

    Shapes: x (B, T) -> y (B, T, embedding_dim)

    Use it right after Token input. num_embeddings is the size of the vocabulary: token numbers run from 0 to num_embeddings − 1.
    """

    title = "Embedding"
    category = "linear"
    keywords = ("lookup", "words", "tokens", "vocabulary", "text", "vector")
    inputs = (Port("x", ("tokens",), "Token numbers."),)
    outputs = (Port("y", ("sequence",), "A vector for each token."),)
    formula = r"y_t = E_{x_t}, \quad E \in \mathbb{R}^{V \times D}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html"
    examples = (
        {
            "parameters": {"num_embeddings": 20, "embedding_dim": 6, "padding_idx": 0},
            "inputs": {"x": TensorSpec(("B", 9), "int", "tokens")},
            "outputs": {"y": ("B", 9, 6)},
        },
    )

    num_embeddings: int = param(16, ge=1, le=LARGEST_SIZE, help="Number of different tokens, V: the vocabulary size of the Token input.")
    embedding_dim: int = param(32, ge=1, le=LARGEST_SIZE, help="Length of each token's vector.")
    padding_idx: Token | None = param(None, help="Token that stands for nothing: its vector is 0 and is not learned.")

    def module(self, inputs: Inputs) -> Call:
        """Return the table."""
        return call("nn.Embedding", self.num_embeddings, self.embedding_dim, padding_idx=self.padding_idx)

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that every token has a vector, and that the padding token is one of the tokens."""
        vocabulary_size = inputs["x"].num_values
        if vocabulary_size is not None and vocabulary_size > self.num_embeddings:
            yield self.problem(
                f"num_embeddings must be at least the {vocabulary_size} different tokens that arrive, got {self.num_embeddings}.",
                f"Set num_embeddings to {vocabulary_size}.",
                code="bad_parameter",
                parameter="num_embeddings",
                expected=f"at least {vocabulary_size}",
                received=str(self.num_embeddings),
            )
        if self.padding_idx is not None and self.padding_idx >= self.num_embeddings:
            yield self.problem(
                f"padding_idx must be below num_embeddings, which is {self.num_embeddings}, got {self.padding_idx}.",
                f"Set padding_idx to {self.num_embeddings - 1} or less, or leave it empty.",
                code="bad_parameter",
                parameter="padding_idx",
                expected=f"below {self.num_embeddings}",
                received=str(self.padding_idx),
            )
