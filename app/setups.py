"""What a network is trained with next: data and recipe. Kept beside the graph while the app runs, and found again in the graph's last run."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from app.services import store
from blocks.problems import UserError
from engine.data import DataSpec
from engine.library import templates
from engine.train.recipe import Recipe


@dataclass(frozen=True)
class Setup:
    """Hold the choice of data and recipe for a graph."""

    data: DataSpec = field(default_factory=lambda: DataSpec("digits"))
    recipe: Recipe = field(default_factory=Recipe)


_setups: dict[str, Setup] = {}
_lock = threading.Lock()


def save(graph_id: str, setup: Setup) -> None:
    """Remember a graph's setup."""
    with _lock:
        _setups[graph_id] = setup


def load(graph_id: str) -> Setup:
    """Return a graph's setup: the one chosen last, else that of its last run, else the default."""
    with _lock:
        if graph_id in _setups:
            return _setups[graph_id]
    setup = _of_last_run(graph_id) or Setup()
    save(graph_id, setup)
    return setup


def of_template(name: str) -> Setup:
    """Return the data and recipe that a template suggests."""
    entry = templates()[name]
    return Setup(DataSpec.from_json(dict(entry.data)), Recipe.from_json(dict(entry.recipe)))


def _of_last_run(graph_id: str) -> Setup | None:
    last = store().runs(limit=1, graph_id=graph_id)
    if not last:
        return None
    run = store().run(last[0].id)
    try:
        return Setup(DataSpec.from_json(dict(run.data)), Recipe.from_json(dict(run.recipe)))
    except UserError:
        # An older version's recipe that this one cannot read: begin with the default rather than refuse the graph.
        return None
