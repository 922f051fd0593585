"""Shape inference beside the blocks' own contract: warnings stop nothing, and a loss gets the target its prediction asks for."""

from __future__ import annotations

import pytest

from blocks.problems import UserError
from blocks.registry import registry
from blocks.validation import build
from engine.shapes import infer
from tests.blocks.execution import as_inputs
from tests.blocks.refusals import spec


@pytest.mark.parametrize("block_type", registry())
def test_examples_keep_their_shapes(block_type: str) -> None:
    for example in registry()[block_type].examples:
        inputs = as_inputs(example["inputs"])
        inferred = infer(build(block_type, example["parameters"]), tuple((port, inputs.many(port)) for port in inputs))
        assert {port: made.shape for port, made in inferred.outputs.items()} == example["outputs"]


def test_warning_stops_nothing() -> None:
    inferred = infer(build("layer_norm", {}), (("x", (spec("vector", "B", 1),)),))
    assert inferred.outputs["y"].shape == ("B", 1)
    assert [problem.severity for problem in inferred.warnings] == ["warning"]


def test_error_stops() -> None:
    with pytest.raises(UserError, match="num_groups"):
        infer(build("group_norm", {"num_groups": 4}), (("x", (spec("vector", "B", 6),)),))


def test_a_class_for_each_step_is_wanted_of_a_sequence() -> None:
    assert infer(build("cross_entropy", {}), (("prediction", (spec("sequence", "B", 5, 3),)),)).outputs["loss"].shape == ()
