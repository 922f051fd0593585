"""What a network is trained with next: data and recipe. Kept beside the graph while the app runs, and found again in the graph's last run."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.services import store
from blocks.problems import Problem, UserError
from engine.data import DataSpec
from engine.library import templates
from engine.train.recipe import Recipe

FIRST_DATA = "digits"


@dataclass(frozen=True)
class Setup:
    """Hold the choice of data and recipe as plain JSON: what was typed stays, even where it cannot be used yet."""

    data: Mapping[str, Any] = field(default_factory=lambda: DataSpec(FIRST_DATA).to_json())
    recipe: Mapping[str, Any] = field(default_factory=lambda: Recipe().to_json())

    def read_data(self) -> tuple[DataSpec | None, tuple[Problem, ...]]:
        """Return the data specification, or what is wrong with it."""
        try:
            return DataSpec.from_json(dict(self.data)), ()
        except UserError as error:
            return None, error.problems

    def read_recipe(self) -> tuple[Recipe | None, tuple[Problem, ...]]:
        """Return the recipe, or what is wrong with it."""
        try:
            return Recipe.from_json(dict(self.recipe)), ()
        except UserError as error:
            return None, error.problems


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
    """Return the data and recipe that a template suggests, complete with defaults."""
    entry = templates()[name]
    return Setup(DataSpec.from_json(dict(entry.data)).to_json(), Recipe.from_json(dict(entry.recipe)).to_json())


def of_run(run_id: str) -> Setup:
    """Return what a run was trained with."""
    run = store().run(run_id)
    return Setup(dict(run.data), dict(run.recipe))


def _of_last_run(graph_id: str) -> Setup | None:
    last = store().runs(limit=1, graph_id=graph_id)
    return of_run(last[0].id) if last else None
