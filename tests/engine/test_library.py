"""Every ready network trains without a change and reaches its bar; its settings are bounded; the one that is there to fail, fails."""

from __future__ import annotations

import pytest

from blocks.problems import UserError
from engine.check import check
from engine.compile import compile_graph
from engine.data import DataSpec, fit, load_for
from engine.library import FIRST_TEMPLATE, settings_of, template, templates
from engine.train.events import Done, Event, Points, Verdict
from engine.train.loop import train
from engine.train.recipe import Recipe
from tests.figures import Figure


def trained(name: str) -> list[Event]:
    chosen = templates()[name]
    network = compile_graph(template(name))
    return list(train(network, load_for(network, DataSpec.from_json(chosen.data)), Recipe.from_json(chosen.recipe)))


@pytest.mark.parametrize("name", [name for name, chosen in templates().items() if chosen.bar is not None])
def test_a_ready_network_reaches_its_bar(name: str, figure: Figure) -> None:
    bar = templates()[name].bar
    assert bar is not None
    events = trained(name)
    done = events[-1]
    assert isinstance(done, Done), done
    figure(f"{name}: {bar.metric} {done.best[bar.metric]:.4f}, bar {bar.value}")
    assert bar.is_reached(done.best[bar.metric]), bar.why
    grave = [event for event in events if isinstance(event, Verdict) and event.severity != "info"]
    assert not grave, "a network that learns must not be called ill"


def test_lenet5_reaches_its_bar_in_ten_epochs_with_the_recipe_that_a_form_starts_from() -> None:
    network = compile_graph(template("lenet5"))
    events = list(train(network, load_for(network, DataSpec("digits")), Recipe()))
    assert isinstance(events[-1], Done) and events[-1].best["val_accuracy"] >= 0.97
    epochs = [event for event in events if isinstance(event, Points) and event.stream == "epoch"]
    assert sum(len(points.steps) for points in epochs) == 10


def test_the_deep_sigmoid_network_does_not_learn_and_is_told_why() -> None:
    events = trained("sigmoid_mlp")
    done = events[-1]
    assert isinstance(done, Done) and done.best["val_accuracy"] < 0.2, "ten classes: a guess gets 0.1"
    verdicts = [event for event in events if isinstance(event, Verdict)]
    assert any(verdict.kind == "vanishing" and verdict.severity == "severe" and verdict.node == "layer1" for verdict in verdicts)


@pytest.mark.parametrize("name", templates())
def test_a_ready_network_fits_its_data_and_its_settings_hold(name: str) -> None:
    chosen = templates()[name]
    graph = template(name)
    report = check(graph)
    assert report.ok and not report.problems
    assert not fit(graph, report, DataSpec.from_json(chosen.data))
    for setting, (default, smallest, largest, help) in settings_of(name).items():
        assert smallest <= default <= largest and help
        assert check(template(name, {setting: smallest})).ok
        for wrong in (smallest - 1, largest + 1, "many", "1.5", "٣", str(10**30)):
            with pytest.raises(UserError) as caught:
                template(name, {setting: wrong})
            assert caught.value.problems[0].parameter == setting


def test_a_setting_or_network_that_does_not_exist_is_named() -> None:
    with pytest.raises(UserError, match="no ready network 'alexnet'"):
        template("alexnet")
    with pytest.raises(UserError, match="no setting 'depth'"):
        template("lenet5", {"depth": 3})
    assert FIRST_TEMPLATE in templates()
