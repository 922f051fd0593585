"""Activations, against their formulas on the help page, in numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from blocks.registry import registry
from blocks.validation import build
from tests.blocks.execution import run
from tests.blocks.refusals import sentence, spec

POINTS = (-3.0, -0.5, 0.0, 0.5, 3.0)


def normal_cdf(x: float) -> float:
    """Return the probability that a standard normal number is smaller than x."""
    return (1 + math.erf(x / math.sqrt(2))) / 2


@pytest.mark.parametrize(
    ("block_type", "parameters", "function"),
    [
        ("relu", {}, lambda x: max(0.0, x)),
        ("leaky_relu", {"negative_slope": 0.2}, lambda x: max(0.0, x) + 0.2 * min(0.0, x)),
        ("elu", {"alpha": 2.0}, lambda x: x if x > 0 else 2.0 * (math.exp(x) - 1)),
        ("gelu", {}, lambda x: x * normal_cdf(x)),
        ("gelu", {"approximate": "tanh"}, lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))),
        ("silu", {}, lambda x: x / (1 + math.exp(-x))),
        ("sigmoid", {}, lambda x: 1 / (1 + math.exp(-x))),
        ("tanh", {}, math.tanh),
        ("softplus", {"beta": 2.0}, lambda x: math.log(1 + math.exp(2 * x)) / 2),
    ],
)
def test_formula(block_type: str, parameters: dict[str, Any], function: Callable[[float], float]) -> None:
    y = run(build(block_type, parameters), {"x": spec("vector", "B", 5)}, {"x": torch.tensor([POINTS])})["y"]
    assert y[0].tolist() == pytest.approx([function(x) for x in POINTS], abs=1e-6)


def test_softmax_sums_to_one_along_its_dimension() -> None:
    cases = (
        (spec("image", "B", 3, 4, 5), "features", 1),
        (spec("sequence", "B", 4, 5), "features", 2),
        (spec("sequence", "B", 4, 5), "time", 1),
    )
    for x, dim, axis in cases:
        y = run(build("softmax", {"dim": dim}), {"x": x}, {"x": torch.rand(2, *[int(size) for size in x.shape[1:]])})["y"]
        torch.testing.assert_close(y.sum(axis), torch.ones_like(y.sum(axis)))
    y = run(build("softmax", {}), {"x": spec("vector", "B", 2)}, {"x": torch.tensor([[math.log(3.0), 0.0]])})["y"]
    assert y[0].tolist() == pytest.approx([0.75, 0.25])


def test_softmax_needs_its_dimension() -> None:
    assert sentence("softmax", {"dim": "time"}, x=spec("vector", "B", 4)) == (
        'Softmax: dim is time, but the input (B, 4) has no time. Set dim to "features".'
    )


def test_what_can_die_or_saturate_is_marked() -> None:
    marked = {block_type for block_type, block in registry().items() if block.activation}
    assert marked == {"relu", "elu", "gelu", "silu", "sigmoid", "tanh", "softplus"}


def test_dropout_scales_what_it_keeps() -> None:
    y = run(build("dropout", {"p": 0.75}), {"x": spec("vector", "B", 4000)}, {"x": torch.ones(1, 4000)})["y"]
    assert set(y.flatten().tolist()) == {0.0, 4.0}
    assert (y == 0).float().mean().item() == pytest.approx(0.75, abs=0.05)
    channels = run(build("dropout2d", {"p": 0.5}), {"x": spec("image", "B", 64, 2, 2)}, {"x": torch.ones(1, 64, 2, 2)})["y"]
    assert all(len(set(channel.flatten().tolist())) == 1 for channel in channels[0]), "a channel goes or stays as a whole"
