"""What a network is trained with next: data and recipe, kept beside the graph."""

from __future__ import annotations

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

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {"data": dict(self.data), "recipe": dict(self.recipe)}

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


def save(graph_id: str, setup: Setup) -> None:
    """Keep a graph's setup beside it."""
    store().save_setup(graph_id, setup.to_json())


def load(graph_id: str) -> Setup:
    """Return a graph's setup, or the default where none was chosen yet."""
    saved = store().graph(graph_id).setup
    return Setup(saved["data"], saved["recipe"]) if saved else Setup()


def of_template(name: str) -> Setup:
    """Return the data and recipe that a template suggests, complete with defaults."""
    entry = templates()[name]
    return Setup(DataSpec.from_json(dict(entry.data)).to_json(), Recipe.from_json(dict(entry.recipe)).to_json())


def of_run(run_id: str) -> Setup:
    """Return what a run was trained with."""
    run = store().run(run_id)
    return Setup(dict(run.data), dict(run.recipe))
