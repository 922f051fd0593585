"""Runs as a person sees them: asked for, listed, looked at, cancelled, deleted. What a worker does with them is in `queue`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol, get_args

import sqlalchemy as sa

from blocks.problems import Problem, UserError
from engine.graph.document import Graph, content_hash
from engine.graph.serialise import read_graph
from engine.store.curves import drawn
from engine.store.graphs import new_id
from engine.store.sessions import Database, clean
from engine.store.tables import GraphVersionTable, RunTable, database_now
from engine.store.weights import delete_weights

Status = Literal["queued", "running", "finished", "failed", "cancelled"]
Reason = Literal["user_error", "out_of_memory", "crashed", "worker_lost"]
CLOCK_STEP_S = 1e-6
"""Two runs queued within one tick of the database's clock are put this far apart."""

RunOrder = Literal["created_at", "name", "status", "data_name", "best_value", "seconds", "finished_at"]
FINAL: frozenset[Status] = frozenset({"finished", "failed", "cancelled"})


class Pinned(Protocol):
    """Be a recipe or a choice of data: plain JSON that a run pins by its hash."""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        ...


@dataclass(frozen=True)
class Progress:
    """Count the optimizer steps and epochs that are done, and those to come once training has started."""

    step: int
    total_steps: int | None
    steps_per_epoch: int | None
    total_epochs: int | None

    @property
    def epoch(self) -> int:
        """Return how many epochs are over."""
        return self.step // self.steps_per_epoch if self.steps_per_epoch else 0

    @property
    def fraction(self) -> float:
        """Return the part that is done, from 0 to 1."""
        return min(1.0, self.step / self.total_steps) if self.total_steps else 0.0


@dataclass(frozen=True)
class RunSummary:
    """Describe a run in a list, or to a page that polls it. Times are seconds since 1970."""

    id: str
    name: str
    graph_id: str | None
    graph_hash: str
    data_name: str
    status: Status
    reason: Reason | None
    message: str | None
    fix: str | None
    node: str | None
    cancel_requested: bool
    attempts: int
    progress: Progress
    num_parameters: int | None
    device: str | None
    best: Mapping[str, float]
    best_name: str | None
    best_value: float | None
    sparkline: tuple[float | None, ...]
    created_at: float
    started_at: float | None
    finished_at: float | None
    seconds: float | None
    """How long it trained, or has been training."""
    steps_per_s: float | None

    @property
    def is_final(self) -> bool:
        """Return whether nothing more will happen to it."""
        return self.status in FINAL

    @property
    def seconds_left(self) -> float | None:
        """Return about how long it will still train, or None where nobody can know."""
        done, total = self.progress.step, self.progress.total_steps
        if self.status != "running" or not done or not total or not self.steps_per_s:
            return None
        return max(0, total - done) / self.steps_per_s


@dataclass(frozen=True)
class RunDetail(RunSummary):
    """Hold a run with everything it pinned."""

    document: Mapping[str, Any]
    recipe: Mapping[str, Any]
    recipe_hash: str
    data: Mapping[str, Any]
    data_hash: str

    @cached_property
    def graph(self) -> Graph:
        """Return the graph it trains."""
        return read_graph(self.document)


_LISTED = [
    column
    for column in RunTable.__table__.columns
    if column.name not in {"recipe", "recipe_hash", "data", "data_hash", "owner", "epoch", "lease_expires_at"}
]


