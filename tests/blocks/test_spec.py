"""Calls are written as Python, and a user's text can never be part of one."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.spec import call, literal
from blocks.tensors import Inputs, TensorSpec


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, "3"), (True, "True"), (None, "None"), (1e-5, "1e-05"), ("same", '"same"'), ((3,), "(3,)"), ((3, 5), "(3, 5)"), ([1, 2], "[1, 2]")],
)
def test_literal(value: Any, expected: str) -> None:
    assert literal(value) == expected
    assert eval(expected) == value


@pytest.mark.parametrize("value", ['x"); import os #', "a b", "é", "line\n", {"a": 1}, object(), b"x"], ids=repr)
def test_other_values_never_reach_the_source(value: Any) -> None:
    with pytest.raises(AssertionError):
        literal(value)


def test_defaults_of_torch_are_left_out() -> None:
    assert call("nn.Linear", 3, 4, bias=True).source() == "nn.Linear(3, 4)"
    assert call("nn.Linear", 3, 4, bias=False).source() == "nn.Linear(3, 4, bias=False)"
    assert call("nn.Dropout", p=0.5).source() == "nn.Dropout()"
    assert call("Own", 3, bias=True).source() == "Own(3, bias=True)"


def test_axes_have_meanings() -> None:
    assert TensorSpec(("B", 3, 8, 9), kind="image").axis("features") == 1
    assert TensorSpec(("B", 8, 9), kind="sequence").axis("features") == 2
    assert TensorSpec(("B", 8, 9), kind="series").axis("time") == 2
    assert TensorSpec(("B", 8), kind="vector").axis("time") is None
    assert TensorSpec(("B", 3, 8, 9)).axis("width") == 3


def test_free_sizes_are_no_numbers() -> None:
    x = TensorSpec(("B", 8))
    assert x.size(1) == 8
    with pytest.raises(AssertionError, match="free"):
        x.size(0)


def test_inputs_tell_what_is_connected() -> None:
    x = TensorSpec(("B", 8))
    inputs = Inputs({"x": (x,), "mask": (), "xs": (x, x)})
    assert inputs["x"] == x and "mask" not in inputs and list(inputs) == ["x", "xs"] and len(inputs.many("xs")) == 2
