"""The weights a run leaves: those of its best epoch and of its end, without a trace in what it trains."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from safetensors.torch import load
from torch import nn

from engine.data import Dataset, DataSpec, load_for
from engine.train.events import Done, Event, Points, Weights
from engine.train.loop import Trainer, train
from engine.train.recipe import Recipe
from engine.train.snapshots import Snapshots, as_safetensors
from tests.engine.train.networks import mlp

ENOUGH = 1 << 20
# So fast a rate that some later epoch is worse than an earlier one.
WILD = Recipe(epochs=12, lr=0.5, batch_size=16)


def iris() -> Dataset:
    return load_for(mlp(), DataSpec("iris"))


def weights(events: list[Event]) -> dict[str, Weights]:
    return {kind: event for event in events if isinstance(event, Weights) for kind in event.kinds}


def test_the_best_weights_give_the_best_validation_and_the_last_are_the_modules() -> None:
    network, data = mlp(), iris()
    trainer = Trainer(network, data, WILD, ENOUGH)
    events = list(trainer.events())
    kept, done = weights(events), events[-1]
    assert isinstance(done, Done) and trainer.module is not None
    assert kept["best"].step == done.best["step"] < kept["final"].step == 12 * 8 - 1
    last = load(kept["final"].content)
    assert last.keys() == trainer.module.state_dict().keys()
    assert all(torch.equal(last[name], tensor) for name, tensor in trainer.module.state_dict().items())
    module = network.build().eval()
    module.load_state_dict(load(kept["best"].content))
    with torch.no_grad():
        loss = float(module.loss(module(*data.x_val), data.y_val))  # type: ignore[operator]
    assert loss == pytest.approx(done.best["val_loss"], rel=1e-6)


def test_one_file_for_both_where_the_last_epoch_is_the_best() -> None:
    events = list(train(mlp(), iris(), Recipe(epochs=1), weights_limit_bytes=ENOUGH))
    assert [event.kinds for event in events if isinstance(event, Weights)] == [("final", "best")]


@pytest.mark.parametrize("limit", [0, 100])
def test_nothing_is_kept_beyond_the_limit(limit: int) -> None:
    assert weights(list(train(mlp(), iris(), Recipe(epochs=1), weights_limit_bytes=limit))) == {}


def test_keeping_weights_changes_no_loss() -> None:
    def losses(limit: int) -> list[float]:
        points = [event for event in train(mlp(), iris(), WILD, weights_limit_bytes=limit) if isinstance(event, Points)]
        return np.concatenate([event.values[:, 0] for event in points if event.stream == "step"]).tolist()

    assert losses(0) == losses(ENOUGH)


def test_an_epoch_that_is_no_better_replaces_nothing() -> None:
    module = nn.Linear(2, 2)
    snapshots = Snapshots(module, ENOUGH)
    snapshots.consider(1, (0.5, -1.0))
    first = copy.deepcopy(module.state_dict())
    nn.init.zeros_(module.weight)
    snapshots.consider(2, (0.5, -1.0))
    snapshots.consider(3, (-torch.inf, -torch.inf))
    best = weights(list(snapshots.events(3)))["best"]
    assert best.step == 1 and torch.equal(load(best.content)["weight"], first["weight"])


def test_an_images_filters_are_written_in_the_usual_order() -> None:
    convolution = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    assert torch.equal(load(as_safetensors(dict(convolution.state_dict())))["weight"], convolution.weight)
