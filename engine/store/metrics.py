"""Metrics as columnar chunks: every point is kept as it came, NaN and Inf too, and a range is read without touching the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from engine.store.reduction import DRAWN_POINTS, kept_points
from engine.store.sessions import Database, clean
from engine.store.tables import MetricChunkTable as Chunk
from engine.store.tables import MetricLayoutTable as Layout
from engine.store.tables import VerdictTable
from engine.train.events import Points, Stream, Verdict


@dataclass(frozen=True)
class Series:
    """Hold the rows of one stream, or of a range of it."""

    names: tuple[str, ...]
    steps: NDArray[np.int64]
    """(S,)"""
    values: NDArray[np.float32]
    """(S, number of names)"""

    def __len__(self) -> int:
        return len(self.steps)

    def column(self, name: str) -> NDArray[np.float32]:
        """Return one series, (S,)."""
        return self.values[:, self.names.index(name)]

    def drawn(self, name: str, limit: int = DRAWN_POINTS) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the steps and values to draw for one series, reduced with its extrema kept."""
        column = np.ascontiguousarray(self.column(name))
        kept = kept_points(self.steps, column, limit)
        return self.steps[kept], column[kept]


class Metrics(Database):
    """Read what was recorded of a run."""

    def layout(self, run_id: str) -> dict[str, tuple[str, ...]]:
        """Return the names of the series of each stream; empty before training has started."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(Layout.stream, Layout.names).where(Layout.run_id == run_id)).all()
        return {stream: tuple(names) for stream, names in rows}

    def series(
        self, run_id: str, stream: Stream, names: Sequence[str] | None = None, first: int | None = None, last: int | None = None
    ) -> Series:
        """Return the rows of a stream from step `first` to step `last`, both included; all series where none are named.

        A name that the stream has not is a column of NaN, so that a page may ask before training has started.
        """
        bounds = [Chunk.run_id == run_id, Chunk.stream == stream]
        if first is not None:
            # Chunks follow one another, so the one that holds `first` is the last that begins no later: the primary key finds it.
            before = sa.select(sa.func.max(Chunk.first_step)).where(*bounds, Chunk.first_step <= first).scalar_subquery()
            bounds.append(Chunk.first_step >= sa.func.coalesce(before, first))
        if last is not None:
            bounds.append(Chunk.first_step <= last)
        query = sa.select(Chunk.steps, Chunk.values).where(*bounds).order_by(Chunk.first_step)
        with self.reading() as connection:
            layout = connection.execute(sa.select(Layout.names).where(Layout.run_id == run_id, Layout.stream == stream)).scalar()
            chunks = connection.execute(query).all() if layout else []
        return _assembled(tuple(layout or ()), names, chunks, first, last)

    def series_since(self, run_id: str, stream: Stream, after_step: int | None, names: Sequence[str] | None = None) -> Series:
        """Return the rows after a step, which a page that has the earlier ones asks for; all of them where it has none."""
        return self.series(run_id, stream, names, first=None if after_step is None else after_step + 1)

    def verdicts(self, run_id: str) -> list[Verdict]:
        """Return what was said of a run, in the order in which it began."""
        query = sa.select(VerdictTable).where(VerdictTable.run_id == run_id).order_by(VerdictTable.began, VerdictTable.id)
        with self.reading() as connection:
            rows = connection.execute(query).mappings().all()
        order = ("kind", "severity", "node", "began", "message", "evidence", "cleared")
        return [Verdict(*(row[name] for name in order)) for row in rows]


def _assembled(layout: tuple[str, ...], names: Sequence[str] | None, chunks: Iterable[Any], first: int | None, last: int | None) -> Series:
    wanted = layout if names is None else tuple(names)
    parts_steps = [np.frombuffer(chunk.steps, dtype="<i8") for chunk in chunks]
    steps = np.concatenate(parts_steps) if parts_steps else np.empty(0, np.int64)
    parts_values = [np.frombuffer(chunk.values, dtype="<f4") for chunk in chunks]
    # The width is named: numpy cannot work out the second dimension of no rows at all.
    values = (np.concatenate(parts_values) if parts_values else np.empty(0, np.float32)).reshape(len(steps), len(layout))
    begin = 0 if first is None else int(np.searchsorted(steps, first))
    end = len(steps) if last is None else int(np.searchsorted(steps, last, side="right"))
    steps, values = steps[begin:end], values[begin:end]
    if wanted == layout:
        return Series(wanted, steps, values.reshape(len(steps), len(layout)))
    picked = np.full((len(steps), len(wanted)), np.nan, np.float32)
    for place, name in enumerate(wanted):
        if name in layout and len(steps):
            picked[:, place] = values[:, layout.index(name)]
    return Series(wanted, steps, picked)


def write_points(connection: Connection, run_id: str, points: Sequence[Points]) -> None:
    """Write points as one chunk for each stream, in the caller's transaction."""
    for stream, group in groupby(sorted(points, key=lambda part: part.stream), key=lambda part: part.stream):
        parts = list(group)
        steps = np.concatenate([part.steps for part in parts]).astype("<i8", copy=False)
        values = np.concatenate([part.values for part in parts]).astype("<f4", copy=False)
        assert values.shape[:1] == steps.shape and values.ndim == 2, f"{len(steps)} steps of {stream} need as many rows, not {values.shape}"
        assert (np.diff(steps) > 0).all(), f"the steps of {stream!r} must rise"
        if len(steps):
            row = {"first_step": int(steps[0]), "last_step": int(steps[-1]), "count": len(steps)}
            blobs = {"steps": steps.tobytes(), "values": values.tobytes()}
            connection.execute(sa.insert(Chunk).values(run_id=run_id, stream=stream, **row, **blobs))


def write_layout(database: Database, connection: Connection, run_id: str, series: dict[Stream, list[str]]) -> None:
    """Write the names of every stream's columns, in the caller's transaction."""
    for stream, names in series.items():
        connection.execute(database.insert_once(Layout, {"run_id": run_id, "stream": stream, "names": list(names)}))


def write_verdict(connection: Connection, run_id: str, verdict: Verdict) -> None:
    """Write a verdict, or what has become of one that is there (same kind, node and onset), in the caller's transaction."""
    same = (
        VerdictTable.run_id == run_id,
        VerdictTable.kind == verdict.kind,
        VerdictTable.began == verdict.step,
        VerdictTable.node == verdict.node if verdict.node is not None else VerdictTable.node.is_(None),
    )
    said = {"severity": verdict.severity, "message": clean(verdict.message), "evidence": verdict.evidence, "cleared": verdict.cleared_step}
    if connection.execute(sa.update(VerdictTable).where(*same).values(**said)).rowcount == 0:
        placed = {"run_id": run_id, "kind": verdict.kind, "node": verdict.node, "began": verdict.step}
        connection.execute(sa.insert(VerdictTable).values(**placed, **said))
