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


def test_contrastive_pulls_the_same_and_pushes_the_different() -> None:
    """Distances 0.6 and 0.2 with margin 1: ½·0.36 for the same, ½·0.8² for the different; beyond the margin nothing."""
    specs = {"prediction": spec("vector", "B", 1), "target": spec("target", "B", 1)}

    def contrastive(distances: list[float], different: list[float], **parameters: float) -> float:
        values = {"prediction": torch.tensor(distances)[:, None], "target": torch.tensor(different)[:, None]}
        return run(build("contrastive", parameters), specs, values)["loss"].item()  # type: ignore[arg-type]

    assert contrastive([0.6], [0.0]) == pytest.approx(0.18) and contrastive([0.2], [1.0]) == pytest.approx(0.32)
    assert contrastive([0.6, 0.2], [0.0, 1.0]) == pytest.approx((0.18 + 0.32) / 2)
    assert contrastive([1.5], [1.0]) == 0 and contrastive([1.5], [1.0], margin=2.0) == pytest.approx(0.125)
    assert build("contrastive", {"margin": 2.0}).boundary() == 1.0  # type: ignore[attr-defined]


def test_triplet_wants_the_right_one_nearer_by_the_margin() -> None:
    """The anchor at 0, the right one at (3, 4), 5 away, the wrong one at (0, 2): 5 − 2 + 1; at (0, 7): 0."""
    specs = {port: spec("vector", "B", 2) for port in ("anchor", "positive", "negative")}

    def triplet(negative: list[float], **parameters: float) -> float:
        values = {"anchor": torch.zeros(1, 2), "positive": torch.tensor([[3.0, 4.0]]), "negative": torch.tensor([negative])}
        return run(build("triplet", parameters), specs, values)["loss"].item()  # type: ignore[arg-type]

    assert triplet([0.0, 2.0]) == pytest.approx(4.0, abs=1e-4) and triplet([0.0, 2.0], margin=0.5) == pytest.approx(3.5, abs=1e-4)
    assert triplet([0.0, 7.0]) == 0
    assert sentence("triplet", {}, **{**specs, "negative": spec("vector", "B", 3)}).startswith(
        "Triplet loss: the negative must have the shape of the anchor, (B, 2), got (B, 3)."
    )


@pytest.mark.parametrize(
    ("block_type", "prediction", "target", "expected"),
    [
        (
            "contrastive",
            spec("vector", "B", 3),
            spec("target", "B", 1),
            "Contrastive loss: the prediction must be one distance for each pair, (B, 1), got (B, 3). Put a Distance before it.",
        ),
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
