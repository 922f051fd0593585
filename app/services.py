"""What the pages share for as long as the process lives: the store, opened once, and the way a run is asked for."""

from __future__ import annotations

import math

import streamlit as st

from blocks.problems import UserError
from engine.compile import compile_graph
from engine.data import DataSpec, catalogue
from engine.graph.document import Graph
from engine.limits import resource_problems
from engine.settings import Settings
from engine.store import RunDetail, Store, open_store
from engine.train.phase_check import phase_problems
from engine.train.recipe import Recipe
from worker import bell

SIGNAL_STEPS = 20_000
"""How far back the last measurement is looked for: probes are much closer together."""
LARGEST_POWER = 300


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """Return the store that the environment names."""
    return open_store(Settings.from_environment().database_url)


def start_run(graph: Graph, recipe: Recipe, data: DataSpec, *, graph_id: str | None = None, name: str | None = None) -> str:
    """Queue a run, wake a worker, and return the run's id.

    Raises:
        UserError: where the graph has problems, the recipe's phases do not suit it, or training would need more memory than there is.
    """
    network = compile_graph(graph)
    unsuited = [problem for problem in phase_problems(graph, network.report, recipe) if problem.severity == "error"]
    if obstacles := [*unsuited, *resource_problems(graph, network.report, recipe.batch_size)]:
        raise UserError(*obstacles)
    run_id = store().queue_run(graph, recipe, data, graph_id=graph_id, name=name)
    bell.ring(run_id)
    return run_id


def again(run: RunDetail) -> str:
    """Queue the same experiment once more and return the new run's id.

    Raises:
        UserError: where what it pinned cannot be read by this version.
    """
    return start_run(
        run.graph, Recipe.from_json(dict(run.recipe)), DataSpec.from_json(dict(run.data)), graph_id=run.graph_id, name=run.name
    )


@st.cache_data(ttl=10, max_entries=64, show_spinner=False)
def last_signal(graph_id: str) -> dict[str, float] | None:
    """Return how much of the error signal reached each block of a network when its last run measured it, or None where none has."""
    for run in store().runs(limit=3, graph_id=graph_id):
        measured = store().series(run.id, "probe", first=max(0, run.progress.step - SIGNAL_STEPS))
        if len(measured):
            last = dict(zip(measured.names, measured.values[-1], strict=True))
            powers = {name.removeprefix("A/"): float(value) for name, value in last.items() if name.startswith("A/")}
            return {node: 10.0**power for node, power in powers.items() if math.isfinite(power) and abs(power) < LARGEST_POWER}
    return None


def data_title(name: str) -> str:
    """Return what a data set is called."""
    source = catalogue().get(name)
    return source.title if source else name


def file_name(name: str, ending: str) -> str:
    """Return a file name made of a network's name; the ending begins with a dot or an underscore."""
    words = "".join(character if character.isascii() and character.isalnum() else "_" for character in name.lower())
    return f"{'_'.join(filter(None, words.split('_')))[:60] or 'network'}{ending}"
