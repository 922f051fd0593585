"""The fold of phases and the training marks, as a browser session gets them: what is chosen is kept, what is wrong is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app import desk, setups
from app.training_marks import lenders
from engine.check import check
from engine.graph.document import Graph, Node
from engine.library import template
from engine.store import Store
from engine.train.recipe import Recipe
from tests.app.test_pages import show, store, words
from tests.engine.train.networks import autoencoder_and_classifier

__all__ = ["store"]


@pytest.fixture
def graph_id(store: Store) -> str:
    return desk.create(autoencoder_and_classifier(), setups.of_template("lenet5"))


def phases(graph_id: str) -> list[dict[str, object]]:
    raw = setups.load(graph_id).recipe.get("phases", [])
    assert isinstance(raw, list)
    return raw


def labelled(page: AppTest, kind: str, label: str) -> list[AppTest]:
    return [element for element in page.get(kind) if element.label == label]


def button(page: AppTest, key: str) -> AppTest:
    (found,) = (element for element in page.get("button") if element.key == key)
    return found


def test_phases_are_added_changed_moved_and_removed(graph_id: str) -> None:
    page = show("build", graph=graph_id)
    assert phases(graph_id) == [] and not labelled(page, "multiselect", "Losses")
    button(page, f"add_phase:{graph_id}").click()
    page.run()
    button(page, f"add_phase:{graph_id}").click()
    page.run()
    assert [phase["name"] for phase in phases(graph_id)] == ["phase 1", "phase 2"]
    losses = labelled(page, "multiselect", "Losses")[0]
    assert losses.options == ["drawn", "read"] and losses.value == []
    losses.set_value(["drawn"])
    page.run()
    parts = labelled(page, "multiselect", "Parts")[0]
    assert parts.options == ["encoder", "decoder", "classifier"]
    parts.set_value(["encoder", "decoder"])
    page.run()
    labelled(page, "number_input", "Steps in turn")[0].set_value(3)
    page.run()
    first = phases(graph_id)[0]
    assert (first["losses"], first["parts"], first["steps"]) == (["drawn"], ["encoder", "decoder"], 3)
    assert Recipe.from_json(dict(setups.load(graph_id).recipe)).phases[0].parts == ("encoder", "decoder")
    button(page, f"phase:{graph_id}:0:arrow_downward").click()
    page.run()
    assert [phase["name"] for phase in phases(graph_id)] == ["phase 2", "phase 1"]
    assert labelled(page, "multiselect", "Losses")[1].value == ["drawn"], "the form follows"
    button(page, f"phase:{graph_id}:0:delete").click()
    page.run()
    button(page, f"phase:{graph_id}:0:delete").click()
    page.run()
    assert "phases" not in setups.load(graph_id).recipe, "a recipe without phases is what it was before there were any"


def test_a_phase_takes_an_optimizer_of_its_own(graph_id: str) -> None:
    page = show("build", graph=graph_id)
    button(page, f"add_phase:{graph_id}").click()
    page.run()
    (chosen,) = (element for element in labelled(page, "selectbox", "Optimizer") if element.value == "as_the_recipe")
    chosen.set_value("sgd")
    page.run()
    optimizer = phases(graph_id)[0]["optimizer"]
    assert isinstance(optimizer, dict) and (optimizer["optimizer"], optimizer["lr"], optimizer["momentum"]) == ("sgd", 0.01, 0.9)
    labelled(page, "number_input", "Learning rate")[-1].set_value(-1.0)
    page.run()
    assert "learning rate must be a number, more than 0" in words(page)
    (train,) = (element for element in page.get("button") if element.key == "train")
    assert train.disabled


def test_a_phase_that_does_not_suit_the_network_is_said_and_a_block_left_out_is_a_warning(graph_id: str) -> None:
    setup = setups.load(graph_id)
    setups.save(graph_id, replace(setup, recipe={**setup.recipe, "phases": [{"name": "a", "losses": ["gone"]}]}))
    page = show("build", graph=graph_id)
    assert "names a loss (&#x27;gone&#x27;) that is not in the network any more" in words(page)
    assert labelled(page, "multiselect", "Losses")[0].value == ["gone"], "what was chosen is shown, to be taken out"
    setups.save(graph_id, replace(setup, recipe={**setup.recipe, "phases": [{"name": "a", "losses": ["read"], "parts": ["classifier"]}]}))
    page = show("build", graph=graph_id)
    assert "is updated in no phase" in words(page)
    (train,) = (element for element in page.get("button") if element.key == "train")
    assert not train.disabled, "a warning does not stand in the way"


def test_only_blocks_that_would_be_built_alike_lend_their_weights() -> None:
    graph = template("siamese")
    report = check(graph)
    assert lenders(graph, report, graph.nodes["second_conv1"]) == ["first_conv1"]
    assert lenders(graph, report, graph.nodes["first_conv1"]) == [], "who lends does not borrow"
    assert lenders(graph, report, graph.nodes["second_conv2"]) == ["first_conv2"]
    assert lenders(graph, report, graph.nodes["first_relu1"]) == []
    apart = Graph({id: replace(node, shares_weights_with=None) for id, node in graph.nodes.items()}, graph.edges, graph.name)
    assert lenders(apart, check(apart), apart.nodes["first_code"]) == ["second_code"]


def marks(graph_id: str, node: str) -> AppTest:
    """Run the inspector's fold of one block."""

    def script(graph_id: str, node: str) -> None:
        from app import desk
        from app.training_marks import training_marks

        session = desk.session(graph_id)
        training_marks(session, session.graph.nodes[node])

    return AppTest.from_function(script, args=(graph_id, node), default_timeout=60).run()


