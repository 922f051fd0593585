"""Training in phases, held against torch by hand: whose turn it is, what is summed, what is changed, what is recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from blocks.problems import Problem, UserError
from engine.check import check
from engine.compile import Network, compile_graph
from engine.data import Dataset, DataSpec, load_for
from engine.graph.document import Graph, content_hash
from engine.train.events import Done, Event, Failed, Points, Started, Verdict
from engine.train.loop import Trainer, first_batches, train
from engine.train.phase_check import phase_problems
from engine.train.phases import OptimizerSettings, Phase, phase_at
from engine.train.recipe import Recipe
from tests.engine.train.networks import autoencoder_and_classifier

DRAW = Phase("draw", 2, ("drawn",), ("encoder", "decoder"))
READ = Phase("read", 1, ("read",), ("classifier",), OptimizerSettings("sgd", lr=0.2, momentum=0.9))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def network() -> Network:
    return compile_graph(autoencoder_and_classifier())


@pytest.fixture(scope="module")
def digits(network: Network) -> Dataset:
    return load_for(network, DataSpec("digits"))


def columns(events: list[Event], stream: str = "step") -> dict[str, Any]:
    (started,) = (event for event in events if isinstance(event, Started))
    values = np.concatenate([event.values for event in events if isinstance(event, Points) and event.stream == stream])
    names = started.series[stream]  # type: ignore[index]
    assert values.shape[1] == len(names)
    return {name: values[:, place] for place, name in enumerate(names)}


def test_two_phases_do_what_two_optimizers_do_by_hand(network: Network, digits: Dataset) -> None:
    recipe = Recipe(lr=0.01, epochs=1, seed=3, phases=(DRAW, READ))
    torch.manual_seed(3)
    model: Any = network.load()().train()
    drawing = torch.optim.Adam([*model.encoder.parameters(), *model.decoder.parameters()], lr=0.01, fused=True)
    reading = torch.optim.SGD(model.classifier.parameters(), lr=0.2, momentum=0.9)
    both, own, encoder_norms, classifier_norms = [], [], [], []
    for step, ((images,), target) in enumerate(first_batches(digits, recipe, 9)):
        model.zero_grad()
        flat = images.flatten(1)
        code = torch.tanh(model.encoder(flat))
        drawn, read = F.mse_loss(model.decoder(code), flat), 0.5 * F.cross_entropy(model.classifier(code), target)
        mine = read if step % 3 == 2 else drawn
        mine.backward()
        both.append((drawn + read).item())
        own.append(mine.item())
        encoder_norms.append(model.encoder.weight.grad.norm().item() if step % 3 != 2 else np.nan)
        classifier_norms.append(model.classifier.weight.grad.norm().item() if step % 3 == 2 else np.nan)
        (reading if step % 3 == 2 else drawing).step()
    found = columns(list(train(network, digits, recipe)))
    assert list(found)[:5] == ["loss", "lr", "accuracy", "phase", "phase_loss"]
    np.testing.assert_allclose(found["loss"][:9], both, rtol=1e-5)
    np.testing.assert_allclose(found["phase_loss"][:9], own, rtol=1e-5)
    np.testing.assert_allclose(found["grad_norm/encoder.weight"][:9], encoder_norms, rtol=1e-4)
    np.testing.assert_allclose(found["grad_norm/classifier.weight"][:9], classifier_norms, rtol=1e-4)
    assert found["phase"][:6].tolist() == [0, 0, 1, 0, 0, 1]
    assert found["lr"][:3].tolist() == [np.float32(0.01), np.float32(0.01), np.float32(0.2)]


def test_a_classifier_learns_on_a_code_that_is_learnt_only_by_drawing(network: Network, digits: Dataset) -> None:
    events = list(train(network, digits, Recipe(epochs=12, phases=(DRAW, READ))))
    done = events[-1]
    assert isinstance(done, Done) and done.best["val_accuracy"] > 0.85, "a guess gets 0.1"
    assert not [event for event in events if isinstance(event, Verdict) and event.severity != "info"]
    found = columns(events)
    own = found["phase_loss"]
    for phase in (0, 1):
        mine = own[found["phase"] == phase]
        assert mine[-20:].mean() < 0.5 * mine[:3].mean()
    probed = [event.steps for event in events if isinstance(event, Points) and event.stream == "probe"]
    phases_probed = {phase_at((DRAW, READ), int(step)) for steps in probed for step in steps if step > 100}
    assert phases_probed == {0, 1}, "every phase's signal is measured, however the turns fall"


def test_what_a_phase_does_not_update_stays(network: Network, digits: Dataset) -> None:
    trainer = Trainer(network, digits, Recipe(epochs=1, phases=(READ,)))
    list(trainer.events())
    torch.manual_seed(0)
    fresh: Any = network.load()()
    model: Any = trainer.module
    assert torch.equal(model.encoder.weight, fresh.encoder.weight) and torch.equal(model.decoder.weight, fresh.decoder.weight)
    assert not torch.equal(model.classifier.weight, fresh.classifier.weight)
    assert model.classifier.weight.grad is not None
    assert model.encoder.weight.grad is None and model.decoder.weight.grad is None, "no gradient is worked out for nothing"


def test_one_phase_with_everything_is_training_without_phases(network: Network, digits: Dataset) -> None:
    plain = columns(list(train(network, digits, Recipe(epochs=2))))
    phased = columns(list(train(network, digits, Recipe(epochs=2, phases=(Phase("all"),)))))
    np.testing.assert_allclose(phased["loss"], plain["loss"], rtol=1e-5)
    np.testing.assert_allclose(phased["phase_loss"], plain["loss"], rtol=1e-5)
    np.testing.assert_allclose(phased["grad_norm/encoder.weight"], plain["grad_norm/encoder.weight"], rtol=1e-3)
    assert "phase" not in plain


def test_each_phase_shortens_its_own_gradients(network: Network, digits: Dataset) -> None:
    recipe = Recipe(epochs=1, gradient_clip=0.01, phases=(Phase("draw", losses=("drawn",), optimizer=OptimizerSettings("sgd", lr=1.0)),))
    trainer = Trainer(network, digits, recipe)
    events = trainer.events()
    next(events), next(events)
    torch.manual_seed(0)
    fresh: Any = network.load()()
    moved = [(after - before).norm() for after, before in zip(trainer.module.parameters(), fresh.parameters(), strict=True)]  # type: ignore[union-attr]
    assert torch.stack(moved).norm().item() == pytest.approx(0.01, rel=1e-3)


def test_a_loss_that_becomes_infinite_is_told_once(network: Network, digits: Dataset) -> None:
    wild = OptimizerSettings("sgd", lr=100.0)
    recipe = Recipe(epochs=30, phases=(Phase("draw", 1, ("drawn",), optimizer=wild), Phase("read", 1, ("read",), optimizer=wild)))
    events = list(train(network, digits, recipe))
    assert isinstance(events[-1], Failed) and events[-1].fix
    assert [event.kind for event in events if isinstance(event, Verdict) and event.kind == "nonfinite"] == ["nonfinite"]


def test_turns_follow_one_another() -> None:
    phases = (Phase("a", 2), Phase("b", 1), Phase("c", 3))
    assert [phase_at(phases, step) for step in range(8)] == [0, 0, 1, 2, 2, 2, 0, 0]


# The recipe


def test_json_comes_back_as_it_went_and_a_recipe_without_phases_keeps_its_hash() -> None:
    recipe = Recipe(phases=(DRAW, READ))
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    assert "phases" not in Recipe().to_json() and Recipe.from_json({**Recipe().to_json(), "phases": []}) == Recipe()
    # As it was before there were phases.
    assert content_hash(Recipe().to_json()) == "9adbe86e47704be731bc13aeab05307816fafd8c73f17618bfca3b610c7f57be"
    assert content_hash(recipe.to_json()) != content_hash(Recipe(phases=(READ, DRAW)).to_json())


def test_a_phase_takes_the_defaults_of_its_optimizer() -> None:
    recipe = Recipe.from_json({"phases": [{"name": "a", "optimizer": {"optimizer": "sgd"}}]})
    assert recipe.phases[0].optimizer == OptimizerSettings("sgd", lr=0.01, momentum=0.9)


@pytest.mark.parametrize(
    ("phases", "parameter", "said"),
    [
        ("ab", "phases", "must be a list"),
        ([1], "phases.0", "must be an object with a name"),
        ([{"steps": 1}], "phases.0", "must be an object with a name"),
        ([{"name": ""}], "phases.0.name", "1 to 60 characters"),
        ([{"name": 7}], "phases.0.name", "1 to 60 characters"),
        ([{"name": "a"}, {"name": "a"}], "phases.1.name", "two phases are called 'a'"),
        ([{"name": "a", "steps": 0}], "phases.0.steps", "steps must be a whole number, at least 1"),
        ([{"name": "a", "steps": 10**9}], "phases.0.steps", "at most 1e+06"),
        ([{"name": "a", "steps": True}], "phases.0.steps", "steps must be a whole number"),
        ([{"name": "a", "losses": "x"}], "phases.0.losses", "a list of blocks' ids"),
        ([{"name": "a", "parts": [1]}], "phases.0.parts", "a list of blocks' ids"),
        ([{"name": "a", "colour": 1}], "phases.0", "no setting 'colour'"),
        ([{"name": "a", "optimizer": "adam"}], "phases.0.optimizer", "must be an object"),
        ([{"name": "a", "optimizer": {"batch_size": 1}}], "phases.0.optimizer", "no setting 'batch_size'"),
        ([{"name": "a", "optimizer": {"optimizer": "lion"}}], "phases.0.optimizer.optimizer", "optimizer must be"),
        ([{"name": "a", "optimizer": {"lr": -1}}], "phases.0.optimizer.lr", "learning rate must be"),
        ([{"name": "a", "optimizer": {"optimizer": "sgd", "momentum": 0, "nesterov": True}}], "phases.0.optimizer.momentum", "Nesterov"),
        ([{"name": str(number)} for number in range(17)], "phases", "at most 16"),
    ],
)
def test_what_is_wrong_with_a_phase_is_said_at_its_place(phases: Any, parameter: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        Recipe.from_json({"phases": phases})
    (problem,) = caught.value.problems
    assert problem.parameter == parameter and said in problem.message and problem.fix


# Phases and graph


def problems_of(graph: Graph, *phases: Phase) -> list[Problem]:
    return phase_problems(graph, check(graph), Recipe(phases=phases))


def test_phases_that_suit_the_network_have_no_problems() -> None:
    assert problems_of(autoencoder_and_classifier(), DRAW, READ) == []
    assert problems_of(autoencoder_and_classifier()) == []


@pytest.mark.parametrize(
    ("phase", "code", "said"),
    [
        (Phase("a", losses=("gone",)), "phase_unknown", "Phase 'a' names a loss ('gone') that is not in the network any more."),
        (Phase("a", losses=("code",)), "phase_unknown", "Phase 'a' is to minimise Tanh 'code', which is no loss."),
        (Phase("a", parts=("gone",)), "phase_unknown", "Phase 'a' names a part ('gone') that is not in the network any more."),
        (Phase("a", parts=("code",)), "phase_unknown", "Phase 'a' is to update Tanh 'code', which has no weights."),
        (Phase("a", parts=("encoder",)), "phase_idle", "Phase 'a' has nothing to update: Linear 'encoder' is frozen."),
        (
            Phase("a", losses=("drawn",), parts=("classifier",)),
            "phase_disconnected",
            "Phase 'a' minimises MSE loss 'drawn', and no way leads there from the parts it updates (Linear 'classifier').",
        ),
    ],
)
def test_a_phase_that_does_not_suit_the_network_is_named(phase: Phase, code: str, said: str) -> None:
    graph = autoencoder_and_classifier(encoder={"frozen": True})
    (problem,) = problems_of(graph, phase)
    assert (problem.code, problem.message) == (code, said) and problem.fix and (problem.parameter or "").startswith("phases.0.")
    network = compile_graph(graph)
    (failed,) = train(network, load_for(network, DataSpec("digits")), Recipe(phases=(phase,)))
    assert isinstance(failed, Failed) and failed.message == said, "training refuses it in the same words"


def test_a_block_that_no_phase_updates_is_warned_of() -> None:
    (problem,) = problems_of(autoencoder_and_classifier(), READ, Phase("draw", parts=("decoder",)))
    assert (problem.severity, problem.node) == ("warning", "encoder")
    assert problem.message == "Linear 'encoder' is updated in no phase, so it stays as it began."
    assert problems_of(autoencoder_and_classifier(encoder={"frozen": True}), READ, Phase("draw", parts=("decoder",))) == []
