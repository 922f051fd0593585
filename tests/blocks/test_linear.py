"""Linear, reshaping, embedding and positions: numbers by hand and by the papers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from blocks.tensors import TensorSpec
from blocks.validation import build
from tests.blocks.execution import as_inputs, forward, make_module, run
from tests.blocks.refusals import sentence, spec


def test_sinusoidal_positions_follow_the_paper() -> None:
    """Section 3.5: PE(pos, 2i) = sin(pos / 10000^(2i/d)), PE(pos, 2i+1) = cos(pos / 10000^(2i/d)); odd d as well."""
    for features in (6, 5):
        y = run(build("positional_encoding", {}), {"x": spec("sequence", "B", 9, features)}, {"x": torch.zeros(1, 9, features)})["y"]
        for position in range(9):
            for feature in range(features):
                angle = position / 10_000 ** (2 * (feature // 2) / features)
                expected = math.sin(angle) if feature % 2 == 0 else math.cos(angle)
                assert y[0, position, feature].item() == pytest.approx(expected, abs=1e-6)


def test_sinusoidal_positions_are_not_part_of_the_state() -> None:
    module = make_module(build("positional_encoding", {}), as_inputs({"x": spec("sequence", "B", 9, 6)}))
    assert module is not None and not module.state_dict()


def test_learned_positions_are_added() -> None:
    inputs = as_inputs({"x": spec("sequence", "B", 3, 2)})
    block = build("positional_encoding", {"encoding": "learned", "max_length": 4})
    module = make_module(block, inputs)
    assert module is not None
    (parameter,) = module.parameters()
    assert parameter.shape == (4, 2)
    nn.init.constant_(parameter, 2.0)
    assert forward(block, inputs, {"x": torch.ones(1, 3, 2)}, module)["y"].tolist() == [[[3.0, 3.0]] * 3]


def test_flatten_order() -> None:
    image = torch.arange(12.0).reshape(1, 3, 2, 2)
    assert run(build("flatten", {}), {"x": spec("image", "B", 3, 2, 2)}, {"x": image})["y"].tolist() == [list(range(12))]
    state_NBD = torch.tensor([[[1.0, 2.0], [5.0, 6.0]], [[3.0, 4.0], [7.0, 8.0]]])
    y = run(build("flatten", {}), {"x": spec("state", 2, "B", 2)}, {"x": state_NBD})["y"]
    assert y.tolist() == [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], "each example's layers side by side"


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        ({"shape": [12]}, "vector"),
        ({"shape": [3, 4]}, "sequence"),
        ({"shape": [3, 4], "meaning": "series"}, "series"),
        ({"shape": [3, 2, 2]}, "image"),
    ],
)
def test_reshape_kind(parameters: dict[str, Any], kind: str) -> None:
    assert build("reshape", parameters).output_kinds(as_inputs({"x": spec("vector", "B", 12)})) == {"y": kind}


def test_reshape_keeps_the_order() -> None:
    y = run(build("reshape", {"shape": [3, -1]}), {"x": spec("vector", "B", 6)}, {"x": torch.arange(12.0).reshape(2, 6)})["y"]
    assert y.tolist() == [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]


def test_embedding_padding_is_zero() -> None:
    tokens = torch.tensor([[0, 3, 0]])
    y = run(build("embedding", {"num_embeddings": 4, "embedding_dim": 5, "padding_idx": 3}), {"x": spec("tokens", "B", 3)}, {"x": tokens})[
        "y"
    ]
    assert torch.equal(y[0, 1], torch.zeros(5)) and torch.equal(y[0, 0], y[0, 2]) and y[0, 0].abs().sum() > 0


def test_embedding_knows_the_vocabulary() -> None:
    tokens = build("token_input", {"vocabulary_size": 20}).tensor()  # type: ignore[attr-defined]
    assert sentence("embedding", {"num_embeddings": 16}, x=tokens) == (
        "Embedding: num_embeddings must be at least the 20 different tokens that arrive, got 16. Set num_embeddings to 20."
    )
    assert not list(build("embedding", {"num_embeddings": 20}).check(as_inputs({"x": tokens})))
    assert not list(build("embedding", {"num_embeddings": 1}).check(as_inputs({"x": replace(tokens, num_values=None)})))


@pytest.mark.parametrize(
    ("block_type", "parameters", "x", "expected"),
    [
        (
            "reshape",
            {"shape": [3, 5]},
            spec("image", "B", 4, 2, 2),
            "Reshape: the sizes must multiply to the 16 numbers (4 × 2 × 2) that arrive, got 3 × 5. "
            "Set one of the sizes to -1 and make the others divide what arrives, or use Flatten.",
        ),
        (
            "reshape",
            {"shape": [4, 2]},
            spec("vector", "B", 16),
            "Reshape: the sizes must multiply to the 16 numbers (16) that arrive, got 4 × 2. "
            "Set one of the sizes to -1 and make the others divide what arrives, or use Flatten.",
        ),
        (
            "reshape",
            {"shape": [-1, 5]},
            spec("vector", "B", 16),
            "Reshape: the sizes must multiply to the 16 numbers (16) that arrive, got -1 × 5. "
            "Set one of the sizes to -1 and make the others divide what arrives, or use Flatten.",
        ),
        (
            "reshape",
            {"shape": [-1, -1]},
            spec("vector", "B", 16),
            "Reshape: sizes must be at least 1, and −1 may stand only once, got -1 × -1. "
            "Set one of the sizes to -1 and make the others divide what arrives, or use Flatten.",
        ),
        (
            "permute",
            {"order": [1, 1]},
            spec("sequence", "B", 9, 6),
            "Permute: order must name each of the dimensions 1 to 2 of (B, 9, 6) once, got 1, 1. Set order to [2, 1].",
        ),
        (
            "permute",
            {},
            spec("image", "B", 3, 5, 7),
            "Permute: order must name each of the dimensions 1 to 3 of (B, 3, 5, 7) once, got 2, 1. Set order to [2, 3, 1].",
        ),
        (
            "embedding",
            {"num_embeddings": 4, "padding_idx": 4},
            spec("tokens", "B", 3, dtype="int"),
            "Embedding: padding_idx must be below num_embeddings, which is 4, got 4. Set padding_idx to 3 or less, or leave it empty.",
        ),
        (
            "positional_encoding",
            {"max_length": 8},
            spec("sequence", "B", 9, 6),
            "Positional encoding: max_length must be at least the 9 steps that arrive, got 8. Set max_length to 9.",
        ),
    ],
)
def test_refusals(block_type: str, parameters: dict[str, Any], x: TensorSpec, expected: str) -> None:
    assert sentence(block_type, parameters, x=x) == expected
