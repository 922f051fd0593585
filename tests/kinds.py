"""Which networks of the library stand for the others in tests that take long."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from engine.library import templates

ONE_OF_EACH_KIND = ("lenet5", "spirals", "lstm", "siamese", "gpt2")


def networks(always: Collection[str] = ONE_OF_EACH_KIND, never: Collection[str] = ()) -> list[Any]:
    """Return every network of the library as a parameter; all but those of `always` only in thorough runs."""
    return [pytest.param(name, marks=() if name in always else pytest.mark.thorough) for name in templates() if name not in never]
