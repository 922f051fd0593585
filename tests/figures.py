"""Figures that tests measure: told after the last test, also of those that pass."""

from __future__ import annotations

from collections.abc import Callable

Figure = Callable[[str], None]
