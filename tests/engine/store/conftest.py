"""One store for each test, on SQLite and again on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import migrations
from engine.graph.document import Graph, Node
from engine.store import Claim, Store, open_store
from engine.train.events import Started


@dataclass(frozen=True)
class Pinned:
    """Stand for a recipe or a choice of data."""

    document: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return self.document


DIGITS = Pinned({"name": "digits"})
ADAM = Pinned({"optimizer": "adam"})
GRAPH = Graph.of("Two <b>nodes</b>", [Node("a", "vector_input", "in", {"features": 4}), Node("b", "output", "out")], [])
STARTED = Started(
    100, 10, 10, 1234, "cpu", {"step": ["loss", "lr"], "epoch": ["train_loss", "val_loss", "val_accuracy", "seconds"], "probe": ["A/a"]}
)


def make_url(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """Return the URL of an empty database without tables."""
    return str(request.getfixturevalue("postgres_url")) if kind == "postgresql" else f"sqlite:///{folder / 'gradloom.db'}"


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.service)]


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database with tables."""
    made = make_url(request.param, request, tmp_path)
    migrations.upgrade(made)
    return made


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Open the store."""
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def claim(store: Store) -> Claim:
    """Queue a run and claim it."""
    store.queue_run(GRAPH, ADAM, DIGITS)
    claimed = store.claim("test", 20)
    assert claimed is not None
    return claimed