class Runs(Database):
    """Ask for runs and read what became of them."""

    def queue_run(self, graph: Graph, recipe: Pinned, data: Pinned, graph_id: str | None = None, name: str | None = None) -> str:
        """Ask for a run and return its id; graph version, recipe and data are pinned by their content."""
        id, document, recipe_json, data_json = new_id(), graph.to_json(), recipe.to_json(), data.to_json()
        version = {"hash": graph.content_hash, "document": document, "created_at": database_now()}
        pinned = {
            "graph_hash": graph.content_hash,
            "recipe": recipe_json,
            "recipe_hash": content_hash(recipe_json),
            "data": data_json,
            "data_hash": content_hash(data_json),
            "data_name": clean(str(data_json.get("name", "")), 200),
        }
        fresh: dict[str, Any] = {"status": "queued", "cancel_requested": False, "epoch": 0, "attempts": 0, "step": 0}
        fresh |= {"best": {}, "sparkline": {}}
        with self.writing() as connection:
            connection.execute(self.insert_once(GraphVersionTable, version))
            row = {"id": id, "name": clean(name or graph.name, 200), "graph_id": graph_id, **pinned, **fresh}
            connection.execute(sa.insert(RunTable).values(**row, created_at=_after_the_latest()))
        return id

    def runs(
        self, limit: int = 200, order: RunOrder = "created_at", descending: bool = True, offset: int = 0, graph_id: str | None = None
    ) -> list[RunSummary]:
        """List runs in one query; those that have no value to sort by come last."""
        assert order in get_args(RunOrder), f"unknown order {order!r}"
        column = RunTable.__table__.columns[order]
        sort = column.desc() if descending else column.asc()
        query = sa.select(*_LISTED).order_by(sort.nulls_last(), RunTable.created_at.desc(), RunTable.id).limit(limit).offset(offset)
        if graph_id is not None:
            query = query.where(RunTable.graph_id == graph_id)
        with self.reading() as connection:
            return [RunSummary(**_summary(row)) for row in connection.execute(query).mappings()]

    def summary(self, id: str) -> RunSummary:
        """Return one run without what it pinned: what a page that shows it asks for again and again.

        Raises: UserError where there is none.
        """
        with self.reading() as connection:
            row = connection.execute(sa.select(*_LISTED).where(RunTable.id == clean(id))).mappings().one_or_none()
        if row is None:
            raise _gone()
        return RunSummary(**_summary(row))

    def run(self, id: str) -> RunDetail:
        """Return one run with its graph, recipe and data.

        Raises: UserError where there is none.
        """
        pinned = (RunTable.recipe, RunTable.recipe_hash, RunTable.data, RunTable.data_hash, GraphVersionTable.document)
        query = sa.select(*_LISTED, *pinned).join(GraphVersionTable, GraphVersionTable.hash == RunTable.graph_hash)
        with self.reading() as connection:
            row = connection.execute(query.where(RunTable.id == clean(id))).mappings().one_or_none()
        if row is None:
            raise _gone()
        return RunDetail(**_summary(row), **{column.key: row[column.key] for column in pinned})

    def request_cancel(self, id: str) -> None:
        """Ask a run to end: one that waits is cancelled here, one that trains by its worker, one that has ended is left as it is.

        Raises: UserError where there is none.
        """
        this = RunTable.id == clean(id)
        waiting = sa.update(RunTable).where(this, RunTable.status == "queued")
        training = sa.update(RunTable).where(this, RunTable.status == "running").values(cancel_requested=True)
        with self.writing() as connection:
            if connection.execute(waiting.values(status="cancelled", cancel_requested=True, finished_at=database_now())).rowcount:
                return
            if connection.execute(training).rowcount:
                return
            if connection.execute(sa.select(RunTable.id).where(this)).scalar() is None:
                raise _gone()

    def delete_run(self, id: str) -> None:
        """Delete a run with its metrics, verdicts and weights.

        Raises: UserError where there is none, or it is still training.
        """
        this = RunTable.id == clean(id)
        with self.writing() as connection:
            deleted = connection.execute(sa.delete(RunTable).where(this, RunTable.status != "running").returning(RunTable.id)).scalar()
            if deleted is None and connection.execute(sa.select(RunTable.id).where(this)).scalar() is None:
                raise _gone()
        if deleted is not None:
            delete_weights(self.home, deleted)
            return
        raise UserError(Problem("still_running", "A run that is training cannot be deleted.", "Cancel it first."))


def _summary(row: Mapping[Any, Any]) -> dict[str, Any]:
    taken = {name: row[name] for name in RunSummary.__dataclass_fields__ if name not in {"progress", "sparkline"}}
    taken["progress"] = Progress(row["step"], row["total_steps"], row["steps_per_epoch"], row["total_epochs"])
    taken["sparkline"] = drawn(row["sparkline"])
    if row["status"] == "running" and row["started_at"] is not None:
        taken["seconds"] = max(0.0, time.time() - row["started_at"])
    return taken


def _after_the_latest() -> sa.ColumnElement[float]:
    """Return the database's time, or just after the latest run's where its clock has not moved on: runs are claimed in their order."""
    latest = sa.select(sa.func.max(RunTable.created_at)).scalar_subquery()
    return sa.case((latest >= database_now(), latest + CLOCK_STEP_S), else_=database_now())


def _gone() -> UserError:
    return UserError(Problem("no_such_run", "There is no such run.", "It may have been deleted: choose another one from the list of runs."))
