"""Which examples each step sees: one permutation an epoch, out of a generator of its own, indexed on the device."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.data.load import Dataset
from engine.train.recipe import Recipe


class Batches:
    """Draw the batches of one epoch after the other; the same recipe and the same number of examples give the same ones."""

    def __init__(self, num_examples: int, recipe: Recipe, device: torch.device) -> None:
        self._num_examples = num_examples
        self._device = device
        # Apart from torch's global generator, so that dropout and initialisation do not shift the order, nor the order them.
        self._generator = torch.Generator().manual_seed(recipe.seed)
        self.sizes = batch_sizes(num_examples, recipe.batch_size)

    def epoch(self) -> tuple[Tensor, ...]:
        """Return the example numbers of each batch of the next epoch."""
        order = torch.randperm(self._num_examples, generator=self._generator).to(self._device)
        return torch.split(order, self.sizes)


def batch_sizes(num_examples: int, batch_size: int) -> list[int]:
    """Return the sizes of an epoch's batches: the last may be smaller, but never 1 beside others.

    Batch normalisation cannot train on one example, so a last batch of 1 joins the one before it.
    """
    full, rest = divmod(num_examples, batch_size)
    sizes = [batch_size] * full + ([rest] if rest else [])
    if len(sizes) > 1 and sizes[-1] == 1 and batch_size > 1:
        sizes[-2:] = [sizes[-2] + 1]
    return sizes


def select(data: Dataset, rows: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
    """Return inputs and targets of the given training examples."""
    return tuple(x.index_select(0, rows) for x in data.x_train), data.y_train.index_select(0, rows)


def first_batches(data: Dataset, recipe: Recipe, count: int) -> list[tuple[tuple[Tensor, ...], Tensor]]:
    """Return the first batches that training sees, as (inputs, target), to repeat its first losses outside of the engine."""
    batches = Batches(data.num_train, recipe, data.y_train.device)
    rows: list[Tensor] = []
    while len(rows) < count:
        rows += batches.epoch()
    return [select(data, chosen) for chosen in rows[:count]]
