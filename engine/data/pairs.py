"""Digits in pairs and in threes, for networks that compare: every image stands either in what is trained on or in what is validated on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.measured import DIGITS, digits
from engine.data.source import DataSource, Entry, Examples, Option

NUM_GROUPS = 20
"""Pairs are formed within a group of images, and whole groups are held back: so no image that was trained on is validated on."""

_SEED = Option("seed", "Data seed", 0, "The same seed makes the same choice.", 0, 2**31 - 1)


def _count(what: str) -> Option:
    return Option("num_examples", what, 4000, f"How many {what.lower()} are formed, training and validation together.", 200, 12_000)


def grouped(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal the images of every class to the groups in turn, and return the group of each image."""
    group = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        group[members] = (np.arange(len(members)) + label) % NUM_GROUPS
    return group


def pairs(labels: NDArray[np.int64], num_pairs: int, seed: int) -> tuple[NDArray[np.int64], ...]:
    """Form pairs within groups, half of one class and half of two, none twice.

    Shapes: labels (N,) -> images (P, 2), different (P,), group (P,)
    """
    rng = np.random.default_rng(seed)
    group = grouped(labels, rng)
    first, second = np.triu_indices(len(labels), 1)
    together = group[first] == group[second]
    first, second = first[together], second[together]
    same = labels[first] == labels[second]
    half = num_pairs // 2
    alike = rng.choice(np.flatnonzero(same), half, replace=False)
    unlike = rng.choice(np.flatnonzero(~same), num_pairs - half, replace=False)
    chosen = rng.permutation(np.concatenate([alike, unlike]))
    images = rng.permuted(np.stack([first[chosen], second[chosen]], 1), axis=1)
    return images, (~same[chosen]).astype(np.int64), group[images[:, 0]]


def triplets(labels: NDArray[np.int64], num_triplets: int, seed: int) -> tuple[NDArray[np.int64], ...]:
    """Form triplets within groups: an anchor, another image of its class, and one of another class.

    Shapes: labels (N,) -> images (P, 3), the anchor's class (P,), group (P,)
    """
    rng = np.random.default_rng(seed)
    group = grouped(labels, rng)
    anchors = rng.integers(0, len(labels), num_triplets)
    images = np.empty((num_triplets, 3), dtype=np.int64)
    for row, anchor in enumerate(anchors):
        near = group == group[anchor]
        near[anchor] = False
        alike = labels == labels[anchor]
        images[row] = anchor, rng.choice(np.flatnonzero(near & alike)), rng.choice(np.flatnonzero(near & ~alike))
    return images, labels[anchors], group[anchors]


def _entry(source: DataSource, form: Callable[[NDArray[np.int64], int, int], tuple[NDArray[np.int64], ...]]) -> Entry:
    def describe(options: Mapping[str, Any]) -> DataSource:
        return replace(source, num_examples=int(options["num_examples"]))

    def examples(options: Mapping[str, Any]) -> Examples:
        every = digits()
        images, y, group = form(every.y, int(options["num_examples"]), int(options["seed"]))
        return Examples(every.x[images], y, group)

    return Entry(source, describe, examples)


_SPLIT = "Images that are held back for validation stand in no pair that is trained on."

DIGIT_PAIRS = replace(
    DIGITS,
    name="digit_pairs",
    title="Digit pairs",
    description=f"Two handwritten digits: are they the same one? Feeds two inputs. {_SPLIT}",
    num_examples=4000,
    num_classes=2,
    class_names=("same", "different"),
    input_names=("first", "second"),
    options=(_count("Pairs"), _SEED),
)
DIGIT_TRIPLETS = replace(
    DIGITS,
    name="digit_triplets",
    title="Digit triplets",
    description=(
        "Three handwritten digits: an anchor, another image of the same digit, and one of another digit. Feeds three inputs. "
        + _SPLIT.replace("pair", "triplet")
    ),
    num_examples=4000,
    input_names=("anchor", "positive", "negative"),
    options=(_count("Triplets"), _SEED),
)

COMPARED: tuple[Entry, ...] = (_entry(DIGIT_PAIRS, pairs), _entry(DIGIT_TRIPLETS, triplets))
