"""What a ready network brings along: its data, its recipe, and the honest bar it is held to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Bar:
    """State what a network must reach on its data, with its own recipe and seed: at least `value` of `metric` on the validation set."""

    metric: str
    value: float
    why: str
    """Why this is an honest bar."""


@dataclass(frozen=True)
class Template:
    """Describe a ready network for the Library."""

    title: str
    summary: str
    data: dict[str, Any]
    """A data specification: {"name": …, "options": {…}}."""
    recipe: dict[str, Any]
    bar: Bar | None
    """None for a network that is there to fail."""
    family: str
    tags: tuple[str, ...] = field(default=())
