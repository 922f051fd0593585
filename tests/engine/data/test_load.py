"""Every data set: its examples, its split, its scaling, and the forms it can take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn import datasets

from blocks.problems import UserError
from blocks.tensors import TensorSpec
from engine.data import DataSpec, catalogue, describe, load
from engine.data.catalogue import examples
from engine.data.split import split

NAMES = [
    "digits",
    "iris",
    "wine",
    "breast_cancer",
    "diabetes",
    "xor",
    "spirals",
    "circles",
    "moons",
    "blobs",
    "first_token",
    "sum_of_two",
    "shapes",
    "digit_pairs",
    "digit_triplets",
    "csv",
]
BUILT_IN = [name for name in catalogue() if name != "csv"]


def natural(name: str, **options: Any) -> TensorSpec:
    """Return the input that asks for the data as it is."""
    source = describe(DataSpec(name, options))
    return TensorSpec(("B", *source.shape), "int" if source.kind == "tokens" else "float", source.kind)


def image(channels: int, height: int, width: int) -> TensorSpec:
    return TensorSpec(("B", channels, height, width), "float", "image")


def test_the_catalogue_has_every_promised_data_set() -> None:
    assert [*catalogue()] == NAMES


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_is_described_is_what_is_loaded(name: str) -> None:
    source = describe(DataSpec(name))
    inputs = [natural(name)] * max(1, len(source.input_names))
    data = load(DataSpec(name), inputs)
    assert source == catalogue()[name] and source.description.endswith(".")
    assert data.num_train + data.num_val == source.num_examples * (2 if source.same_points else 1)
    assert data.x_train[0].shape[1:] == data.x_val[0].shape[1:] == source.shape
    if source.task == "classification":
        assert source.num_classes == len(source.class_names) > 1
        assert set(data.y_train.unique().tolist()) == set(data.y_val.unique().tolist()) == set(range(source.num_classes))
    again = load(DataSpec(name), inputs)
    assert torch.equal(again.x_train[0], data.x_train[0]) and torch.equal(again.y_val, data.y_val)


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes"])
def test_inputs_are_standardised_by_the_training_part_alone(name: str) -> None:
    data = load(DataSpec(name), [natural(name)])
    (x,) = data.x_train
    torch.testing.assert_close(x.mean(0), torch.zeros(x.shape[1]), atol=1e-5, rtol=0)
    torch.testing.assert_close(x.std(0, correction=0), torch.ones(x.shape[1]), atol=1e-4, rtol=0)
    assert data.x_val[0].mean(0).abs().max() > 1e-3, "the validation part must not have been used"


def test_a_feature_that_never_changes_becomes_zero() -> None:
    table = b"a,same,t\n" + b"".join(b"%d,7,%s\n" % (row, b"xy"[row % 2 :][:1]) for row in range(20))
    data = load(DataSpec("csv"), [TensorSpec(("B", 2), "float", "vector")], csv=table)
    assert torch.isfinite(data.x_train[0]).all() and (data.x_train[0][:, 1] == 0).all()


def test_digits_are_resized_bilinearly_and_channels_repeated() -> None:
    small, large = load(DataSpec("digits"), [image(1, 8, 8)]), load(DataSpec("digits"), [image(3, 28, 20)])
    expected = F.interpolate(small.x_train[0], size=(28, 20), mode="bilinear", align_corners=False)
    torch.testing.assert_close(large.x_train[0], expected.expand(-1, 3, -1, -1))
    pixels = torch.from_numpy(datasets.load_digits().images[:, None] / 16).float()
    ratio = (pixels[0] - pixels[0].mean()) / pixels[0].std()
    assert any(torch.allclose((one - one.mean()) / one.std(), ratio, atol=1e-5) for one in (*small.x_train[0][:5], *small.x_val[0][:5]))


def test_digits_are_also_rows_and_features() -> None:
    data = load(
        DataSpec("digits"), [image(1, 8, 8), TensorSpec(("B", 8, 8), "float", "sequence"), TensorSpec(("B", 64), "float", "vector")]
    )
    grid, rows, flat = data.x_train
    assert torch.equal(grid[:, 0], rows) and torch.equal(rows.flatten(1), flat)


def test_tokens_are_numbers_or_one_hot_and_the_class_is_the_first() -> None:
    spec = DataSpec("first_token", {"length": 30, "num_classes": 3, "vocabulary_size": 9, "num_examples": 90})
    data = load(spec, [TensorSpec(("B", 30), "int", "tokens"), TensorSpec(("B", 30, 9), "float", "sequence")])
    tokens, one_hot = data.x_train
    assert torch.equal(tokens[:, 0], data.y_train) and tokens.dtype == torch.int64 and tokens.max() < 9
    assert torch.equal(one_hot.argmax(2), tokens) and one_hot.sum(2).eq(1).all()


def test_xor_trains_and_validates_on_the_same_four_points_and_says_so() -> None:
    data = load(DataSpec("xor"), [natural("xor")], "value", prediction=TensorSpec(("B", 1), "float", "vector"))
    assert data.x_train[0].tolist() == data.x_val[0].tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert data.y_train.tolist() == [[0.0], [1.0], [1.0], [0.0]] and "same points" in data.note
    assert "validated on the points it was trained on" in catalogue()["xor"].description
    many = load(DataSpec("xor", {"num_examples": 100, "noise": 0.1}), [natural("xor")])
    assert (many.num_train, many.num_val, many.note) == (80, 20, "")


def test_targets_take_the_form_of_the_loss() -> None:
    iris = load(DataSpec("iris"), [natural("iris")], "value", prediction=TensorSpec(("B", 3), "float", "vector"))
    assert iris.y_train.shape == (120, 3) and iris.y_train.sum(1).eq(1).all() and iris.y_train.dtype == torch.float32
    two = load(DataSpec("moons"), [natural("moons")], "value", prediction=TensorSpec(("B", 2), "float", "vector"))
    assert two.y_train.shape[1] == 2
    diabetes = load(DataSpec("diabetes"), [natural("diabetes")], "value")
    values = torch.cat([diabetes.y_train, diabetes.y_val]).double() * diabetes.target_scale + diabetes.target_mean
    assert sorted(values.flatten().round().int().tolist()) == sorted(datasets.load_diabetes().target.astype(int).tolist())


@pytest.mark.parametrize(("fraction", "seed"), [(0.1, 0), (0.2, 5), (0.5, 1), (0.99, 2), (0.001, 3)])
def test_a_split_is_seeded_and_has_every_class_in_both_parts(fraction: float, seed: int) -> None:
    y = np.array([0] * 50 + [1] * 10 + [2] * 2)
    training, validation = split(y, "classification", fraction, seed)
    assert sorted([*training, *validation]) == list(range(62))
    assert set(y[training]) == set(y[validation]) == {0, 1, 2}
    assert abs(np.sum(y[validation] == 0) - fraction * 50) <= 1
    assert split(y, "classification", fraction, seed)[1].tolist() == validation.tolist()
    if fraction in (0.2, 0.5):
        assert split(y, "classification", fraction, seed + 1)[1].tolist() != validation.tolist()


def test_a_class_with_one_example_cannot_be_split() -> None:
    with pytest.raises(UserError, match="class 'rare' has 1 example"):
        split(np.array([0, 0, 0, 1]), "classification", 0.5, 0, ("usual", "rare"))


@pytest.mark.parametrize("fraction", [0, 1, 0.0, 1.0, -0.2, 1.5, float("nan"), "half", None, True])
def test_an_impossible_split_is_refused_with_its_fix(fraction: Any) -> None:
    with pytest.raises(UserError) as caught:
        DataSpec("iris", validation_fraction=fraction)
    (problem,) = caught.value.problems
    assert problem.parameter == "validation_fraction" and "0.2" in problem.fix


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("mnist", {}, "no data set called 'mnist'"),
        ("../../etc/passwd", {}, "no data set"),
        ("iris", {"noise": 1}, "no option 'noise'"),
        ("moons", {"noise": -1}, "noise must be a number from 0 to 10"),
        ("moons", {"noise": float("nan")}, "noise must be"),
        ("moons", {"num_examples": 10**9}, "examples must be a whole number"),
        ("moons", {"num_examples": 50.5}, "examples must be a whole number"),
        ("first_token", {"num_classes": 20, "vocabulary_size": 10}, "20 classes need at least as many tokens"),
        ("csv", {}, "No CSV file"),
    ],
)
def test_a_bad_name_or_option_is_said(name: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        describe(DataSpec(name, options))
    with pytest.raises(UserError, match=said):
        examples(DataSpec(name, options))


def test_a_specification_comes_back_from_json_as_it_went() -> None:
    spec = DataSpec("moons", {"noise": 0.3}, 0.25, 7)
    assert DataSpec.from_json(spec.to_json()) == spec
    for document in (
        None,
        [],
        {},
        {"name": "iris", "path": "/etc"},
        {"name": 3},
        {"name": "iris", "options": []},
        {"name": "iris", "split_seed": -1},
    ):
        with pytest.raises(UserError):
            DataSpec.from_json(document)
