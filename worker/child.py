"""What a training child does: compile the graph, load the data, train, and send on every event. It knows neither database nor broker."""

from __future__ import annotations

from collections.abc import Callable

import torch

from engine.compile import compile_graph
from engine.data import DataSpec, load_for
from engine.graph.serialise import read_graph
from engine.library import FIRST_TEMPLATE, template
from engine.train.events import Event
from engine.train.loop import train
from engine.train.preparation import make_optimizer
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
    for event in train(network, data, recipe, weights_limit_bytes=job.weights_limit_mb * 1024 * 1024):
        send(event)


def warm_up() -> None:
    """Do once in the zygote what every child would do first: imports that torch puts off until needed, shapes of common blocks.

    Without a backward pass and on one thread: autograd's and OpenMP's threads would not live on in a fork, and CUDA must stay untouched.
    """
    torch.set_num_threads(1)
    network, recipe = compile_graph(template(FIRST_TEMPLATE)), Recipe(device="cpu")
    data = load_for(network, DataSpec("digits"))
    module = network.build(recipe.seed)
    optimizer = make_optimizer(module, network, recipe)
    with torch.no_grad():
        module.loss(module(*(x[:1] for x in data.x_train)), data.y_train[:1])
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
