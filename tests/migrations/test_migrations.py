"""Migrations make exactly the tables of this version, on both databases, back and forth, and without them nothing starts."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import migrations
from blocks.problems import UserError
from engine.store import open_store
from engine.store.sessions import connect
from engine.store.tables import SCHEMA_REVISION, Base
from tests.engine.store.conftest import ADAM, BOTH, DIGITS, GRAPH, make_url


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database without tables."""
    return make_url(request.param, request, tmp_path)


def tables(url: str) -> set[str]:
    engine = connect(url)
    try:
        return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def test_the_migrations_make_exactly_the_tables(empty: str) -> None:
    migrations.upgrade(empty)
    engine = connect(empty)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_up_down_and_up_again(empty: str) -> None:
    migrations.upgrade(empty)
    made = tables(empty)
    assert made == set(Base.metadata.tables)
    migrations.downgrade(empty, "base")
    assert tables(empty) == set()
    migrations.upgrade(empty)
    assert tables(empty) == made


def test_an_upgrade_keeps_what_is_there(empty: str) -> None:
    migrations.upgrade(empty)
    store = open_store(empty)
    run_id = store.queue_run(GRAPH, ADAM, DIGITS)
    migrations.upgrade(empty)
    assert store.run(run_id).graph == GRAPH
    store.close()


def test_processes_that_migrate_at_once_wait_for_each_other(empty: str) -> None:
    command = [sys.executable, "-m", "migrations", empty]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) for _ in range(3)]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert tables(empty) == set(Base.metadata.tables)


def test_threads_that_open_a_new_file_at_once(tmp_path: Path) -> None:
    url, errors = f"sqlite:///{tmp_path / 'new.db'}", []
    migrations.upgrade(url)

    def work() -> None:
        try:
            open_store(url).close()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_the_newest_migration_is_the_one_the_store_asks_for() -> None:
    script = ScriptDirectory.from_config(migrations.configuration("sqlite://"))
    assert script.get_heads() == [SCHEMA_REVISION]


def test_a_database_without_tables_is_refused_in_words(empty: str) -> None:
    with pytest.raises(UserError, match="got a database without tables. Run `python -m migrations`") as error:
        open_store(empty)
    assert error.value.problems[0].code == "schema"


def test_a_database_of_a_newer_version_is_refused_in_words(empty: str) -> None:
    migrations.upgrade(empty)
    engine = connect(empty)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(UserError, match="got 9999. Install the newer Gradloom"):
        open_store(empty)


@pytest.mark.parametrize("url", ["nonsense", "mysql://root@localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_cannot_be_used_is_refused_in_words(url: str) -> None:
    with pytest.raises(UserError) as error:
        open_store(url)
    assert error.value.problems[0].parameter == "GRADLOOM_DATABASE_URL"


@pytest.mark.parametrize(("arguments", "words"), [([], "No database is named"), (["nonsense"], "cannot be read")])
def test_the_command_says_what_it_needs(arguments: list[str], words: str) -> None:
    command = [sys.executable, "-m", "migrations", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert run.returncode == 2
    assert words in run.stderr and "Traceback" not in run.stderr
