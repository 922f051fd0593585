"""Losses, against numbers worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from blocks.tensors import TensorSpec
from blocks.validation import build
from tests.blocks.execution import run
from tests.blocks.refusals import problems, sentence, spec

VECTOR = {"prediction": spec("vector", "B", 2), "target": spec("target", "B", 2)}


def loss(block_type: str, parameters: dict[str, Any], prediction: Any, target: Any) -> float:
    """Return the loss of two vectors."""
    specs = {"prediction": VECTOR["prediction"], "target": spec("target", "B") if block_type == "cross_entropy" else VECTOR["target"]}
    values = {"prediction": torch.tensor(prediction), "target": torch.tensor(target)}
    return run(build(block_type, parameters), specs, values)["loss"].item()  # type: ignore[arg-type]


def test_mse_and_l1() -> None:
    assert loss("mse", {}, [[1.0, 2.0]], [[4.0, 4.0]]) == pytest.approx((9 + 4) / 2)
    assert loss("l1", {}, [[1.0, 2.0]], [[4.0, 4.0]]) == pytest.approx((3 + 2) / 2)


def test_cross_entropy() -> None:
    """Logits ln 3 and 0 are the probabilities 3/4 and 1/4."""
    logits = [[math.log(3.0), 0.0], [math.log(3.0), 0.0]]
    assert loss("cross_entropy", {}, logits, [0, 1]) == pytest.approx(-(math.log(0.75) + math.log(0.25)) / 2)
    smoothed = -(0.9 * math.log(0.75) + 0.1 * math.log(0.25))
    assert loss("cross_entropy", {"label_smoothing": 0.2}, logits[:1], [0]) == pytest.approx(smoothed)
    assert loss("cross_entropy", {}, [[0.0, 0.0]], [1]) == pytest.approx(math.log(2)), "guessing costs ln K"


def test_cross_entropy_of_a_sequence_takes_classes_from_the_last_dimension() -> None:
    logits_BTK = torch.tensor([[[9.0, 0.0, 0.0, 0.0], [0.0, 0.0, 9.0, 0.0]]])
    specs = {"prediction": spec("sequence", "B", 2, 4), "target": spec("tokens", "B", 2, dtype="int")}
    block = build("cross_entropy", {})
    right = run(block, specs, {"prediction": logits_BTK, "target": torch.tensor([[0, 2]])})["loss"].item()
    wrong = run(block, specs, {"prediction": logits_BTK, "target": torch.tensor([[2, 0]])})["loss"].item()
    assert right == pytest.approx(math.log(1 + 3 * math.exp(-9)), abs=1e-6) and wrong == pytest.approx(9, abs=1e-3)


def test_bce_with_and_without_logits() -> None:
    by_hand = -(math.log(0.75) + math.log(1 - 0.25)) / 2
    assert loss("bce", {"with_logits": False}, [[0.75, 0.25]], [[1.0, 0.0]]) == pytest.approx(by_hand)
    assert loss("bce", {}, [[math.log(3.0), -math.log(3.0)]], [[1.0, 0.0]]) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("block_type", "prediction", "target", "expected"),
    [
        (
            "mse",
            spec("vector", "B", 3),
            spec("target", "B", 1),
            "MSE loss: prediction and target must have the same shape, got (B, 3) and (B, 1). "
            "Change the last layer so that it gives as many numbers as the target has.",
        ),
        (
            "l1",
            spec("vector", "B", 3),
            spec("vector", "B", 2),
            "L1 loss: prediction and target must have the same shape, got (B, 3) and (B, 2). "
            "Change the last layer so that it gives as many numbers as the target has.",
        ),
        (
            "bce",
            spec("vector", "B", 3),
            spec("target", "B", 1),
            "BCE loss: prediction and target must have the same shape, got (B, 3) and (B, 1). "
            "Change the last layer so that it gives as many numbers as the target has.",
        ),
        (
            "cross_entropy",
            spec("vector", "B", 1),
            spec("target", "B", dtype="int"),
            "Cross-entropy loss: the prediction needs at least 2 numbers, one for each class, got 1 (its shape is (B, 1)). "
            "Set out_features of the last Linear to the number of classes, or use a BCE loss.",
        ),
        (
            "cross_entropy",
            spec("sequence", "B", 9, 4),
            spec("target", "B", dtype="int"),
            "Cross-entropy loss: a prediction (B, 9, 4) needs a target (B, 9), one class for each, got (B,). "
            "Put a Sequence pool before the loss.",
        ),
        (
            "cross_entropy",
            spec("image", "B", 4, 8, 8),
            spec("target", "B", dtype="int"),
            "Cross-entropy loss: a prediction (B, 4, 8, 8) needs a target (B, 8, 8), one class for each, got (B,). "
            "Put a Flatten and a Linear before the loss.",
        ),
        (
            "cross_entropy",
            spec("vector", "B", 4),
            spec("tokens", "B", 9, dtype="int"),
            "Cross-entropy loss: a prediction (B, 4) needs a target (B,), one class for each, got (B, 9). Connect a target of this shape.",
        ),
    ],
)
def test_refusals(block_type: str, prediction: TensorSpec, target: TensorSpec, expected: str) -> None:
    assert sentence(block_type, {}, prediction=prediction, target=target) == expected


def test_without_a_wire_the_target_is_the_data_sets_own() -> None:
    for block_type in ("mse", "l1", "bce", "cross_entropy"):
        assert not problems(block_type, {}, prediction=spec("vector", "B", 3))
