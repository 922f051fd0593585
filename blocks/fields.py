"""Types of parameters that several blocks share: sizes of windows along one or two dimensions, and their bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

LARGEST_WINDOW = 1_024
"""Largest kernel, stride, padding or dilation that a form accepts."""

Window = Annotated[int, Field(ge=1, le=LARGEST_WINDOW)]
"""A kernel size, stride or dilation."""

Margin = Annotated[int, Field(ge=0, le=LARGEST_WINDOW)]
"""A padding."""

WindowPair = Window | tuple[Window, Window]
MarginPair = Margin | tuple[Margin, Margin]

PaddingName = Literal["same", "valid"]
PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """Write one number for height and width as the two that torch makes of it."""
    return (value, value) if isinstance(value, int) else value
