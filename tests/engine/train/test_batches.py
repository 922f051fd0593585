"""Which examples each step sees."""

from __future__ import annotations

import pytest
import torch

from engine.train.batches import Batches, batch_sizes
from engine.train.recipe import Recipe


@pytest.mark.parametrize(
    ("examples", "size", "expected"),
    [(10, 4, [4, 4, 2]), (9, 4, [4, 5]), (8, 4, [4, 4]), (3, 4, [3]), (1, 4, [1]), (3, 1, [1, 1, 1]), (5, 4, [5])],
)
def test_a_last_batch_of_one_joins_the_one_before(examples: int, size: int, expected: list[int]) -> None:
    assert batch_sizes(examples, size) == expected


def test_every_epoch_sees_every_example_once_in_an_order_of_its_own() -> None:
    batches = Batches(9, Recipe(batch_size=4), torch.device("cpu"))
    first, second = torch.cat(batches.epoch()), torch.cat(batches.epoch())
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(9))
    assert first.tolist() != second.tolist()
    again = Batches(9, Recipe(batch_size=4), torch.device("cpu"))
    assert torch.cat(again.epoch()).tolist() == first.tolist()


def test_the_order_does_not_touch_the_global_generator() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    Batches(9, Recipe(), torch.device("cpu")).epoch()
    assert torch.equal(torch.rand(3), expected)
