"""How a command answers: lines for a person, or exactly one JSON document; mistakes in one sentence on standard error."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from blocks.problems import Problem


class Unwritable(Exception):
    """Say that the answer itself could not be written: the disk is full, say."""


def printable(text: str) -> str:
    """Return one line that cannot steer a terminal: names and files come from anyone."""
    return "".join(character if character.isprintable() else character.encode("unicode_escape").decode() for character in text)


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: tuples become lists, and NaN and infinities, which JSON lacks, become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    number = float(value)
    return number if math.isfinite(number) else None


class Console:
    """Write a command's answer. Under `--json` the lines meant for a person are left out."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.command = ""
        self._answered = False
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")

    def say(self, line: str = "") -> None:
        """Write a line for a person."""
        if not self.as_json:
            _write(sys.stdout, printable(line) + "\n")

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write rows in aligned columns for a person."""
        cells = [[printable(cell) for cell in row] for row in (heads, *rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
        for row in cells:
            self.say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def text(self, text: str) -> None:
        """Write a whole file's text as it stands."""
        _write(sys.stdout, text if text.endswith("\n") else text + "\n")

    def answer(self, document: Mapping[str, Any]) -> None:
        """Write the one JSON document, where one was asked for."""
        assert not self._answered, "a command answers once"
        self._answered = True
        if self.as_json:
            _write(sys.stdout, json.dumps(plain(document), indent=2) + "\n")
            self.flush()

    def complain(self, sentence: str) -> None:
        """Write one line on standard error."""
        _write(sys.stderr, f"gradloom{' ' + self.command if self.command else ''}: {printable(' '.join(sentence.split()))}\n")

    def refuse(self, problems: Sequence[Problem], document: Mapping[str, Any] | None = None) -> int:
        """Say what is wrong, and return the exit status for it."""
        if not self._answered:
            self.answer(document or {"ok": False, "problems": [problem.to_json() for problem in problems]})
        more = len(problems) - 1
        others = f" ({more} more problem{'s' if more > 1 else ''}.)" if more else ""
        self.complain(f"{problems[0]}{others}")
        return 2

    def flush(self) -> None:
        """Hand over what was written."""
        if sys.stdout is not None:
            with _writing():
                sys.stdout.flush()

    def silence(self) -> None:
        """Drop what can no longer be written, so that the interpreter does not stumble over it when it ends."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _write(stream: TextIO | None, text: str) -> None:
    # Python sets a stream to None where the caller closed it (`gradloom check g.json >&-`).
    if stream is not None:
        with _writing():
            stream.write(text)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritable(error.strerror or str(error)) from error
