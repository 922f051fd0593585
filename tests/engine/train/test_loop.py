"""The training loop, held against torch itself: same losses, same gradient norms, and an end in every case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.compile import Network, compile_graph
from engine.data import Dataset, DataSpec, load_for
from engine.train.events import Done, Event, Failed, Points, Started, Verdict
from engine.train.loop import Trainer, first_batches, train
from engine.train.recipe import OPTIMIZERS, Recipe
from tests.engine.train.networks import chain, mlp

TORCH = {
    "sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad, "adadelta": torch.optim.Adadelta,
    "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW,
}  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small networks gain nothing from several threads, and lose much where others use the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def network() -> Network:
    return mlp()


@pytest.fixture(scope="module")
def iris(network: Network) -> Dataset:
    return load_for(network, DataSpec("iris"))


def rows(events: list[Event], stream: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the steps and values of a stream, put together."""
    points = [event for event in events if isinstance(event, Points) and event.stream == stream]
    return np.concatenate([point.steps for point in points]), np.concatenate([point.values for point in points])


def columns(events: list[Event], stream: str) -> dict[str, NDArray[Any]]:
    """Return each series of a stream by its name."""
    (started,) = (event for event in events if isinstance(event, Started))
    names = started.series[stream]  # type: ignore[index]
    values = rows(events, stream)[1]
    assert values.shape[1] == len(names)
    return {name: values[:, place] for place, name in enumerate(names)}


def repeated(network: Network, data: Dataset, recipe: Recipe, optimizer: Any, count: int) -> tuple[list[float], list[list[float]]]:
    """Train by hand with torch alone; return losses and gradient norms."""
    torch.manual_seed(recipe.seed)
    space: dict[str, Any] = {"__name__": "exported"}
    exec(network.source, space)
    model = space[network.class_name]().train()
    stepper = optimizer(model.parameters())
    losses, norms = [], []
    for inputs, target in first_batches(data, recipe, count):
        stepper.zero_grad()
        loss = model.loss(model(*inputs), target)
        loss.backward()
        norms.append([parameter.grad.norm().item() for parameter in model.parameters()])
        if recipe.gradient_clip is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.gradient_clip)
        stepper.step()
        losses.append(loss.item())
    return losses, norms


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_first_losses_and_norms_are_those_of_the_exported_source(network: Network, iris: Dataset, optimizer: str) -> None:
    recipe = Recipe.from_json({"optimizer": optimizer, "batch_size": 16, "epochs": 2, "seed": 3})
    settings = {"sgd": {"momentum": 0.9}, "adamw": {"weight_decay": 1e-2}}.get(optimizer, {})
    losses, norms = repeated(network, iris, recipe, lambda parameters: TORCH[optimizer](parameters, lr=recipe.lr, **settings), 12)
    events = list(train(network, iris, recipe))
    found = columns(events, "step")
    assert found["loss"][0] == np.float32(losses[0])
    np.testing.assert_allclose(found["loss"][:12], losses, rtol=1e-6)
    ours = np.stack([column for name, column in found.items() if name.startswith("grad_norm/")], 1)
    np.testing.assert_allclose(ours[:12], norms, rtol=1e-4)


def test_dropout_draws_the_same_numbers_as_the_exported_source() -> None:
    dropping = compile_graph(
        chain(("vector_input", {"features": 4}), ("linear", {"out_features": 8}), ("dropout", {}), ("linear", {"out_features": 3}))
    )
    data = load_for(dropping, DataSpec("iris"))
    recipe = Recipe(batch_size=16, epochs=2)
    losses, _ = repeated(dropping, data, recipe, lambda parameters: torch.optim.Adam(parameters, lr=recipe.lr, fused=True), 10)
    # Validation after the first epoch, 8 steps, must not draw either.
    assert columns(list(train(dropping, data, recipe)), "step")["loss"][:10].tolist() == np.float32(losses).tolist()


def test_clipping_shortens_as_torch_does_and_records_the_norms_before(network: Network, iris: Dataset) -> None:
    recipe = Recipe(optimizer="sgd", lr=0.1, gradient_clip=0.05, batch_size=16, epochs=2)
    losses, norms = repeated(network, iris, recipe, lambda parameters: torch.optim.SGD(parameters, lr=0.1), 10)
    found = columns(list(train(network, iris, recipe)), "step")
    np.testing.assert_allclose(found["loss"][:10], losses, rtol=1e-6)
    np.testing.assert_allclose(found["grad_norm/linear1.weight"][:10], np.array(norms)[:, 0], rtol=1e-5)
    assert np.linalg.norm(norms[0]) > 0.05, "nothing would have been shortened"


def test_every_step_is_recorded_once_and_epochs_are_weighted_means(network: Network, iris: Dataset) -> None:
    recipe = Recipe(batch_size=50, epochs=3)
    events = list(train(network, iris, recipe))
    started = events[0]
    assert isinstance(started, Started) and started.total_steps == 9 and started.num_parameters == 4 * 8 + 8 + 8 * 3 + 3
    steps, values = rows(events, "step")
    assert steps.tolist() == list(range(9)) and np.isfinite(values).all()
    epoch_steps, _ = rows(events, "epoch")
    assert epoch_steps.tolist() == [2, 5, 8]
    losses, epochs = columns(events, "step")["loss"], columns(events, "epoch")
    assert epochs["train_loss"][1] == pytest.approx((losses[3] * 50 + losses[4] * 50 + losses[5] * 20) / 120, rel=1e-6)
    assert isinstance(events[-1], Done) and events[-1].steps_per_s > 0
    best = int(np.argmax(epochs["val_accuracy"]))
    assert events[-1].best["val_accuracy"] == pytest.approx(epochs["val_accuracy"][best]) and events[-1].best["epoch"] >= best + 1


