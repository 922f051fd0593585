"""What is known of a data set before a network sees it: its task, its form, its options; and the examples themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from blocks.problems import Problem, UserError

Task = Literal["classification", "regression"]
Form = Literal["image", "vector", "tokens"]
"""The natural form of the examples: (C, H, W) images, (D,) vectors, (T,) token numbers."""
Scaling = Literal["none", "overall", "by_feature"]
"""How inputs are standardised, always with the mean and standard deviation of the training part alone."""


@dataclass(frozen=True)
class Option:
    """Describe one option of a data set, enough to generate its form field."""

    name: str
    label: str
    default: int | float | str | None
    help: str
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def widget(self) -> str:
        """Return which kind of field a form shows: choice, text, integer or number."""
        if self.choices:
            return "choice"
        if isinstance(self.default, int):
            return "integer"
        return "number" if isinstance(self.default, float) else "text"

    def to_json(self) -> dict[str, Any]:
        """Return what a form needs."""
        names = ("name", "label", "default", "help", "min", "max", "choices", "widget")
        return {name: getattr(self, name) for name in names}

    def problem(self, value: Any) -> Problem | None:
        """Return what is wrong with a value, if anything is."""
        if self.widget == "choice":
            return None if value in self.choices else self._bad(value, " or ".join(self.choices))
        if self.widget == "text":
            return None if value is None or isinstance(value, str) else self._bad(value, "text")
        number = isinstance(value, int) or (self.widget == "number" and isinstance(value, float) and math.isfinite(value))
        within = (
            number and not isinstance(value, bool) and (self.min is None or value >= self.min) and (self.max is None or value <= self.max)
        )
        kind = "a whole number" if self.widget == "integer" else "a number"
        return None if within else self._bad(value, f"{kind} from {self.min:g} to {self.max:g}")

    def _bad(self, value: Any, expected: str) -> Problem:
        shown = repr(value)[:60]
        return Problem(
            code="bad_parameter",
            message=f"Data: {self.label.lower()} must be {expected}, got {shown}.",
            fix=f"Set {self.label.lower()} to {self.default}.",
            parameter=self.name,
            expected=expected,
            received=shown,
        )


@dataclass(frozen=True)
class Examples:
    """Hold every example in natural form: x (N, C, H, W), (N, D) or (N, T); y (N,) or (N, H, W) class numbers, or (N, 1) values.

    Of data that feeds several inputs, x has one more dimension after the first: (N, inputs, C, H, W).
    """

    x: NDArray[Any]
    y: NDArray[Any]
    group: NDArray[np.int64] | None = None
    """(N,) what must not be torn apart: of one group all are trained on, or all validated on."""


@dataclass(frozen=True)
class DataSource:
    """Describe a data set: what it is about, what it looks like, and what can be chosen."""

    name: str
    title: str
    description: str
    task: Task
    kind: Form
    shape: tuple[int, ...]
    """Shape of one example."""
    num_examples: int
    num_classes: int | None = None
    """None for regression."""
    num_tokens: int | None = None
    """Size of the vocabulary, where the examples are tokens."""
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    input_names: tuple[str, ...] = ()
    """What each input gets, where they get different things; empty where every input gets the same examples."""
    options: tuple[Option, ...] = ()
    scaling: Scaling = "none"
    per_pixel: bool = False
    """Whether each pixel of an image has a class of its own."""
    same_points: bool = False
    """Whether there is nothing to hold back: the network is validated on the examples it was trained on."""

    def with_description(self, more: str) -> DataSource:
        """Return the same source with a sentence added to its description."""
        return replace(self, description=f"{self.description} {more}")

    def checked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return every option, with defaults where none was given.

        Raises:
            UserError: with every unknown or impossible option.
        """
        known = {option.name: option for option in self.options}
        problems = [
            Problem(
                code="unknown_parameter",
                message=f"{self.title} has no option {name[:60]!r}.",
                fix=f"Remove it; the options are {', '.join(known)}." if known else "Remove it; this data set has no options.",
                parameter=name,
            )
            for name in options
            if name not in known
        ]
        problems += [problem for name, option in known.items() if name in options and (problem := option.problem(options[name]))]
        if problems:
            raise UserError(*problems)
        return {name: options.get(name, option.default) for name, option in known.items()}


@dataclass(frozen=True)
class Entry:
    """Join a described data set with the functions that follow its options."""

    source: DataSource
    """As it is with the default options."""
    describe: Callable[[Mapping[str, Any]], DataSource]
    examples: Callable[[Mapping[str, Any]], Examples]


def classes(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return labels as the class numbers torch wants."""
    return labels.astype(np.int64)
