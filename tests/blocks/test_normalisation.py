"""Normalisation: over which numbers, and what has no variance."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from blocks.tensors import TensorSpec
from blocks.validation import build
from tests.blocks.execution import run
from tests.blocks.refusals import problems, sentence, spec


@pytest.mark.parametrize(
    ("block_type", "parameters", "x", "over"),
    [
        ("batch_norm1d", {}, spec("vector", "B", 3), (0,)),
        ("batch_norm1d", {}, spec("series", "B", 3, 5), (0, 2)),
        ("batch_norm1d", {}, spec("sequence", "B", 5, 3), (0, 1)),
        ("batch_norm2d", {}, spec("image", "B", 3, 4, 5), (0, 2, 3)),
        ("layer_norm", {}, spec("sequence", "B", 5, 3), (2,)),
        ("layer_norm", {}, spec("image", "B", 3, 4, 5), (1, 2, 3)),
        ("layer_norm", {}, spec("series", "B", 3, 5), (1, 2)),
        ("group_norm", {"num_groups": 1}, spec("image", "B", 4, 4, 5), (1, 2, 3)),
        ("group_norm", {"num_groups": 4}, spec("image", "B", 4, 4, 5), (2, 3)),
        ("instance_norm2d", {}, spec("image", "B", 3, 4, 5), (2, 3)),
    ],
)
def test_mean_and_variance(block_type: str, parameters: dict[str, Any], x: TensorSpec, over: tuple[int, ...]) -> None:
    """The result has mean 0 and variance 1 over just the dimensions that the help page names."""
    torch.manual_seed(1)
    data = torch.rand(6, *[int(size) for size in x.shape[1:]], dtype=torch.float32) * 7 + 3
    y = run(build(block_type, parameters), {"x": x}, {"x": data})["y"]
    expected = (data - data.mean(over, keepdim=True)) / (data.var(over, unbiased=False, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(y, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("block_type", "parameters", "x", "expected"),
    [
        (
            "group_norm",
            {"num_groups": 4},
            spec("image", "B", 6, 4, 5),
            "Group norm: num_groups must divide 6 channels, got 4. Set num_groups to 3.",
        ),
        (
            "group_norm",
            {"num_groups": 6},
            spec("vector", "B", 6),
            "Group norm: the variance of a group needs at least 2 values, got 1 (6 channels in 6 groups, input (B, 6)). "
            "Set num_groups to 1.",
        ),
        (
            "instance_norm2d",
            {},
            spec("image", "B", 6, 1, 1),
            "Instance norm 2D: the variance of a channel needs at least 2 pixels, got 1 × 1 (the input is (B, 6, 1, 1)). "
            "Move this block to where the image is larger, or use a Batch norm 2D.",
        ),
        (
            "batch_norm1d",
            {},
            spec("vector", 1, 6),
            "Batch norm 1D: the variance of a batch needs at least 2 values for each feature, got 1 (the input is (1, 6)). "
            "Use a batch size of at least 2, or a Layer norm.",
        ),
        (
            "batch_norm2d",
            {},
            spec("image", 1, 6, 1, 1),
            "Batch norm 2D: the variance of a batch needs at least 2 values for each channel, got 1 (the input is (1, 6, 1, 1)). "
            "Use a batch size of at least 2, or a Layer norm.",
        ),
        (
            "layer_norm",
            {},
            spec("vector", "B", 1),
            "Layer norm: a single feature minus its own mean is always 0, and the input (B, 1) has a single one. "
            "Remove this block, or give the layer before it more features.",
        ),
    ],
)
def test_refusals(block_type: str, parameters: dict[str, Any], x: TensorSpec, expected: str) -> None:
    assert sentence(block_type, parameters, x=x) == expected


def test_useless_is_not_forbidden() -> None:
    (problem,) = problems("layer_norm", {}, x=spec("vector", "B", 1))
    assert problem.severity == "warning"
