"""Which data a run uses and how it is split: plain JSON, pinned on every run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from blocks.problems import Problem, UserError


@dataclass(frozen=True)
class DataSpec:
    """Name a data set of the catalogue, its options, and the part that is kept aside for validation.

    Raises:
        UserError: where a value cannot mean anything; whether the name and the options exist is asked when the data is described.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    validation_fraction: float = 0.2
    split_seed: int = 0

    def __post_init__(self) -> None:
        problems = [*_wrong_fraction(self.validation_fraction), *_wrong_seed(self.split_seed)]
        if not isinstance(self.name, str):
            problems.append(_wrong("name", "the name of a data set", self.name, "Choose one of the data sets."))
        if not isinstance(self.options, Mapping) or not all(isinstance(key, str) for key in self.options):
            problems.append(_wrong("options", "named options", self.options, 'Give options by name, like {"noise": 0.1}.'))
        if problems:
            raise UserError(*problems)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "name": self.name,
            "options": dict(self.options),
            "validation_fraction": self.validation_fraction,
            "split_seed": self.split_seed,
        }

    @classmethod
    def from_json(cls, document: Any) -> DataSpec:
        """Read plain JSON.

        Raises:
            UserError: where it is not the JSON of a data specification.
        """
        if not isinstance(document, dict) or "name" not in document:
            raise UserError(_wrong("name", "an object with the name of a data set", document, 'Write it like {"name": "digits"}.'))
        unknown = sorted(str(key) for key in document.keys() - {"name", "options", "validation_fraction", "split_seed"})
        if unknown:
            raise UserError(
                Problem(
                    code="unknown_parameter",
                    message=f"Data has no field {unknown[0]!r}.",
                    fix="Remove it; the fields are name, options, validation_fraction and split_seed.",
                    parameter=unknown[0],
                )
            )
        return cls(**document)


def _wrong_fraction(value: Any) -> list[Problem]:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if number and 0 < value < 1:
        return []
    message = f"The validation part must be more than 0 and less than 1, got {value!r}."
    if number and value > 1:
        message = f"The validation part must be less than 1: {value!r} asks for more examples than there are."
    return [
        Problem(
            code="bad_split",
            message=message,
            fix="Set the validation part to 0.2, one example in five.",
            parameter="validation_fraction",
            expected="0 < fraction < 1",
            received=repr(value),
        )
    ]


def _wrong_seed(value: Any) -> list[Problem]:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
        return []
    return [_wrong("split_seed", "a whole number from 0 to 2147483647", value, "Set the split seed to 0.")]


def _wrong(name: str, expected: str, received: Any, fix: str) -> Problem:
    shown = repr(received)[:60]
    return Problem(
        code="bad_parameter",
        message=f"Data: {name} must be {expected}, got {shown}.",
        fix=fix,
        parameter=name,
        expected=expected,
        received=shown,
    )
