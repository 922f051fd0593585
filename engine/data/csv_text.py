"""Read an uploaded CSV strictly into a rectangle of texts: what cannot be read is said, never guessed."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass

from blocks.problems import Problem, UserError

LARGEST_BYTES = 50_000_000
MOST_COLUMNS = 10_000
LEAST_ROWS = 8
MISSING = frozenset({"", "na", "n/a", "null", "none", "?"})
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Rectangle:
    """Hold the cells of a CSV by column, and what is wrong with its layout."""

    names: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    """Line of the file in which each row ends, counted from 1 as editors do."""
    problems: tuple[Problem, ...]
    delimiter: str
    headed: bool
    """Whether the first row holds names and no values."""

    @property
    def num_rows(self) -> int:
        """Return the number of rows of values."""
        return len(self.columns[0]) if self.columns else 0


def read_rectangle(data: bytes) -> Rectangle:
    """Read bytes.

    Raises:
        UserError: where there are no rows and columns to speak of; lesser problems are in the result, to be told with the others.
    """
    delimiter, rows = _rows(_text(data))
    _, header = rows[0]
    headed = not all(is_number(cell) for cell in header)
    names = tuple(cell.strip() for cell in header) if headed else tuple(f"column {number + 1}" for number in range(len(header)))
    if len(names) < 2:
        raise UserError(_bad("the file has one column, and needs at least one input and the target", "Separate columns by commas."))
    if len(names) > MOST_COLUMNS:
        raise UserError(_bad(f"the file has {len(names)} columns, at most {MOST_COLUMNS} can be read", "Remove columns."))
    values = rows[1:] if headed else rows
    problems = [*_bad_names(names), *_ragged(values, len(names))]
    whole = [(line, row) for line, row in values if len(row) == len(names)]
    if len(whole) < LEAST_ROWS and not any(problem.code == "csv_ragged" for problem in problems):
        problems.append(_bad(f"the file has {len(whole)} rows of values, and needs at least {LEAST_ROWS}", "Add rows.", "csv_too_few_rows"))
    columns = tuple(zip(*(row for _, row in whole), strict=True)) if whole else tuple(() for _ in names)
    return Rectangle(names, columns, tuple(line for line, _ in whole), tuple(problems), delimiter, headed)


def is_number(cell: str) -> bool:
    """Return whether a cell reads as a number, NaN and infinity included; underscores are Python's own and are not."""
    if "_" in cell:
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def is_missing(cell: str) -> bool:
    """Return whether a cell says that there is no value."""
    return cell.strip().lower() in MISSING


def shown(text: str) -> str:
    """Return a user's text, short and quoted, for a sentence."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _text(data: bytes) -> str:
    if not data.strip():
        raise UserError(_bad("the file is empty", "Upload a file with a header and rows of values.", "csv_empty"))
    if len(data) > LARGEST_BYTES:
        size = f"{len(data) / 1e6:.0f} MB, at most {LARGEST_BYTES / 1e6:.0f} MB can be read"
        raise UserError(_bad(f"the file has {size}", "Upload fewer rows or columns.", "csv_too_large"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UserError(
            _bad(f"line {line} is not UTF-8 text", "Save the file as CSV UTF-8 and upload it again.", "csv_encoding")
        ) from error
    if "\0" in text:
        raise UserError(_bad("the file holds zero bytes, so it is no text", "Save it as CSV UTF-8 and upload it again.", "csv_encoding"))
    return text


def _rows(text: str) -> tuple[str, list[tuple[int, list[str]]]]:
    """Return the delimiter, and each row with the line of the file it ends in."""
    header = text.lstrip("\r\n").splitlines()[0]
    counts = {mark: header.count(mark) for mark in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda mark: counts[mark])
    try:
        # A blank line is no row; spreadsheets like to end with some.
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return delimiter, [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        fix = "Close every quotation mark and save the file as CSV UTF-8."
        raise UserError(_bad(f"the file cannot be read as CSV ({error})", fix, "csv_unreadable")) from error


def _bad_names(names: tuple[str, ...]) -> list[Problem]:
    problems = []
    double = [name for name, count in Counter(names).items() if count > 1 and name]
    if double:
        places = ", ".join(str(number + 1) for number, name in enumerate(names) if name == double[0])
        more = f" (and {len(double) - 1} more names)" if len(double) > 1 else ""
        message = f"columns {places} are all named {shown(double[0])}{more}"
        problems.append(_bad(message, "Give every column its own name.", "csv_duplicate_columns"))
    if "" in names:
        message = f"column {names.index('') + 1} has no name"
        problems.append(_bad(message, "Name every column in the first line, or remove the column.", "csv_unnamed_column"))
    return problems


def _ragged(rows: list[tuple[int, list[str]]], width: int) -> list[Problem]:
    wrong = [(line, len(row)) for line, row in rows if len(row) != width]
    if not wrong:
        return []
    line, found = wrong[0]
    message = f"{len(wrong)} of {len(rows)} rows do not have {width} values; the first is in line {line} with {found}"
    return [_bad(message, f"Give every row {width} values, or remove it.", "csv_ragged")]


def _bad(what: str, fix: str, code: str = "csv_layout") -> Problem:
    return Problem(code=code, message=f"CSV: {what}.", fix=fix, parameter="upload")
