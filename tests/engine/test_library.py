"""Every ready network trains without a change and reaches its bar; its settings are bounded; the one that is there to fail, fails."""

from __future__ import annotations

import json
from time import perf_counter

import pytest

from blocks.problems import UserError
from engine.check import check
from engine.compile import compile_graph
from engine.data import DataSpec, fit, load_for
from engine.graph.serialise import read_graph
from engine.library import FIRST_TEMPLATE, ready, settings_of, template, templates
from engine.train.events import Done, Event, Points, Verdict
from engine.train.loop import train
from engine.train.phase_check import phase_problems
from engine.train.recipe import Recipe
from tests.figures import Figure


def trained(name: str) -> list[Event]:
    chosen = templates()[name]
    network = compile_graph(ready(name))
    return list(train(network, load_for(network, DataSpec.from_json(chosen.data)), Recipe.from_json(chosen.recipe)))


SLOWEST = ("unet",)
WITH_A_BAR = [name for name, chosen in templates().items() if chosen.bar is not None]


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.thorough if name in SLOWEST else ()) for name in WITH_A_BAR])
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
    graph = ready(name)
    report = check(graph)
    assert report.ok and not report.problems
    assert not fit(graph, report, DataSpec.from_json(chosen.data))
    assert not phase_problems(graph, report, Recipe.from_json(chosen.recipe))
    for setting, (default, smallest, largest, help) in settings_of(name).items():
        assert smallest <= default <= largest and help
        assert check(template(name, {**chosen.ready, setting: smallest})).ok
        for wrong in (smallest - 1, largest + 1, "many", "1.5", "٣", str(10**30)):
            with pytest.raises(UserError) as caught:
                template(name, {setting: wrong})
            assert caught.value.problems[0].parameter == setting


# Sources: torchvision's and the papers' tables; GPT-2 with its output tied to the embedding, as OpenAI's weights have it.
PUBLISHED = [
    ("resnet", {"depth": 18}, 11_689_512),
    ("resnet", {"depth": 34}, 21_797_672),
    ("resnet", {"depth": 50}, 25_557_032),
    ("resnet", {"depth": 101}, 44_549_160),
    ("resnet", {"depth": 152}, 60_192_808),
    ("densenet", {"depth": 121}, 7_978_856),
    ("densenet", {"depth": 169}, 14_149_480),
    ("densenet", {"depth": 201}, 20_013_928),
    ("gpt2", {"size": 124}, 124_439_808),
    ("gpt2", {"size": 355}, 354_823_168),
    ("gpt2", {"size": 774}, 774_030_080),
    ("gpt2", {"size": 1558}, 1_557_611_200),
    # 18,842,048 down, 12,188,480 up, 130 for two classes: figure 1 of the paper, with biases and without normalisation.
    ("unet", {}, 31_030_658),
]


@pytest.mark.parametrize(("name", "settings", "num_parameters"), PUBLISHED)
def test_published_architectures_have_their_published_size_on_one_page(name: str, settings: dict[str, int], num_parameters: int) -> None:
    graph = template(name, settings)
    report = check(graph)
    assert report.ok and not report.problems
    assert report.num_parameters == num_parameters
    assert len(graph.nodes) <= 20
    source = compile_graph(graph, report).source
    assert len(source.splitlines()) < 130


def test_resnet_152_is_opened_and_checked_within_a_second(figure: Figure) -> None:
    check(template("resnet", {"depth": 50}))  # torch's own start is not what is measured
    began = perf_counter()
    graph = read_graph(json.dumps(template("resnet", {"depth": 152}).to_json()))
    check(graph)
    seconds = perf_counter() - began
    figure(f"ResNet-152 opened and checked: {seconds * 1000:.0f} ms")
    assert seconds < 1


def test_a_setting_or_network_that_does_not_exist_is_named() -> None:
    with pytest.raises(UserError, match="no ready network 'alexnet'"):
        template("alexnet")
    with pytest.raises(UserError, match="no setting 'depth'"):
        template("lenet5", {"depth": 3})
    assert FIRST_TEMPLATE in templates()
