"""Pairs and triplets of digits: what belongs together, nothing twice, and no image on both sides of the split."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from blocks.problems import UserError
from blocks.tensors import TensorSpec
from engine.check import check
from engine.compile import compile_graph
from engine.data import DataSpec, fit, load, load_for
from engine.data.measured import digits
from engine.data.pairs import pairs, triplets
from engine.graph.document import Graph, Node
from engine.library import template
from tests.engine.train.networks import chain

IMAGE = TensorSpec(("B", 1, 8, 8), "float", "image")


def test_pairs_are_half_the_same_and_half_different_and_none_comes_twice() -> None:
    labels = digits().y
    images, different, group = pairs(labels, 4000, 0)
    assert ((labels[images[:, 0]] != labels[images[:, 1]]) == different).all() and different.sum() == 2000
    assert len({frozenset(pair) for pair in images.tolist()}) == 4000
    assert len(np.unique(group)) == 20
    assert not np.array_equal(images, pairs(labels, 4000, 1)[0]) and np.array_equal(images, pairs(labels, 4000, 0)[0])


def test_the_most_pairs_and_triplets_that_can_be_asked_for_can_be_formed() -> None:
    for seed in range(3):
        assert len(pairs(digits().y, 12_000, seed)[0]) == 12_000
    assert load(DataSpec("digit_triplets", {"num_examples": 12_000}), [IMAGE] * 3).num_train > 9_000


def test_a_triplet_has_two_of_a_class_and_one_of_another() -> None:
    labels = digits().y
    images, anchors, _ = triplets(labels, 500, 0)
    anchor, positive, negative = labels[images].T
    assert (anchor == anchors).all() and (anchor == positive).all() and (anchor != negative).all()
    assert (images[:, 0] != images[:, 1]).all(), "an image is no pair with itself"


@pytest.mark.parametrize(("name", "count"), [("digit_pairs", 2), ("digit_triplets", 3)])
@pytest.mark.parametrize("fraction", [0.2, 0.01, 0.99])
def test_no_image_is_on_both_sides_of_the_split(name: str, count: int, fraction: float) -> None:
    data = load(DataSpec(name, validation_fraction=fraction), [IMAGE] * count)
    assert len(data.x_train) == count and data.num_train > 0 and data.num_val > 0

    def images(parts: tuple[torch.Tensor, ...]) -> set[bytes]:
        # To three digits: on both sides they are scaled alike.
        return {np.round(image.numpy(), 3).tobytes() for part in parts for image in part}

    # Two of the 1,797 images are the same picture now and then; a leak would share hundreds.
    assert len(images(data.x_train) & images(data.x_val)) <= 2


def test_each_input_gets_its_own_examples_and_both_are_scaled_alike() -> None:
    data = load(DataSpec("digit_pairs"), [IMAGE, IMAGE])
    first, second = data.x_train
    assert not torch.equal(first, second) and abs(float(torch.stack([first, second]).mean())) < 1e-4
    flat = load(DataSpec("digit_pairs"), [IMAGE, TensorSpec(("B", 64), "float", "vector")])
    assert torch.equal(flat.x_train[1], second.flatten(1)), "each in the form its own input asks for"


def test_a_network_with_another_number_of_inputs_is_told() -> None:
    single = chain(("vector_input", {"features": 64}), ("linear", {"out_features": 2}))
    (problem,) = fit(single, check(single), DataSpec("digit_pairs"))
    assert str(problem) == ("Digit pairs feeds 2 inputs (first, second), the network has 1. Add 1 more like it, or choose other data.")
    assert (problem.code, problem.node) == ("data_inputs", "vector_input0")
    siamese = template("siamese")
    (problem,) = (found for found in fit(siamese, check(siamese), DataSpec("digit_triplets")) if found.code == "data_inputs")
    assert "feeds 3 inputs (anchor, positive, negative), the network has 2" in problem.message
    with pytest.raises(UserError, match="feeds 3 inputs"):
        load_for(compile_graph(siamese), DataSpec("digit_triplets"))


def test_an_input_that_leads_nowhere_is_not_counted() -> None:
    siamese = template("siamese")
    more = Graph(
        {**siamese.nodes, "idle": Node("idle", "image_input", "idle", {"channels": 1, "height": 8, "width": 8})}, siamese.edges, "more"
    )
    assert fit(more, check(more), DataSpec("digit_pairs")) == []
    assert len(load_for(compile_graph(more), DataSpec("digit_pairs")).x_train) == 2