def test_validation_is_what_the_module_gives_afterwards(network: Network, iris: Dataset) -> None:
    trainer = Trainer(network, iris, Recipe(epochs=2))
    found = columns(list(trainer.events()), "epoch")
    model = trainer.module
    assert model is not None
    with torch.no_grad():
        prediction = model.eval()(*iris.x_val)
    assert found["val_loss"][-1] == pytest.approx(torch.nn.functional.cross_entropy(prediction, iris.y_val).item(), rel=1e-5)
    assert found["val_accuracy"][-1] == pytest.approx((prediction.argmax(1) == iris.y_val).float().mean().item())


def test_the_first_point_comes_before_the_second_step_and_the_generator_can_be_closed(network: Network, iris: Dataset) -> None:
    trainer = Trainer(network, iris, Recipe(epochs=1000))
    events = trainer.events()
    assert isinstance(next(events), Started)
    first = next(events)
    assert isinstance(first, Points) and first.stream == "step" and first.steps.tolist() == [0]
    assert trainer.step == 1
    events.close()
    assert trainer.step == 1


def test_the_same_seed_gives_the_same_run_and_another_gives_another(network: Network, iris: Dataset) -> None:
    def losses(seed: int) -> list[float]:
        return columns(list(train(network, iris, Recipe(epochs=2, seed=seed))), "step")["loss"].tolist()  # type: ignore[no-any-return]

    assert losses(1) == losses(1) != losses(2)


def test_a_loss_that_becomes_nan_is_kept_told_and_ends_the_run() -> None:
    linear = mlp(depth=0, loss="mse")
    events = list(train(linear, load_for(linear, DataSpec("iris")), Recipe(optimizer="sgd", lr=50.0, batch_size=4, epochs=20)))
    failed = events[-1]
    assert isinstance(failed, Failed) and failed.reason == "user_error" and failed.fix
    losses = columns(events, "step")["loss"]
    first = int(np.flatnonzero(~np.isfinite(losses))[0])
    assert f"step {first}" in failed.message and len(losses) == first + 51
    assert [event.kind for event in events if isinstance(event, Verdict) and event.kind == "nonfinite"] == ["nonfinite"]


def test_frozen_blocks_stay_and_factors_scale_the_rate() -> None:
    marked = mlp(marks={"linear1": {"frozen": True}, "linear3": {"lr_factor": 0.5, "initialisation": "he"}})
    data = load_for(marked, DataSpec("iris"))
    trainer = Trainer(marked, data, Recipe(optimizer="sgd", lr=0.1, epochs=1))
    found = columns(list(trainer.events()), "step")
    torch.manual_seed(0)
    fresh = marked.load()()
    assert trainer.module is not None
    assert torch.equal(trainer.module.linear1.weight, fresh.linear1.weight)  # type: ignore[union-attr, arg-type]
    assert not torch.equal(trainer.module.linear3.weight, fresh.linear3.weight)  # type: ignore[union-attr, arg-type]
    assert [group["lr"] for group in trainer.optimizer.param_groups] == [0.05]
    assert np.isnan(found["grad_norm/linear1.weight"]).all() and np.isfinite(found["grad_norm/linear3.weight"]).all()


def test_a_network_without_anything_to_train_says_so() -> None:
    frozen = mlp(depth=0, marks={"linear1": {"frozen": True}})
    (failed,) = train(frozen, load_for(frozen, DataSpec("iris")), Recipe())
    assert isinstance(failed, Failed) and failed.node == "linear1" and "Unfreeze" in failed.fix


def test_normalisation_survives_an_epoch_that_leaves_one_example() -> None:
    normalised = compile_graph(
        chain(("vector_input", {"features": 4}), ("linear", {"out_features": 8}), ("batch_norm1d", {}), ("linear", {"out_features": 3}))
    )
    data = load_for(normalised, DataSpec("iris"))
    assert data.num_train % 17 == 1
    assert isinstance(list(train(normalised, data, Recipe(batch_size=17, epochs=1)))[-1], Done)
    failed = list(train(normalised, data, Recipe(batch_size=1, epochs=1)))[-1]
    assert isinstance(failed, Failed) and failed.fix == "Set batch size to at least 2."


def test_regression_is_scored_in_the_units_of_the_target() -> None:
    regression = mlp(features=10, classes=1, loss="mse")
    data = load_for(regression, DataSpec("diabetes"))
    trainer = Trainer(regression, data, Recipe(epochs=5, lr=0.01))
    events = list(trainer.events())
    assert "accuracy" not in columns(events, "step")
    assert trainer.module is not None
    with torch.no_grad():
        values = trainer.module.eval()(*data.x_val) * data.target_scale + data.target_mean
    truth = data.y_val * data.target_scale + data.target_mean
    assert columns(events, "epoch")["val_mae"][-1] == pytest.approx((values - truth).abs().mean().item(), rel=1e-4)


@pytest.mark.parametrize(
    ("loss", "parameters", "last"), [("bce", {}, []), ("bce", {"with_logits": False}, [("sigmoid", {})]), ("mse", {}, [])]
)
def test_one_number_for_two_classes_is_scored_at_the_middle(
    loss: str, parameters: dict[str, Any], last: list[tuple[str, dict[str, Any]]]
) -> None:
    graph = chain(
        ("vector_input", {"features": 2}),
        ("linear", {"out_features": 16}),
        ("tanh", {}),
        ("linear", {"out_features": 1}),
        *last,
        loss=loss,
        **parameters,
    )
    two = compile_graph(graph)
    data = load_for(two, DataSpec("xor"))
    found = columns(list(train(two, data, Recipe(lr=0.05, epochs=150))), "epoch")
    assert found["val_accuracy"][-1] == 1.0 and found["val_loss"][-1] < 0.2
