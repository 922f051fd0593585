"""Parameters as users, files and strangers write them: everything wrong is said at once, and nothing else gets through."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.problems import Problem, UserError
from blocks.registry import registry
from blocks.validation import build, describe


def refusals(block_type: str, parameters: dict[Any, Any]) -> tuple[Problem, ...]:
    """Return the problems of parameters that are refused."""
    with pytest.raises(UserError) as caught:
        build(block_type, parameters)
    return caught.value.problems


@pytest.mark.parametrize(
    ("block_type", "parameters", "expected"),
    [
        ("conv2d", {"kernel_size": 0}, "Conv 2D: kernel_size must be at least 1, got 0. Set kernel_size to 1."),
        (
            "conv2d",
            {"kernel_size": [3, 0]},
            "Conv 2D: kernel_size must be a list of 2 whole numbers from 1 to 1024, got [3, 0]. Set kernel_size to [3, 1].",
        ),
        (
            "conv2d",
            {"padding": "sam"},
            "Conv 2D: padding must be a whole number from 0 to 1024, a list of 2 whole numbers from 0 to 1024 or "
            'one of "same", "valid", got "sam". Set padding to "same".',
        ),
        (
            "linear",
            {"out_features": 1_000_000_000},
            "Linear: out_features must be at most 1,048,576, got 1,000,000,000. Set out_features to 1048576.",
        ),
        (
            "linear",
            {"out_features": 10**5000},
            "Linear: out_features must be at most 1,048,576, got a number of more than 100 digits. Set out_features to 1048576.",
        ),
        (
            "linear",
            {"out_features": 2.5},
            "Linear: out_features must be a whole number from 1 to 1,048,576, got 2.5. Set out_features to 2.",
        ),
        (
            "linear",
            {"out_features": True},
            "Linear: out_features must be a whole number from 1 to 1,048,576, got true. Set out_features to 64.",
        ),
        ("linear", {"bias": 1}, "Linear: bias must be true or false, got 1. Set bias to true."),
        ("dropout", {"p": math.nan}, "Dropout: p must be a number from 0 to 1, got NaN. Set p to 0.5."),
        ("dropout", {"p": math.inf}, "Dropout: p must be at most 1, got Infinity. Set p to 1.0."),
        ("dropout", {"p": "0.5"}, 'Dropout: p must be a number from 0 to 1, got "0.5". Set p to 0.5.'),
        (
            "max_pool2d",
            {"stride": "a"},
            "Max pool 2D: stride must be a whole number from 1 to 1024, a list of 2 whole numbers from 1 to 1024 or empty, "
            'got "a". Leave stride empty.',
        ),
        ("linear", {"out_feature": 3}, 'Linear: there is no parameter "out_feature". Rename it to out_features, or remove it.'),
    ],
)
def test_sentences(block_type: str, parameters: dict[str, Any], expected: str) -> None:
    (problem,) = refusals(block_type, parameters)
    assert str(problem) == expected


def test_everything_wrong_is_said_at_once() -> None:
    found = refusals(
        "conv2d", {"kernel_size": [0, "x"], "stride": math.nan, "bias": None, "colour": 1, "padding": "sam", "out_channels": 8}
    )
    assert {(problem.code, problem.parameter) for problem in found} == {
        ("bad_parameter", "kernel_size"),
        ("bad_parameter", "stride"),
        ("bad_parameter", "bias"),
        ("bad_parameter", "padding"),
        ("unknown_parameter", "colour"),
    }
    assert len(found) == 5, "one problem a parameter, however many types it accepts"


def test_unknown_block() -> None:
    (problem,) = refusals("__import__('os')", {})
    assert problem.code == "unknown_block"


@pytest.mark.parametrize(
    "value",
    ["<img src=x onerror=alert(1)>" * 50, "\ud800", ["["] * 1000, {"a": {"b": []}}, b"bytes", object(), "__import__('os').system('true')"],
    ids=str,
)
def test_hostile_values_are_refused_briefly(value: Any) -> None:
    (problem,) = refusals("gelu", {"approximate": value})
    assert problem.parameter == "approximate" and len(str(problem)) < 300
    str(problem).encode()
    json.dumps(problem.to_json())


def test_hostile_names_are_refused_briefly() -> None:
    for name in ("x" * 10_000, "\ud800", 3, "__class__", "model_config", "type"):
        (problem,) = refusals("relu", {name: 1})
        assert problem.code == "unknown_parameter" and len(str(problem)) < 300
        str(problem).encode()


def test_deep_and_long_values_are_refused() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    assert refusals("linear", {"out_features": deep})
    (problem,) = refusals("linear", {"out_features": "9" * 1_000_000})
    assert "at most 20,000 characters" in problem.message


def test_equal_parameters_give_the_same_block() -> None:
    first = build("conv2d", {"kernel_size": [3, 5], "stride": 2})
    assert build("conv2d", {"stride": 2, "kernel_size": (3, 5)}) is first
    assert build("conv2d", {"stride": 2}) is not first
    with pytest.raises(ValueError, match="frozen"):
        first.stride = 3  # type: ignore[attr-defined]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@given(data=st.data())
def test_any_json_builds_or_is_refused_in_sentences(data: st.DataObject) -> None:
    block_type = data.draw(st.sampled_from(sorted(registry())))
    names = st.sampled_from([field["name"] for field in describe(block_type)["fields"]] or ["p"]) | st.text(max_size=8)
    parameters = data.draw(st.dictionaries(names, json_values, max_size=4))
    try:
        block = build(block_type, parameters)
    except UserError as error:
        for problem in error.problems:
            assert problem.message.startswith(f"{registry()[block_type].title}: ") and problem.fix.endswith(".")
            json.dumps(problem.to_json()).encode()
    else:
        assert set(parameters) <= set(block.model_dump())


def test_describe_tells_a_form_what_it_needs() -> None:
    fields = {field["name"]: field for field in describe("conv2d")["fields"]}
    assert fields["kernel_size"] == {
        "name": "kernel_size",
        "label": "Kernel size",
        "widget": "size",
        "default": 3,
        "min": 1,
        "max": 1024,
        "step": None,
        "unit": "pixels",
        "help": "Height and width of each filter.",
        "choices": None,
        "optional": False,
        "single": True,
        "min_items": 2,
        "max_items": 2,
    }
    assert fields["padding"]["choices"] == ["same", "valid"] and fields["padding"]["widget"] == "size"
    assert (fields["padding_mode"]["widget"], fields["bias"]["widget"], fields["groups"]["widget"]) == ("choice", "bool", "int")
    shape = describe("reshape")["fields"][0]
    assert (shape["widget"], shape["single"], shape["min_items"], shape["max_items"]) == ("size", False, 1, 3)
    assert describe("max_pool2d")["fields"][1]["optional"]
    lstm = describe("lstm")
    assert [port["name"] for port in lstm["outputs"]] == ["sequence", "h_n", "c_n"]
    assert [port["optional"] for port in lstm["inputs"]] == [False, True, True]
    assert describe("add")["inputs"][0]["many"] and describe("add")["outputs"][0]["like"] == "xs"
