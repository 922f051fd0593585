"""Read networks from files and write answers to files; everything that can be wrong with a file is said in one sentence."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from typing import Any

from blocks.problems import Problem, UserError
from engine.graph.document import Graph


def read_bytes(path: str, most: int) -> bytes:
    """Return at most `most` + 1 bytes of a file ("-" is standard input): enough to tell that it is too large.

    Raises:
        UserError: where it cannot be read (code "unreadable").
    """
    try:
        if path == "-":
            return sys.stdin.buffer.read(most + 1) if sys.stdin is not None else b""
        with open(path, "rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UserError(
            Problem("unreadable", f"{path} cannot be read: {reason[:1].lower()}{reason[1:]}.", "Name a file that is there.")
        ) from error


def read_graph_file(path: str) -> Graph:
    """Return the network in a JSON file.

    Raises:
        UserError: where the file cannot be read or is no network; each message begins with the file's name.
    """
    from engine.graph.serialise import LARGEST_FILE_BYTES, read_graph

    content = read_bytes(path, LARGEST_FILE_BYTES)
    try:
        return read_graph(content)
    except UserError as error:
        name = "standard input" if path == "-" else path
        raise UserError(*(replace(problem, message=f"{name}: {problem.message}") for problem in error.problems)) from error


def write_text(path: str, text: str) -> None:
    """Write a file of text.

    Raises:
        UserError: where it cannot be written (code "unwritable").
    """
    write_bytes(path, text.encode())


def write_bytes(path: str, content: bytes) -> None:
    """Write a file.

    Raises:
        UserError: where it cannot be written (code "unwritable").
    """
    try:
        with open(path, "wb") as file:
            file.write(content)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        fix = "Name a file in a folder that is there and that you may write to."
        raise UserError(Problem("unwritable", f"{path} cannot be written: {reason[:1].lower()}{reason[1:]}.", fix)) from error


def settings(pairs: list[str], option: str) -> dict[str, Any]:
    """Read `name=value` pairs; a value is JSON where it reads as such (3, 0.5, true, [1, 2]), else a word.

    Raises:
        UserError: where a pair has no "=" (code "usage").
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or not name:
            raise UserError(Problem("usage", f"{option} takes name=value, got {pair!r}.", f"Write {option} {name or 'name'}=value."))
        try:
            found[name] = json.loads(text, parse_constant=lambda constant: constant)
        except (ValueError, RecursionError):
            found[name] = text
    return found


def set_environment(home: str | None) -> None:
    """Keep databases and files in the folder that `--home` names, here and in every process started from here."""
    if home is not None:
        os.environ["GRADLOOM_HOME"] = os.path.abspath(home)