def saved(graph_id: str, node: str) -> Node:
    return desk.session(graph_id).graph.nodes[node]


def test_marks_are_set_by_their_fields(graph_id: str) -> None:
    page = marks(graph_id, "encoder")
    labelled(page, "toggle", "Frozen")[0].set_value(True)
    page.run()
    labelled(page, "number_input", "Learning rate ×")[0].set_value(0.1)
    page.run()
    labelled(page, "selectbox", "Weights begin")[0].set_value("normal")
    page.run()
    (deviation,) = labelled(page, "number_input", "Standard deviation")
    assert deviation.value == 0.02
    deviation.set_value(0.5)
    page.run()
    node = saved(graph_id, "encoder")
    assert (node.frozen, node.lr_factor, node.initialisation) == (True, 0.1, "normal(0.5)")
    desk.session(graph_id).undo()
    page = marks(graph_id, "encoder")
    assert labelled(page, "number_input", "Standard deviation")[0].value == 0.02, "an undo shows in the form"


def test_a_mark_out_of_its_bounds_is_refused_in_words_and_the_graph_stays(graph_id: str) -> None:
    page = marks(graph_id, "encoder")
    labelled(page, "number_input", "Learning rate ×")[0].set_value(-1.0)
    page.run()
    assert "from 0 to 1,000,000" in page.toast[0].value and saved(graph_id, "encoder").lr_factor == 1.0
    labelled(page, "selectbox", "Weights begin")[0].set_value("uniform")
    page.run()
    labelled(page, "number_input", "Bound")[0].set_value(101.0)
    page.run()
    assert any("from 0 to 100" in toast.value for toast in page.toast) and saved(graph_id, "encoder").initialisation == "uniform"
    assert labelled(page, "number_input", "Bound")[0].value == 0.05


def test_a_block_without_weights_has_no_marks_and_one_that_shares_says_whose(store: Store) -> None:
    siamese = desk.create(template("siamese"), setups.of_template("siamese"))
    assert not marks(siamese, "first_relu1").get("expander")
    page = marks(siamese, "second_conv1")
    (sharing,) = labelled(page, "selectbox", "Shares weights with")
    assert sharing.value == "first_conv1" and not labelled(page, "toggle", "Frozen")
    sharing.set_value("")
    page.run()
    assert saved(siamese, "second_conv1").shares_weights_with is None
    assert labelled(page, "toggle", "Frozen"), "now it has weights of its own to be marked"
