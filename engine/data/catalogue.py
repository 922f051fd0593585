"""Every data set there is, by name; and what one looks like under a given specification."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from blocks.problems import Problem, UserError
from engine.data import csv_table
from engine.data.generated import GENERATED
from engine.data.measured import MEASURED
from engine.data.pairs import COMPARED
from engine.data.shapes import SEGMENTED
from engine.data.source import DataSource, Entry, Examples
from engine.data.spec import DataSpec


@cache
def catalogue() -> Mapping[str, DataSource]:
    """Return every data set by name, with its default options, in the order in which they are offered."""
    sources = [*(entry.source for entry in (*MEASURED, *GENERATED, *SEGMENTED, *COMPARED)), csv_table.SOURCE]
    return MappingProxyType({source.name: source for source in sources})


@cache
def _entries() -> Mapping[str, Entry]:
    return {entry.source.name: entry for entry in (*MEASURED, *GENERATED, *SEGMENTED, *COMPARED)}


def describe(spec: DataSpec, csv: bytes | None = None) -> DataSource:
    """Return what a specification's data looks like, its options applied.

    Raises:
        UserError: where the name or an option is unknown, or the CSV cannot be used.
    """
    source = _known(spec)
    options = source.checked(spec.options)
    if source.name == "csv":
        return csv_table.read_csv(_uploaded(csv), spec.options).source
    return _entries()[source.name].describe(options)


def examples(spec: DataSpec, csv: bytes | None = None) -> Examples:
    """Return every example of a specification's data, before it is split and scaled.

    Raises:
        UserError: as `describe`.
    """
    # Describing is what refuses options that do not go together.
    source = describe(spec, csv)
    if source.name == "csv":
        return csv_table.read_csv(_uploaded(csv), spec.options).examples
    return _entries()[source.name].examples(source.checked(spec.options))


def _known(spec: DataSpec) -> DataSource:
    known = catalogue()
    if spec.name not in known:
        raise UserError(
            Problem(
                code="unknown_data",
                message=f"There is no data set called {spec.name[:60]!r}.",
                fix=f"Choose one of {', '.join(known)}.",
                parameter="name",
                received=spec.name[:60],
            )
        )
    return known[spec.name]


def _uploaded(csv: bytes | None) -> bytes:
    if csv is None:
        raise UserError(Problem("csv_no_file", "No CSV file has been uploaded yet.", "Upload a CSV file.", parameter="upload"))
    return csv
