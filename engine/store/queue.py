"""The queue as workers see it: claim a run under a lease, write its results as long as the lease is theirs, and end it.

Every write names the epoch of its claim. Whoever takes a run over raises the epoch, and from then on the older writer changes 0 rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from engine.store.curves import best_values, headline, sparklines
from engine.store.metrics import write_layout, write_points, write_verdict
from engine.store.runs import Reason
from engine.store.sessions import Database, clean
from engine.store.tables import GraphVersionTable, RunTable, database_now
from engine.store.tables import MetricLayoutTable as Layout
from engine.store.weights import KeptWeights, insert_weights
from engine.train.events import Done, Points, Started, Verdict

Standing = Literal["ours", "cancel", "lost"]


@dataclass(frozen=True)
class Claim:
    """Hold the right to write one run's results, with what is to be trained."""

    run_id: str
    epoch: int
    owner: str
    attempt: int
    document: Mapping[str, Any]
    recipe: Mapping[str, Any]
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """Say how a run ended."""

    status: Literal["finished", "failed", "cancelled"]
    reason: Reason | None = None
    message: str | None = None
    fix: str | None = None
    node: str | None = None
    done: Done | None = None


class Queue(Database):
    """Claim runs and write their results."""

    def claim(self, owner: str, lease_s: float) -> Claim | None:
        """Take the run that has waited longest, for as long as the lease is renewed; None where none waits."""
        waiting = sa.select(RunTable.id).where(RunTable.status == "queued").order_by(RunTable.created_at, RunTable.id).limit(1)
        with self.reading() as connection:
            if connection.execute(waiting).scalar() is None:
                return None  # so that idle workers never lock the database
        first = waiting.with_for_update(skip_locked=True).scalar_subquery()
        take = (
            sa.update(RunTable)
            .where(RunTable.id == first, RunTable.status == "queued")
            .values(
                status="running",
                owner=owner,
                epoch=RunTable.epoch + 1,
                attempts=RunTable.attempts + 1,
                lease_expires_at=database_now() + lease_s,
                started_at=sa.func.coalesce(RunTable.started_at, database_now()),
            )
            .returning(RunTable.id, RunTable.epoch, RunTable.attempts, RunTable.graph_hash, RunTable.recipe, RunTable.data)
        )
        with self.writing() as connection:
            row = connection.execute(take).one_or_none()
            if row is None:
                return None
            pinned = sa.select(GraphVersionTable.document).where(GraphVersionTable.hash == row.graph_hash)
            document = connection.execute(pinned).scalar_one()
        return Claim(row.id, row.epoch, owner, row.attempts, document, row.recipe, row.data)

    def heartbeat(self, claim: Claim, lease_s: float) -> bool:
        """Renew the lease; False where the run is no longer ours."""
        with self.writing() as connection:
            return connection.execute(_ours(claim).values(lease_expires_at=database_now() + lease_s)).rowcount == 1

    def standing(self, claim: Claim) -> Standing:
        """Return whether the run is still ours, and whether somebody asked to cancel it."""
        query = sa.select(RunTable.cancel_requested).where(*_still(claim))
        with self.reading() as connection:
            cancel = connection.execute(query).scalar_one_or_none()
        return "lost" if cancel is None else "cancel" if cancel else "ours"

    def append(
        self, claim: Claim, points: Sequence[Points] = (), *, started: Started | None = None, verdicts: Sequence[Verdict] = ()
    ) -> bool:
        """Write what training yielded, progress with it, in one transaction with the check of the lease; False where it is lost."""
        known = sa.select(RunTable.best, RunTable.sparkline, RunTable.step, RunTable.started_at, database_now().label("now"))
        with self.writing() as connection:
            # The row is locked first, so that a takeover waits for this transaction or this one sees the takeover.
            row = connection.execute(known.where(*_still(claim)).with_for_update()).one_or_none()
            if row is None:
                return False
            if started is not None:
                write_layout(self, connection, claim.run_id, started.series)
            layouts = connection.execute(sa.select(Layout.stream, Layout.names).where(Layout.run_id == claim.run_id)).all()
            layout: dict[str, list[str]] = {stream: names for stream, names in layouts}
            write_points(connection, claim.run_id, points)
            for verdict in verdicts:
                write_verdict(connection, claim.run_id, verdict)
            best = best_values(row.best, points, layout)
            best_name, best_value = headline(best)
            step = max([row.step, *(int(part.steps[-1]) + 1 for part in points if len(part.steps))])
            seconds = row.now - row.started_at
            change = {
                **_sizes(started),
                "step": step,
                "steps_per_s": step / seconds if step and seconds > 0 else None,
                "best": best,
                "best_name": best_name,
                "best_value": best_value,
                "sparkline": sparklines(row.sparkline, points, layout),
            }
            return connection.execute(_ours(claim).values(**change)).rowcount == 1

    def finish(self, claim: Claim, outcome: Outcome, weights: Sequence[KeptWeights] = ()) -> bool:
        """End the run and enter the weights it leaves; False where it is no longer ours, and has been ended or taken over by others."""
        change: dict[str, Any] = {
            "status": outcome.status,
            "reason": outcome.reason,
            "message": None if outcome.message is None else clean(outcome.message),
            "fix": None if outcome.fix is None else clean(outcome.fix),
            "node": outcome.node,
            "lease_expires_at": None,
            "finished_at": database_now(),
            "seconds": database_now() - RunTable.started_at,
        }
        if outcome.done is not None:
            change |= {"seconds": outcome.done.seconds, "steps_per_s": outcome.done.steps_per_s}
        with self.writing() as connection:
            if connection.execute(_ours(claim).values(**change)).rowcount != 1:
                return False
            insert_weights(connection, claim.run_id, weights)
            return True

    def expire_lost(self) -> int:
        """End every run whose worker has not renewed its lease, and return how many there were.

        Raising the epoch shuts the old worker out, should it only have slept.
        """
        expired = (RunTable.status == "running", RunTable.lease_expires_at < database_now())
        with self.reading() as connection:
            if connection.execute(sa.select(RunTable.id).where(*expired).limit(1)).scalar() is None:
                return 0
        cancelled = RunTable.cancel_requested.is_(True)

        def unless_cancelled(value: str) -> sa.Case[str | None]:
            return sa.case((cancelled, sa.null()), else_=value)

        change = sa.update(RunTable).where(*expired)
        change = change.values(
            status=sa.case((cancelled, "cancelled"), else_="failed"),
            reason=unless_cancelled("worker_lost"),
            message=unless_cancelled(WORKER_LOST.message or ""),
            fix=unless_cancelled(WORKER_LOST.fix or ""),
            epoch=RunTable.epoch + 1,
            lease_expires_at=None,
            finished_at=database_now(),
            seconds=RunTable.lease_expires_at - RunTable.started_at,
        )
        with self.writing() as connection:
            return connection.execute(change).rowcount


WORKER_LOST = Outcome(
    "failed",
    "worker_lost",
    "The worker that trained this run went away before it was over.",
    "Run it again; what was recorded until then is kept.",
)


def _still(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return RunTable.id == claim.run_id, RunTable.epoch == claim.epoch, RunTable.status == "running"


def _ours(claim: Claim) -> sa.Update:
    return sa.update(RunTable).where(*_still(claim))


def _sizes(started: Started | None) -> dict[str, Any]:
    if started is None:
        return {}
    return {
        "total_steps": started.total_steps,
        "total_epochs": started.total_epochs,
        "steps_per_epoch": started.steps_per_epoch,
        "num_parameters": started.num_parameters,
        "device": started.device,
    }
