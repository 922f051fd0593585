"""Turn a CSV a user uploaded into examples: which column is the target, what the task is, and every cell that is no number."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from blocks.problems import Problem, UserError
from engine.data.csv_text import Rectangle, is_missing, is_number, read_rectangle, shown
from engine.data.source import DataSource, Examples, Option, Task

MOST_CLASSES = 1000
MOST_INFERRED_CLASSES = 20
"""A target of whole numbers counts as classes up to this many different ones, unless the user says otherwise."""
LARGEST_VALUE = 1e30
"""Beyond this a column's variance leaves the range of float64's safe use, and training that of float32."""

OPTIONS = (
    Option("upload", "File", None, "The uploaded file, by the hash it is stored under."),
    Option("filename", "File name", None, "What the user called the file; only shown."),
    Option("target", "Target column", None, "The column to predict; the last one where none is named."),
    Option(
        "task",
        "Task",
        "auto",
        "Predict a class or a number; auto decides by the target's values.",
        choices=("auto", "classification", "regression"),
    ),
)

SOURCE = DataSource(
    name="csv",
    title="Your CSV",
    description="A table you upload: a header, then rows of numbers; one column is the target.",
    task="classification",
    kind="vector",
    shape=(0,),
    num_examples=0,
    num_classes=0,
    options=OPTIONS,
    scaling="by_feature",
)


@dataclass(frozen=True)
class Table:
    """Hold a CSV that was read without a problem: its description and its examples."""

    source: DataSource
    examples: Examples


def read_csv(data: bytes, options: Mapping[str, Any]) -> Table:
    """Read an uploaded CSV.

    Raises:
        UserError: with everything that is wrong with it, as far as it could be read.
    """
    checked = SOURCE.checked(options)
    return _read(data, checked["target"] or "", checked["task"])


def columns(data: bytes) -> tuple[str, ...]:
    """Return the names of an upload's columns, for the choice of the target.

    Raises:
        UserError: where there are none to be read.
    """
    return read_rectangle(data).names


# Describing, fitting and loading ask for the same table within one moment.
@lru_cache(maxsize=2)
def _read(data: bytes, target: str, wanted: Task | str) -> Table:
    rectangle = read_rectangle(data)
    problems = list(rectangle.problems)
    if target and target not in rectangle.names:
        problems.append(_no_target(target, rectangle.names))
        raise UserError(*problems)
    place = rectangle.names.index(target) if target else len(rectangle.names) - 1
    labels = [cell.strip() for cell in rectangle.columns[place]]
    task, why = _task(labels, wanted)
    numeric = [number for number in range(len(rectangle.names)) if number != place or task == "regression"]
    for number in range(len(rectangle.names)):
        problems += [*_missing(rectangle, number), *_not_finite(rectangle, number)]
    for number in numeric:
        problems += _not_numbers(rectangle, number)
    problems += _bad_classes(labels, rectangle.names[place]) if task == "classification" else []
    if problems:
        raise UserError(*problems)
    inputs = [number for number in range(len(rectangle.names)) if number != place]
    x = np.array([rectangle.columns[number] for number in inputs], dtype=np.float64).T
    names = _class_names(labels) if task == "classification" else ()
    codes = {name: code for code, name in enumerate(names)}
    y = np.array([codes[label] for label in labels]) if names else np.array(labels, dtype=np.float64)[:, None]
    source = DataSource(
        name="csv",
        title=SOURCE.title,
        description=f"{len(x)} rows, {len(inputs)} inputs; target {shown(rectangle.names[place])}: {why} Inputs are standardised.",
        task=task,
        kind="vector",
        shape=(len(inputs),),
        num_examples=len(x),
        num_classes=len(names) or None,
        class_names=names,
        feature_names=tuple(rectangle.names[number] for number in inputs),
        options=OPTIONS,
        scaling="by_feature",
    )
    return Table(source, Examples(x, y))


def _task(labels: list[str], wanted: Task | str) -> tuple[Task, str]:
    """Return the task, and the reason in a sentence that a user reads."""
    if wanted in ("classification", "regression"):
        return ("classification" if wanted == "classification" else "regression"), f"{wanted}, as chosen."
    values = {label for label in labels if not is_missing(label)}
    numbers = [label for label in values if is_number(label)]
    # One slip among many different numbers is a slip, not a class: most of the values decide.
    if len(numbers) * 2 < len(values):
        return "classification", f"classification, because its {len(values)} values are text."
    whole = all(math.isfinite(float(label)) and float(label) == int(float(label)) for label in numbers)
    if whole and len(values) <= min(MOST_INFERRED_CLASSES, len(labels) // 2):
        return "classification", f"classification, because it has {len(values)} different whole numbers."
    return "regression", f"regression, because it has {len(values)} different numbers."


def _class_names(labels: list[str]) -> tuple[str, ...]:
    """Return the classes in order: numbers by size, texts by alphabet."""
    values = set(labels)
    return tuple(sorted(values, key=float) if all(map(is_number, values)) else sorted(values))


def _missing(rectangle: Rectangle, number: int) -> list[Problem]:
    empty = [row for row, cell in enumerate(rectangle.columns[number]) if is_missing(cell)]
    if not empty:
        return []
    name = shown(rectangle.names[number])
    return [
        _bad(
            "csv_missing_values",
            f"column {name} has {len(empty)} missing values; the first is in line {rectangle.lines[empty[0]]}",
            "Fill them in, or remove those rows or the column.",
        )
    ]


def _not_numbers(rectangle: Rectangle, number: int) -> list[Problem]:
    cells = rectangle.columns[number]
    name = shown(rectangle.names[number])
    text = [row for row, cell in enumerate(cells) if not is_missing(cell) and not is_number(cell)]
    if not text:
        return []
    message = f"column {name} has text where numbers belong in {len(text)} of {len(cells)} rows; the first is {shown(cells[text[0]])}"
    message += f" in line {rectangle.lines[text[0]]}"
    return [_bad("csv_text", message, "Replace it by numbers, remove the column, or choose it as the target.")]


def _not_finite(rectangle: Rectangle, number: int) -> list[Problem]:
    cells = rectangle.columns[number]
    wild = [row for row, cell in enumerate(cells) if is_number(cell) and not abs(float(cell)) <= LARGEST_VALUE]
    if not wild:
        return []
    message = f"column {shown(rectangle.names[number])} has {len(wild)} values that are NaN, infinite or beyond {LARGEST_VALUE:g}"
    message += f"; the first is {shown(cells[wild[0]])} in line {rectangle.lines[wild[0]]}"
    return [_bad("csv_not_finite", message, "Replace them by numbers, or remove those rows.")]


def _bad_classes(labels: list[str], name: str) -> list[Problem]:
    counts = Counter(label for label in labels if not is_missing(label))
    target = f"target column {shown(name)}"
    if len(counts) == 1:
        message = f"{target} has one class only, {shown(next(iter(counts)))}; there is nothing to tell apart"
        return [_bad("csv_one_class", message, "Add rows of another class, or choose another target column.", "target")]
    if len(counts) > MOST_CLASSES:
        message = f"{target} has {len(counts)} classes, at most {MOST_CLASSES} can be told apart"
        return [_bad("csv_too_many_classes", message, "Choose regression, or another target column.", "target")]
    single = [label for label, count in counts.items() if count < 2]
    if not single:
        return []
    more = f" (and {len(single) - 1} more classes)" if len(single) > 1 else ""
    message = f"{target} has one row only of class {shown(single[0])}{more}; one is needed to train on and one to validate on"
    return [_bad("csv_rare_class", message, "Add rows of it, remove it, or choose regression.", "target")]


def _no_target(target: str, names: tuple[str, ...]) -> Problem:
    listed = ", ".join(shown(name) for name in names[:10]) + (", …" if len(names) > 10 else "")
    return _bad("csv_no_target", f"there is no column {shown(target)} to be the target", f"Choose one of {listed}.", "target")


def _bad(code: str, what: str, fix: str, parameter: str = "upload") -> Problem:
    return Problem(code=code, message=f"CSV: {what}.", fix=fix, parameter=parameter)
