"""What a training child does: compile the graph, load the data, train, and send on every event. It knows neither database nor broker."""

from __future__ import annotations

from collections.abc import Callable

import torch

from engine.compile import compile_graph
from engine.data import DataSpec, load_for
from engine.graph.serialise import read_graph
from engine.train.events import Event
from engine.train.loop import train
from engine.train.recipe import Recipe
from worker.wire import Job


def train_run(job: Job, send: Callable[[Event], None]) -> None:
    """Train a run.

    Raises: UserError where graph, recipe or data cannot be trained.
    """
    torch.set_num_threads(job.threads)
    recipe, spec = Recipe.from_json(dict(job.recipe)), DataSpec.from_json(dict(job.data))
    network = compile_graph(read_graph(job.document))
    data = load_for(network, spec, csv=job.csv)
    for event in train(network, data, recipe):
        send(event)
