"""Sums, products and concatenations: order, numbers, and a mismatch explained with its remedy."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from blocks.tensors import TensorSpec
from blocks.validation import build
from tests.blocks.execution import as_inputs, run
from tests.blocks.refusals import sentence, spec


def test_concat_keeps_the_order_of_the_wires() -> None:
    specs = {"xs": [spec("vector", "B", 2), spec("vector", "B", 1), spec("vector", "B", 2)]}
    values = [torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0]]), torch.tensor([[4.0, 5.0]])]
    assert run(build("concat", {}), specs, {"xs": values})["y"].tolist() == [[1.0, 2.0, 3.0, 4.0, 5.0]]
    specs["xs"].reverse()
    assert run(build("concat", {}), specs, {"xs": values[::-1]})["y"].tolist() == [[4.0, 5.0, 3.0, 1.0, 2.0]]


@pytest.mark.parametrize(("dim", "expected"), [("features", (2, 6, 4, 5)), ("height", (2, 3, 8, 5)), ("width", (2, 3, 4, 10))])
def test_concat_along(dim: str, expected: tuple[int, ...]) -> None:
    specs = {"xs": [spec("image", "B", 3, 4, 5)] * 2}
    assert run(build("concat", {"dim": dim}), specs, {"xs": [torch.rand(2, 3, 4, 5)] * 2})["y"].shape == expected


def test_add_and_multiply_any_number() -> None:
    values = [torch.tensor([[2.0, 3.0]]), torch.tensor([[5.0, 7.0]]), torch.tensor([[11.0, 13.0]])]
    for count, total, product in ((1, [2.0, 3.0], [2.0, 3.0]), (2, [7.0, 10.0], [10.0, 21.0]), (3, [18.0, 23.0], [110.0, 273.0])):
        specs = {"xs": [spec("vector", "B", 2)] * count}
        assert run(build("add", {}), specs, {"xs": values[:count]})["y"].tolist() == [total]
        assert run(build("multiply", {}), specs, {"xs": values[:count]})["y"].tolist() == [product]


def test_distances_by_hand() -> None:
    """(1, 2) and (4, 6) are 5 apart; (1, 0) and (0, 3) stand at right angles, (1, 1) and (−2, −2) opposite."""
    specs = {"a": spec("vector", "B", 2), "b": spec("vector", "B", 2)}

    def distance(metric: str, a: list[float], b: list[float]) -> float:
        values = {"a": torch.tensor([a]), "b": torch.tensor([b])}
        (row,) = run(build("distance", {"metric": metric}), specs, values)["y"].tolist()
        return row[0]  # type: ignore[no-any-return]

    assert distance("euclidean", [1.0, 2.0], [4.0, 6.0]) == pytest.approx(5.0, rel=1e-5)
    assert distance("cosine", [1.0, 0.0], [0.0, 3.0]) == pytest.approx(1.0)
    assert distance("cosine", [1.0, 1.0], [-2.0, -2.0]) == pytest.approx(2.0)
    assert distance("cosine", [1.0, 1.0], [5.0, 5.0]) == pytest.approx(0.0, abs=1e-6)


def test_the_distance_of_equal_vectors_has_a_finite_gradient() -> None:
    a, b = torch.ones(2, 3, requires_grad=True), torch.ones(2, 3, requires_grad=True)
    specs = {"a": spec("vector", "B", 3), "b": spec("vector", "B", 3)}
    run(build("distance", {}), specs, {"a": a, "b": b})["y"].sum().backward()
    assert a.grad is not None and torch.isfinite(a.grad).all()


def test_a_distance_needs_as_many_features_on_both_sides() -> None:
    assert sentence("distance", {}, a=spec("vector", "B", 4), b=spec("vector", "B", 1)) == (
        "Distance: both vectors must have the same features, got (B, 4) and (B, 1). "
        "Insert a Linear with 4 out_features on the wire of (B, 1)."
    )


def test_statements_are_plain() -> None:
    three = as_inputs({"xs": [spec("image", "B", 3, 4, 5)] * 3})
    assert build("add", {}).forward(three) == "{y} = {xs[0]} + {xs[1]} + {xs[2]}"
    assert build("concat", {}).forward(three) == "{y} = torch.cat([{xs}], dim=1)"


def test_kind_follows_the_first_wire() -> None:
    assert build("add", {}).output_kinds(as_inputs({"xs": [spec("state", 2, "B", 4)] * 2})) == {"y": "state"}


@pytest.mark.parametrize(
    ("block_type", "parameters", "first", "second", "expected"),
    [
        (
            "add",
            {},
            spec("image", "B", 64, 8, 8),
            spec("image", "B", 32, 8, 8),
            "Add: what is added must have the same shape, got (B, 64, 8, 8) and (B, 32, 8, 8). "
            "Insert a 1 × 1 convolution (projection) with 64 filters on the wire of (B, 32, 8, 8).",
        ),
        (
            "add",
            {},
            spec("image", "B", 64, 4, 4),
            spec("image", "B", 32, 8, 8),
            "Add: what is added must have the same shape, got (B, 64, 4, 4) and (B, 32, 8, 8). "
            "Insert a 1 × 1 convolution (projection) with 64 filters and stride 2 on the wire of (B, 32, 8, 8).",
        ),
        (
            "add",
            {},
            spec("image", "B", 64, 6, 6),
            spec("image", "B", 64, 8, 8),
            "Add: what is added must have the same shape, got (B, 64, 6, 6) and (B, 64, 8, 8). "
            "Give the convolutions on the way the padding that keeps height and width, or pool the larger of "
            "(B, 64, 6, 6) and (B, 64, 8, 8).",
        ),
        (
            "add",
            {},
            spec("vector", "B", 10),
            spec("vector", "B", 1),
            "Add: what is added must have the same shape, got (B, 10) and (B, 1). "
            "Insert a Linear with 10 out_features on the wire of (B, 1).",
        ),
        (
            "add",
            {},
            spec("series", "B", 10, 5),
            spec("series", "B", 3, 5),
            "Add: what is added must have the same shape, got (B, 10, 5) and (B, 3, 5). "
            "Insert a Conv 1D with kernel_size 1 and 10 filters on the wire of (B, 3, 5).",
        ),
        (
            "add",
            {},
            spec("sequence", "B", 9, 5),
            spec("sequence", "B", 8, 5),
            "Add: what is added must have the same shape, got (B, 9, 5) and (B, 8, 5). "
            "Make both the same length: (B, 9, 5) and (B, 8, 5) differ in time.",
        ),
        (
            "add",
            {},
            spec("image", "B", 4, 1, 1),
            spec("vector", "B", 4),
            "Add: wire 1 brings an image (B, 4, 1, 1), but wire 2 brings a vector (B, 4). "
            "Make them of one kind first, with Flatten, a global pooling or a Sequence pool.",
        ),
        (
            "multiply",
            {},
            spec("image", "B", 64, 8, 8),
            spec("image", "B", 32, 1, 1),
            "Multiply: what is multiplied must have the same shape, or sizes of 1, got (B, 64, 8, 8) and (B, 32, 1, 1). "
            "Insert a 1 × 1 convolution (projection) with 64 filters on the wire of (B, 32, 1, 1).",
        ),
        (
            "concat",
            {},
            spec("image", "B", 64, 8, 8),
            spec("image", "B", 32, 4, 4),
            "Concat: what is put side by side may differ only in features, got (B, 64, 8, 8) and (B, 32, 4, 4). "
            "Give the convolutions on the way the padding that keeps height and width, or pool the larger image.",
        ),
        (
            "concat",
            {"dim": "time"},
            spec("sequence", "B", 9, 5),
            spec("sequence", "B", 9, 4),
            "Concat: what is put side by side may differ only in time, got (B, 9, 5) and (B, 9, 4). "
            "Make both the same size in every other dimension, with a Linear or a pooling on one of the wires.",
        ),
        (
            "concat",
            {"dim": "height"},
            spec("vector", "B", 5),
            spec("vector", "B", 5),
            'Concat: dim is height, but the input (B, 5) has no height. Set dim to "features".',
        ),
        (
            "concat",
            {},
            spec("sequence", "B", 9, 5),
            spec("series", "B", 9, 5),
            "Concat: wire 1 brings a sequence (B, 9, 5), but wire 2 brings a series of channels (B, 9, 5). "
            "Make them of one kind first, with Flatten, a global pooling or a Sequence pool.",
        ),
    ],
)
def test_refusals(block_type: str, parameters: dict[str, Any], first: TensorSpec, second: TensorSpec, expected: str) -> None:
    assert sentence(block_type, parameters, xs=[first, second]) == expected


def test_the_middle_is_cut_by_hand() -> None:
    """Of 5 × 4 pixels, numbered by row, 2 × 2 are kept: one and a half rows above, which is one, and one column at the left."""
    image = torch.arange(20.0).reshape(1, 1, 5, 4)
    specs = {"x": spec("image", "B", 1, 5, 4), "like": spec("image", "B", 3, 2, 2)}
    assert run(build("crop_like", {}), specs, {"x": image, "like": torch.zeros(1, 3, 2, 2)})["y"].tolist() == [[[[5.0, 6.0], [9.0, 10.0]]]]
    specs["like"] = spec("image", "B", 2, 5, 4)
    assert torch.equal(run(build("crop_like", {}), specs, {"x": image, "like": torch.zeros(1, 2, 5, 4)})["y"], image)


def test_what_is_too_small_cannot_be_cut() -> None:
    assert sentence("crop_like", {}, x=spec("image", "B", 4, 9, 5), like=spec("image", "B", 4, 8, 6)) == (
        "Crop like: an image of 9 × 5 cannot be cut to 8 × 6. Swap the wires to x and like, or enlarge x first with a Conv transpose 2D."
    )
