"""The store: graphs, runs, their queue, metrics and uploads, on SQLite or PostgreSQL behind one class."""

from __future__ import annotations

from engine.settings import Settings
from engine.store.graphs import GraphRow, Graphs, GraphSummary
from engine.store.metrics import Metrics, Series
from engine.store.queue import Claim, Outcome, Queue
from engine.store.reduction import kept_points
from engine.store.runs import Pinned, Progress, Reason, RunDetail, RunOrder, Runs, RunSummary, Status
from engine.store.sessions import connect
from engine.store.uploads import Uploads, UploadSummary
from engine.store.versions import VersionRow, Versions, VersionSummary
from engine.store.weights import KeptWeights, Weights


class Store(Graphs, Runs, Queue, Metrics, Uploads, Versions, Weights):
    """Join the rooms of the store: what pages read and ask for, and what workers claim and write."""


def open_store(url: str | None = None) -> Store:
    """Open the store at a database URL, or the one that the environment names. Safe to share between threads, not across a fork.

    Raises: UserError where the URL is unusable, or the tables are not those of this version (`migrations.upgrade` makes them so).
    """
    settings = Settings.from_environment()
    engine = connect(url or settings.database_url)
    store = Store(engine, None if engine.dialect.name == "sqlite" else settings.home)
    try:
        store.require_schema()
    except BaseException:
        store.close()
        raise
    return store


__all__ = [
    "Claim",
    "GraphRow",
    "GraphSummary",
    "KeptWeights",
    "Outcome",
    "Pinned",
    "Progress",
    "Reason",
    "RunDetail",
    "RunOrder",
    "RunSummary",
    "Series",
    "Status",
    "Store",
    "UploadSummary",
    "VersionRow",
    "VersionSummary",
    "kept_points",
    "open_store",
]
