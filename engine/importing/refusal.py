"""What the import refuses, said in one sentence with its place in the file."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

from blocks.problems import Problem, UserError

LONGEST_TEXT = 300
"""Longest piece of a file's own words that a sentence repeats."""


class Refusal(UserError):
    """Carry the one problem that stands in the way of an import."""


def refused(code: str, message: str, fix: str, *, line: int | None = None) -> Refusal:
    """Return a refusal, its message led by the line of the file where there is one."""
    place = f"Line {line}: " if line else ""
    return Refusal(Problem(f"import_{code}", f"{place}{message}", fix))


def words(error: BaseException) -> str:
    """Return what an error says, on one line and not at length."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def line_of(trace: TracebackType | None, filename: str) -> int | None:
    """Return the last line of the user's file that a traceback passes through."""
    lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == filename]
    return lines[-1] if lines else None


def raised(error: BaseException, filename: str, doing: str) -> Refusal:
    """Return the refusal for an exception that the user's code raised."""
    line = line_of(error.__traceback__, filename)
    if isinstance(error, ModuleNotFoundError):
        return refused(
            "missing_module",
            f"the file imports {_quoted(error.name)}, which is not here.",
            "Put all that the network needs into this one file; it may import torch, numpy and Python's own modules.",
            line=line,
        )
    if isinstance(error, PermissionError):
        return refused(
            "side_effect",
            f"the file reaches for the network, another program or files of yours, which an import does not allow: {words(error)}.",
            "Take it out, or put it under `if __name__ == '__main__':`.",
            line=line,
        )
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "alloc" in str(error)):
        return refused("too_large", "the network takes more memory than an import may have.", "Make it narrower.", line=line)
    return refused(
        "fails", f"{doing} raises {type(error).__name__}: {words(error)}.", "Make the file run by itself, then import it again.", line=line
    )


def _quoted(value: Any) -> str:
    return repr(str(value))[:80]
