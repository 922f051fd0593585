"""Hold back a part of the examples for validation: seeded, and with every class in both parts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from blocks.problems import Problem, UserError
from engine.data.source import Task

LEAST_TRAINING = 2


def split(
    y: NDArray[Any], task: Task, fraction: float, seed: int, class_names: tuple[str, ...] = ()
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows to train on and the rows to validate on, both sorted; by class where an example has one.

    Raises:
        UserError: where a class or a part would be left without an example.
    """
    rng = np.random.default_rng(seed)
    labelled = task == "classification" and y.ndim == 1
    groups = [np.flatnonzero(y == label) for label in np.unique(y)] if labelled else [np.arange(len(y))]
    problems = [_too_few(group, y, class_names) for group in groups if len(group) < 2] if labelled else []
    if len(y) < LEAST_TRAINING + 1:
        problems.append(_impossible(f"{len(y)} examples cannot be split", "Use more examples."))
    if problems:
        raise UserError(*problems)
    held_back = []
    for group in groups:
        # Every class stands in both parts, however small the fraction.
        count = min(max(round(fraction * len(group)), 1), len(group) - 1)
        held_back.append(rng.permutation(group)[:count])
    validation = np.sort(np.concatenate(held_back)).astype(np.int64)
    training = np.setdiff1d(np.arange(len(y), dtype=np.int64), validation)
    if len(training) < LEAST_TRAINING:
        raise UserError(_impossible(f"only {len(training)} examples would be left to train on", "Set the validation part to 0.2."))
    return training, validation


def split_groups(group: NDArray[np.int64], fraction: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows to train on and the rows to validate on, both sorted; whole groups are held back, about that fraction."""
    groups = np.unique(group)
    assert len(groups) >= 2, "one group cannot be split"
    count = min(max(round(fraction * len(groups)), 1), len(groups) - 1)
    held_back = np.isin(group, np.random.default_rng(seed).permutation(groups)[:count])
    return np.flatnonzero(~held_back).astype(np.int64), np.flatnonzero(held_back).astype(np.int64)


def _too_few(group: NDArray[Any], y: NDArray[Any], class_names: tuple[str, ...]) -> Problem:
    label = int(y[group[0]])
    name = class_names[label] if label < len(class_names) else str(label)
    return _impossible(
        f"class {name[:40]!r} has {len(group)} example, and needs one to train on and one to validate on",
        f"Add examples of class {name[:40]!r}, or remove it.",
    )


def _impossible(why: str, fix: str) -> Problem:
    return Problem(code="bad_split", message=f"The data cannot be split: {why}.", fix=fix, parameter="validation_fraction")
