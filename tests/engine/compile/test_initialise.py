"""Initialisation as source: what the lines say is what torch does, in the order of the parameters."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from blocks.tensors import Inputs, TensorSpec
from blocks.validation import build
from engine.compile.initialise import initialisation_lines, parameter_shapes
from engine.graph.marks import SCHEMES
from tests.engine.train.networks import mlp

BY_HAND: dict[str, Any] = {
    "xavier": nn.init.xavier_uniform_,
    "he": lambda weight: nn.init.kaiming_uniform_(weight, nonlinearity="relu"),
    "normal": lambda weight: nn.init.normal_(weight, 0.0, 0.02),
    "normal(0.5)": lambda weight: nn.init.normal_(weight, 0.0, 0.5),
    "uniform": lambda weight: nn.init.uniform_(weight, -0.05, 0.05),
    "uniform(2.0)": lambda weight: nn.init.uniform_(weight, -2.0, 2.0),
    "orthogonal": nn.init.orthogonal_,
    "zeros": nn.init.zeros_,
    "ones": nn.init.ones_,
    "constant": lambda weight: nn.init.constant_(weight, 0.01),
    "constant(-3.5)": lambda weight: nn.init.constant_(weight, -3.5),
    "inverse_sqrt": lambda weight: nn.init.uniform_(weight, -1 / math.sqrt(weight[0].numel()), 1 / math.sqrt(weight[0].numel())),
}


class Part(nn.Module):
    """Hold blocks whose parameters are of every kind: matrices, kernels, gains, biases, stacked recurrent weights."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 5)
        self.norm = nn.BatchNorm2d(4)
        self.lstm = nn.LSTM(6, 5, num_layers=2, batch_first=True)
        self.attention = nn.MultiheadAttention(8, 2)


def _shapes(module: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    return [(name, tuple(parameter.shape)) for name, parameter in module.named_parameters()]


@pytest.mark.parametrize("mark", BY_HAND)
def test_the_lines_do_what_torch_does_by_hand(mark: str) -> None:
    torch.manual_seed(1)
    ours, theirs = Part(), Part()
    theirs.load_state_dict(ours.state_dict())
    torch.manual_seed(2)
    for line in initialisation_lines("self.part", mark, _shapes(ours)):
        exec(line, {"self": type("Self", (), {"part": ours}), "nn": nn, "math": math})
    torch.manual_seed(2)
    for name, parameter in theirs.named_parameters():
        if parameter.ndim >= 2:
            BY_HAND[mark](parameter)
        elif name.split(".")[-1].startswith("bias"):
            nn.init.zeros_(parameter)
    for (name, mine), yours in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, yours), name
    assert bool((ours.norm.weight == 1).all()), "a gain stays as it was"


def test_every_scheme_is_tried_and_the_default_writes_nothing() -> None:
    assert set(SCHEMES) - {mark.partition("(")[0] for mark in BY_HAND} == {"default"}
    assert initialisation_lines("self.part", "default", [("weight", (2, 3))]) == []


def test_no_other_text_reaches_the_source() -> None:
    for target in ("self.a; import os", "self.a b", "1a", "self.a()", "self['a']"):
        with pytest.raises(AssertionError, match="no plain name"):
            initialisation_lines(target, "zeros", [("weight", (2, 3))])
    assert initialisation_lines("self.blocks[0].fc", "zeros", [("bias", (3,))]) == ["nn.init.zeros_(self.blocks[0].fc.bias)"]


def test_the_shapes_of_a_block_are_known_without_building_it() -> None:
    block = build("conv2d", {"out_channels": 6, "kernel_size": 5})
    found = parameter_shapes(block, Inputs({"x": (TensorSpec(("B", 3, 8, 8), "float", "image"),)}))
    assert found == (("weight", (6, 3, 5, 5)), ("bias", (6,)))
    assert parameter_shapes(build("relu", {}), Inputs({"x": (TensorSpec(("B", 3), "float", "vector"),)})) == ()


def test_the_mark_reaches_the_weights_that_are_trained() -> None:
    marked = mlp(marks={"linear1": {"initialisation": "constant(0.25)"}, "linear3": {"initialisation": "normal(2.0)"}})
    module = marked.build(0)
    assert bool((module.linear1.weight == 0.25).all()) and bool((module.linear1.bias == 0).all())  # type: ignore[union-attr]
    assert 1.0 < float(module.linear3.weight.detach().std()) < 3.0  # type: ignore[union-attr, operator, arg-type]
