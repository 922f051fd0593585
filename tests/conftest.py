"""Give every test a home of its own, and the services it asks for: an address from the environment, else a private server, else a skip."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.figures import Figure
from tests.services import Unavailable, postgres_server, rabbitmq_address, redis_server

_FIGURES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the list of figures."""
    config.stash[_FIGURES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell every figure that was measured."""
    if figures := config.stash[_FIGURES]:
        terminalreporter.section("figures")
        for line in figures:
            terminalreporter.line(line)


@pytest.fixture
def figure(pytestconfig: pytest.Config) -> Figure:
    """Return a function that keeps a line for the end of the test run."""
    return pytestconfig.stash[_FIGURES].append


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep databases, uploads and broker files of the tests away from the user's own."""
    folder = tmp_path_factory.mktemp("gradloom_home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GRADLOOM_") and not name.startswith("GRADLOOM_TEST_")]:
            if name != "GRADLOOM_CHROMIUM":
                patch.delenv(name)
        patch.setenv("GRADLOOM_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def _postgres() -> Iterator[str]:
    try:
        with postgres_server() as address:
            yield address
    except Unavailable as reason:
        pytest.skip(f"PostgreSQL: {reason}")


@pytest.fixture
def postgres_url(_postgres: str) -> Iterator[str]:
    """Return the URL of an empty PostgreSQL database, made for one test and dropped after it."""
    import psycopg

    name = f"gradloom_test_{os.getpid()}_{next(_numbers)}"
    server = _postgres.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield _postgres.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


_numbers = iter(range(1_000_000))


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Return the URL of a Redis that the tests may flush."""
    try:
        with redis_server() as address:
            yield address
    except Unavailable as reason:
        pytest.skip(f"Redis: {reason}")


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """Return the URL of a RabbitMQ."""
    try:
        return rabbitmq_address()
    except Unavailable as reason:
        pytest.skip(f"RabbitMQ: {reason}")
