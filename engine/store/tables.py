"""The tables: graphs, their pinned versions, runs with their lease, metrics in columnar chunks, verdicts and uploads.

Times are seconds since 1970 by the database's own clock, so that workers whose clocks differ agree on a lease.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.functions import FunctionElement

SCHEMA_REVISION = "0003"
"""The migration that makes exactly these tables; a test holds it against the newest file in `migrations/versions`."""


class JsonText(TypeDecorator[Any]):
    """Keep JSON as text: PostgreSQL's own JSON refuses the NaN and Inf that a verdict's evidence may hold."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write JSON, with NaN and Inf as Python writes them."""
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read it back."""
        return None if value is None else json.loads(value)


class database_now(FunctionElement[float]):
    """Stand for the database's clock, in seconds since 1970."""

    type = Float(53)
    inherit_cache = True


@compiles(database_now, "sqlite")
def _now_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(database_now, "postgresql")
def _now_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"


class Base(DeclarativeBase):
    """Name every constraint, so that a later migration can drop it on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


Seconds = Float(53)


class GraphTable(Base):
    """A document on the user's desk, saved as it is edited."""

    __tablename__ = "graph"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    document: Mapped[Any] = mapped_column(JsonText)
    setup: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """The data and the recipe it is to be trained with next, as the forms show them."""
    revision: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[float] = mapped_column(Seconds)
    updated_at: Mapped[float] = mapped_column(Seconds)
    deleted_at: Mapped[float | None] = mapped_column(Seconds)


class GraphVersionTable(Base):
    """A document as some run trained it, kept for ever under its content hash."""

    __tablename__ = "graph_version"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    document: Mapped[Any] = mapped_column(JsonText)
    created_at: Mapped[float] = mapped_column(Seconds)


class SavedVersionTable(Base):
    """A document that someone saved under a name, to find it again."""

    __tablename__ = "saved_version"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    graph_id: Mapped[str] = mapped_column(String(32), ForeignKey("graph.id", ondelete="CASCADE"), index=True)
    graph_hash: Mapped[str] = mapped_column(String(64), ForeignKey("graph_version.hash"))
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[float] = mapped_column(Seconds)


class RunTable(Base):
    """An experiment that was asked for: graph version, recipe and data; its place in the queue; and what came of it."""

    __tablename__ = "run"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    graph_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("graph.id", ondelete="SET NULL"), index=True)
    graph_hash: Mapped[str] = mapped_column(String(64), ForeignKey("graph_version.hash"), index=True)
    recipe: Mapped[Any] = mapped_column(JsonText)
    recipe_hash: Mapped[str] = mapped_column(String(64))
    data: Mapped[Any] = mapped_column(JsonText)
    data_hash: Mapped[str] = mapped_column(String(64))
    data_name: Mapped[str] = mapped_column(Text)

    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(16))
    message: Mapped[str | None] = mapped_column(Text)
    fix: Mapped[str | None] = mapped_column(Text)
    node: Mapped[str | None] = mapped_column(Text)

    cancel_requested: Mapped[bool] = mapped_column()
    owner: Mapped[str | None] = mapped_column(Text)
    epoch: Mapped[int] = mapped_column(Integer)
    """Raised by every claim: a writer that names an older one changes nothing."""
    lease_expires_at: Mapped[float | None] = mapped_column(Seconds)
    attempts: Mapped[int] = mapped_column(Integer)
    checkpoint_step: Mapped[int | None] = mapped_column(BigInteger)
    checkpoint_name: Mapped[str | None] = mapped_column(Text)
    checkpoint_hash: Mapped[str | None] = mapped_column(String(64))

    step: Mapped[int] = mapped_column(BigInteger)
    total_steps: Mapped[int | None] = mapped_column(BigInteger)
    steps_per_epoch: Mapped[int | None] = mapped_column(BigInteger)
    total_epochs: Mapped[int | None] = mapped_column(Integer)
    num_parameters: Mapped[int | None] = mapped_column(BigInteger)
    device: Mapped[str | None] = mapped_column(Text)
    best: Mapped[Any] = mapped_column(JsonText)
    best_name: Mapped[str | None] = mapped_column(Text)
    best_value: Mapped[float | None] = mapped_column(Float(53))
    sparkline: Mapped[Any] = mapped_column(JsonText)
    """The thinned curves of the Runs page, kept up as points arrive so that listing runs reads no metrics."""

    created_at: Mapped[float] = mapped_column(Seconds)
    started_at: Mapped[float | None] = mapped_column(Seconds)
    finished_at: Mapped[float | None] = mapped_column(Seconds)
    seconds: Mapped[float | None] = mapped_column(Float(53))
    steps_per_s: Mapped[float | None] = mapped_column(Float(53))

    __table_args__ = (
        Index("ix_run_status_created_at", "status", "created_at"),
        Index("ix_run_status_lease_expires_at", "status", "lease_expires_at"),
        Index("ix_run_created_at", "created_at"),
    )


class MetricLayoutTable(Base):
    """The names of a stream's columns."""

    __tablename__ = "metric_layout"
    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    stream: Mapped[str] = mapped_column(String(16), primary_key=True)
    names: Mapped[Any] = mapped_column(JsonText)


class MetricChunkTable(Base):
    """Consecutive rows of one stream: steps as int64, values as a float32 matrix, both little-endian."""

    __tablename__ = "metric_chunk"
    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    stream: Mapped[str] = mapped_column(String(16), primary_key=True)
    first_step: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last_step: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int] = mapped_column(Integer)
    steps: Mapped[bytes] = mapped_column(LargeBinary)
    values: Mapped[bytes] = mapped_column(LargeBinary)


class VerdictTable(Base):
    """What the diagnosis said of a run, when it began and when it cleared."""

    __tablename__ = "verdict"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("run.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    severity: Mapped[str] = mapped_column(String(16))
    node: Mapped[str | None] = mapped_column(Text)
    began: Mapped[int] = mapped_column(BigInteger)
    cleared: Mapped[int | None] = mapped_column(BigInteger)
    message: Mapped[str] = mapped_column(Text)
    evidence: Mapped[Any] = mapped_column(JsonText)


class WeightsTable(Base):
    """A file of weights that a finished run has left in the data folder, by what they are: the last ones, or the best."""

    __tablename__ = "weights"
    run_id: Mapped[str] = mapped_column(String(32), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    file: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[int] = mapped_column(BigInteger)


class UploadTable(Base):
    """A file the user gave, under the hash of its bytes."""

    __tablename__ = "upload"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    size_bytes: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[float] = mapped_column(Seconds)
