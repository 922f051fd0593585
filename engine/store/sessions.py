"""Connections to the database, SQLite or PostgreSQL, with the rules under which many processes share it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from blocks.problems import Problem, UserError
from engine.store.tables import SCHEMA_REVISION, Base

BUSY_TIMEOUT_S = 30.0
READ_ONLY = {"gradloom_read_only": True}


def connect(url: str) -> Engine:
    """Make the engine for a database URL.

    Raises: UserError where the URL cannot be read or names a database that is not supported.
    """
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _connect_sqlite(parsed)
        if parsed.get_backend_name() == "postgresql":
            return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=5, max_overflow=20)
    except (ArgumentError, NoSuchModuleError):
        parsed = None
    received = "something that is not a URL" if parsed is None else f"{parsed.get_backend_name()!r}"
    raise UserError(
        Problem(
            "bad_setting",
            f"The database URL must name SQLite or PostgreSQL, got {received}.",
            "Set GRADLOOM_DATABASE_URL to sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME.",
            parameter="GRADLOOM_DATABASE_URL",
        )
    )


def _connect_sqlite(url: sa.URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise UserError(
            Problem(
                "bad_setting",
                "The SQLite database must be a file that app and worker share, got one in memory.",
                "Set GRADLOOM_DATABASE_URL to sqlite:///PATH.",
                parameter="GRADLOOM_DATABASE_URL",
            )
        )
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=5, max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver, which begins them too late
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            # The change of mode does not wait for its lock: two processes that open a new file at once meet here.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for its lock in WAL mode: it fails at once. So writers lock first.
    read_only = connection.get_execution_options().get("gradloom_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


class Database:
    """Give transactions on one database; the rooms of the store build on it."""

    def __init__(self, engine: Engine, home: Path | None = None) -> None:
        """Use an engine; `home` is the folder for what is too large for tables, beside the file by default where the database is one."""
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.home = home or (Path(str(engine.url.database)).parent if self.is_sqlite else Path())

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads, and so waits for nobody."""
        with self.engine.connect().execution_options(**READ_ONLY) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that writes; it is undone whole where the block raises."""
        with self.engine.begin() as connection:
            yield connection

    def insert_once(self, table: type[Base], values: dict[str, Any]) -> sa.Insert:
        """Build an INSERT that changes nothing where the primary key is there already."""
        statement = sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)
        return statement.values(values).on_conflict_do_nothing()

    def schema_revision(self) -> str | None:
        """Return the migration the database stands at, or None where it has no tables yet."""
        with self.reading() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()

    def require_schema(self) -> None:
        """Refuse a database whose tables are not those of this version.

        Raises: UserError that says which migration is missing.
        """
        revision = self.schema_revision()
        if revision != SCHEMA_REVISION:
            raise UserError(
                Problem(
                    "schema",
                    f"The database's tables must be at migration {SCHEMA_REVISION}, got {revision or 'a database without tables'}.",
                    "Run `python -m migrations` once with the same GRADLOOM_DATABASE_URL, then start again."
                    if revision is None or revision < SCHEMA_REVISION
                    else "Install the newer Gradloom that made them.",
                    expected=SCHEMA_REVISION,
                    received=revision,
                )
            )

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def clean(text: str, limit: int = 20_000) -> str:
    """Return text as both databases take it: without NUL and lone surrogates, and not endless."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")[:limit]
