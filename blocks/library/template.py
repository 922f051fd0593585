"""What a ready network brings along: its data, its recipe, and the honest bar it is held to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Bar:
    """State what a network must reach on its data, with its own recipe and seed: `value` of `metric` on the validation set, or better."""

    metric: str
    value: float
    why: str
    """Why this is an honest bar."""
    at_most: bool = False
    """Whether less is better, as with a loss."""

    def is_reached(self, value: float) -> bool:
        """Return whether a measured value is as good as the bar, or better."""
        return value <= self.value if self.at_most else value >= self.value


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
    ready: Mapping[str, int] = field(default_factory=dict)
    """Settings under which it suits its data and trains in minutes, where its own defaults are the published sizes."""
