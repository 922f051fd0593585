"""What Alembic runs: migrate online, in one transaction, under a lock that other migrating processes wait for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlalchemy.engine import Connection

from engine.store.tables import Base, JsonText

_POSTGRESQL_LOCK = 7_203_771_001
"""Any number, the same in every process that migrates."""


def render(kind: str, item: Any, autogenerate: Any) -> str | Literal[False]:
    """Write our own column types as what the database sees, so that a migration stands for ever without our code."""
    return "sa.Text()" if kind == "type" and isinstance(item, JsonText) else False


def migrate(connection: Connection) -> None:
    """Run the migrations that were asked for."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transactional_ddl=True,
        render_item=render,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    context.run_migrations()


def main() -> None:
    """Connect, lock, migrate."""
    url = sa.make_url(context.config.attributes.get("url") or context.config.get_main_option("sqlalchemy.url") or "")
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    elif url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if url.get_backend_name() == "postgresql":
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:number)"), {"number": _POSTGRESQL_LOCK})
            migrate(connection)
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # The driver would begin its transaction after the first table is made, and without a lock: begin it here.
        connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            migrate(connection)
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")


main()
