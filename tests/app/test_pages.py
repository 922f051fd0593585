"""The pages as a browser session gets them, over a real store: first visit, runs in every state, the library, and what cannot be found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import migrations
from app import services, setups
from engine.data import DataSpec
from engine.graph.document import Graph, Node
from engine.library import template, templates
from engine.store import Outcome, Store
from engine.store.weights import write_weights
from engine.train.events import Done, Points, Started, Verdict, Weights
from engine.train.recipe import Recipe

LIMIT_S = 120


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Give the app an empty store of its own."""
    url = f"sqlite:///{tmp_path / 'gradloom.db'}"
    monkeypatch.setenv("GRADLOOM_HOME", str(tmp_path))
    monkeypatch.setenv("GRADLOOM_DATABASE_URL", url)
    migrations.upgrade(url)
    services.store.clear()
    yield services.store()
    services.store().close()
    services.store.clear()


def show(view: str, **query: str) -> AppTest:
    """Run one page with an address, all pages being known to it."""

    def script(view: str) -> None:
        from importlib import import_module

        import streamlit as st

        from app import navigation
        from app.messages import page_errors

        st.navigation(navigation.pages(), position="hidden")
        with page_errors():
            import_module(f"app.views.{view}").page()

    page = AppTest.from_function(script, args=(view,), default_timeout=LIMIT_S)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def words(page: AppTest) -> str:
    """Return everything a page says, as one string."""
    said = [element.proto.body for element in page.get("html")]
    said += [element.value for kind in ("markdown", "caption", "error", "warning") for element in page.get(kind)]
    return "\n".join(said)


def graph_of(page: AppTest) -> str:
    """Return the network that a page's address names."""
    (graph_id,) = np.atleast_1d(page.query_params["graph"])
    return str(graph_id)


def trained(
    store: Store,
    graph: Graph | None = None,
    *,
    outcome: Outcome | None = None,
    verdicts: tuple[Verdict, ...] = (),
    graph_id: str | None = None,
) -> str:
    """Put a run with a little of everything into the store and return its id."""
    graph = graph or template("lenet5")
    run_id = store.queue_run(graph, Recipe(epochs=1), DataSpec("digits"), name=graph.name, graph_id=graph_id)
    claim = store.claim("test", 60)
    assert claim is not None and claim.run_id == run_id
    node = next(iter(graph.nodes))
    started = Started(
        3,
        1,
        3,
        61_706,
        "cpu",
        {
            "step": ["loss", "lr", "accuracy", "grad_norm/conv1.weight"],
            "probe": [f"A/{node}"],
            "epoch": ["train_loss", "val_loss", "val_accuracy", "seconds"],
        },
    )
    points = [
        Points("step", np.arange(3), np.array([[2.3, 0.1, 0.1, 1.0], [np.nan, 0.1, 0.5, 0.0], [0.2, 0.1, 0.9, np.inf]], np.float32)),
        Points("probe", np.arange(2), np.array([[0.0], [-4.0]], np.float32)),
        Points("epoch", np.array([2]), np.array([[1.0, 0.9, 0.8125, 0.1]], np.float32)),
    ]
    assert store.append(claim, points, started=started, verdicts=list(verdicts))
    if outcome is not None:
        assert store.finish(claim, outcome)
    return run_id


FINISHED = Outcome("finished", done=Done({"val_accuracy": 0.8125}, 1.0, 3.0))


def test_the_first_visit_opens_lenet_on_digits_ready_to_train(store: Store) -> None:
    page = show("build")
    assert not page.exception and not page.error
    (row,) = store.graphs()
    assert row.name == "LeNet-5"
    assert graph_of(page) == row.id
    assert page.selectbox(key=f"data:{row.id}:0").value == "digits"
    assert page.button(key="train").disabled is False


def test_a_second_visit_opens_the_same_network(store: Store) -> None:
    show("build")
    show("build")
    assert len(store.graphs()) == 1


def test_blocks_can_be_coloured_by_the_signal_of_the_last_run_of_the_network(store: Store) -> None:
    graph_id = graph_of(show("build"))
    assert services.last_signal(graph_id) is None
    services.last_signal.clear()
    graph = store.graph(graph_id).graph
    trained(store, graph, graph_id=graph_id)
    assert services.last_signal(graph_id) == {next(iter(graph.nodes)): pytest.approx(1e-4)}, "what was measured last, from A = -4"
    assert services.last_signal("another") is None
    services.last_signal.clear()


def test_train_queues_the_network_with_the_recipe_as_it_stands(store: Store) -> None:
    page = show("build")
    graph_id = graph_of(page)
    page.number_input(key=f"recipe:{graph_id}:epochs:int:0").set_value(3).run()
    page.button(key="train").click().run()
    (run,) = store.runs()
    detail = store.run(run.id)
    assert (detail.graph_id, detail.recipe["epochs"], detail.data["name"], detail.status) == (graph_id, 3, "digits", "queued")
    assert detail.graph == store.graph(graph_id).graph


def test_data_that_does_not_fit_stops_train_and_says_why(store: Store) -> None:
    page = show("build")
    graph_id = graph_of(page)
    page.selectbox(key=f"data:{graph_id}:0").select("iris").run()
    assert page.button(key="train").disabled is True
    assert "Iris has 4 features" in words(page)
    assert setups.load(graph_id).data["name"] == "iris"


def test_a_recipe_out_of_range_stops_train_and_is_kept_with_its_sentence(store: Store) -> None:
    page = show("build")
    graph_id = graph_of(page)
    page.number_input(key=f"recipe:{graph_id}:lr:float:0").set_value(-1.0).run()
    assert page.button(key="train").disabled is True
    assert "learning rate must be" in words(page)
    assert page.number_input(key=f"recipe:{graph_id}:lr:float:0").value == -1.0


def test_the_choice_of_data_and_recipe_outlives_the_process(store: Store) -> None:
    page = show("build")
    graph_id = graph_of(page)
    page.number_input(key=f"recipe:{graph_id}:batch_size:int:0").set_value(16).run()
    services.store.clear()
    again = show("build", graph=graph_id)
    assert again.number_input(key=f"recipe:{graph_id}:batch_size:int:0").value == 16


def test_an_unknown_network_is_said_to_be_unknown(store: Store) -> None:
    page = show("build", graph="<b>nothing</b>")
    assert not page.exception
    assert "no such saved network" in words(page)


@pytest.mark.parametrize(
    "outcome", [None, FINISHED, Outcome("cancelled"), Outcome("failed", "out_of_memory", "It needed 9 GB.", "Make the batch smaller.")]
)
def test_a_run_is_shown_in_every_state(store: Store, outcome: Outcome | None) -> None:
    page = show("run", run=trained(store, outcome=outcome))
    assert not page.exception and not page.error
    said = words(page)
    status = outcome.status if outcome else "running"
    assert status.capitalize() in said and "LeNet-5" in said and "Handwritten digits" in said
    assert len(page.get("bidi_component")) == 4
    assert bool([button for button in page.button if button.key == "cancel"]) == (outcome is None)
    if status == "failed":
        assert "needed more memory than there is" in said and "It needed 9 GB." in said and "Make the batch smaller." in said


def test_a_waiting_run_says_what_it_waits_for(store: Store) -> None:
    page = show("run", run=store.queue_run(template("xor"), Recipe(), DataSpec("xor")))
    assert not page.exception
    assert "Waiting for a free worker" in words(page)


def test_cancel_asks_for_the_end(store: Store) -> None:
    run_id = trained(store)
    page = show("run", run=run_id)
    page.button(key="cancel").click().run()
    assert store.run(run_id).cancel_requested is True


def test_a_verdict_is_said_first_and_in_words(store: Store) -> None:
    verdict = Verdict("vanishing", "severe", "conv1", 20, "this block hears 1/10000 of the error.", {})
    said = words(show("run", run=trained(store, outcome=FINISHED, verdicts=(verdict,))))
    assert "Gradients are vanishing" in said and "hears 1/10000" in said and "20" in said


def test_a_verdict_that_cleared_is_no_longer_the_headline(store: Store) -> None:
    verdict = Verdict("vanishing", "severe", None, 20, "The first block hears nothing.", {}, 40)
    said = words(show("run", run=trained(store, outcome=FINISHED, verdicts=(verdict,))))
    assert "It learned: best validation accuracy 81.2%" in said and "Recovered at step 40" in said


@pytest.mark.parametrize("query", [{"run": "<script>alert(1)</script>"}, {}])
def test_an_unknown_run_leads_on(store: Store, query: dict[str, str]) -> None:
    page = show("run", **query)
    assert not page.exception
    assert "<script" not in words(page)
    assert {link.proto.label for link in page.get("page_link")} == {"All runs", "Build a network"}


def test_hostile_names_are_text_on_the_run_page(store: Store) -> None:
    name = "<img src=x onerror=alert(1)>"
    graph = Graph({"a": Node("a", "relu", name)}, {}, name)
    page = show("run", run=trained(store, graph, outcome=Outcome("failed", "user_error", name, name, "a")))
    assert not page.exception
    assert "<img src=x" not in words(page) and "&lt;img src=x" in words(page)
    assert {label for label, disabled in exports(page).items() if disabled} == {
        *("Best weights", "Last weights", "Training script", "ONNX", "Python")
    }


def exports(page: AppTest) -> dict[str, bool]:
    """Return the forms that a page hands out, and whether each is disabled."""
    offered = [*page.get("download_button"), *(button for button in page.button if str(button.key).startswith("prepare_"))]
    return {button.proto.label: button.proto.disabled for button in offered}


def test_nothing_is_exported_before_it_is_asked_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(form: str, subject: object) -> bytes:
        raise AssertionError(f"{form} was made while the page was drawn")

    monkeypatch.setattr("app.export_menu.made", asked)
    graph_id = store.create_graph(template("xor")).id
    page = show("build", graph=graph_id)
    assert not page.exception
    assert exports(page) == dict.fromkeys(("JSON", "Python", "Training script", "ONNX", "Weights", "Picture"), False)
    assert all(button.proto.HasField("deferred_file_id") for button in page.get("download_button"))


def test_what_cannot_be_exported_is_said_and_what_can_is_saved(store: Store) -> None:
    graph_id = store.create_graph(template("xor")).id  # whose data is digits as long as nobody chose other data
    page = show("build", graph=graph_id)
    (script,) = (button for button in page.button if button.label == "Training script")
    script.click().run()
    assert "lets in 2 features" in " ".join(error.value for error in page.error)
    (onnx,) = (button for button in page.button if button.label == "ONNX")
    onnx.click().run()
    assert not page.exception and "Save ONNX" in exports(page)


def test_a_run_hands_out_the_weights_it_kept(store: Store) -> None:
    run_id = store.queue_run(template("xor"), Recipe(epochs=1), DataSpec("xor"))
    claim = store.claim("test", 60)
    assert claim is not None
    store.finish(claim, FINISHED, write_weights(store.home, run_id, claim.epoch, Weights(("final", "best"), 0, b"numbers")))
    page = show("run", run=run_id)
    assert not page.exception
    assert not any(exports(page).values())


def test_no_runs_yet_calls_for_one(store: Store) -> None:
    page = show("runs")
    assert not page.exception
    assert "Nothing trained yet" in words(page)
    assert "Go to Build" in {link.proto.label for link in page.get("page_link")}


def test_every_run_is_listed_with_its_best_value_and_curve(store: Store) -> None:
    trained(store, outcome=FINISHED)
    trained(store, outcome=Outcome("failed", "crashed", "It broke.", "Try again."))
    store.queue_run(template("xor"), Recipe(), DataSpec("xor"))
    page = show("runs")
    assert not page.exception
    table = page.dataframe[0].value
    assert len(table) == 3
    assert sorted(status.split()[-1] for status in table["Status"]) == ["Failed", "Finished", "Queued"]
    assert table["Accuracy"].max() == pytest.approx(0.8125)
    assert "3 runs, 1 under way" in words(page)


def test_the_library_shows_every_network_and_opens_a_copy_with_its_setup(store: Store) -> None:
    page = show("library")
    assert not page.exception
    for entry in templates().values():
        assert entry.title in words(page)
    page.button(key="open_spirals").click().run()
    (row,) = store.graphs()
    assert store.graph(row.id).graph.content_hash == template("spirals").content_hash
    assert setups.load(row.id).data["name"] == "spirals"


def test_a_network_with_published_sizes_opens_at_the_settings_that_are_chosen_or_as_published(store: Store) -> None:
    page = show("library")
    width = page.number_input(key="size_unet_width")
    assert (width.value, width.min, width.max) == (16, 2, 256) and "published with 64" in width.help
    assert not [field for field in page.number_input if field.key.startswith("size_lenet5")], "only networks with published sizes have them"
    width.set_value(6)
    page.button(key="open_at_unet").click().run()
    (row,) = store.graphs()
    assert store.graph(row.id).graph.content_hash == template("unet", {**templates()["unet"].ready, "width": 6}).content_hash
    assert setups.load(row.id).data["name"] == "shapes"
    page = show("library")
    page.button(key="open_published_resnet").click().run()
    assert template("resnet").content_hash in {store.graph(row.id).graph.content_hash for row in store.graphs()}


def test_a_fault_of_ours_is_owned_up_to_without_a_traceback(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret path /home/someone")

    monkeypatch.setattr("app.views.runs.parts.title", broken)
    page = show("runs")
    assert not page.exception
    assert "Nothing you made is lost" in page.error[0].value and "secret" not in words(page)


def test_the_verdict_names_its_trouble_once_and_writes_powers_as_powers(store: Store) -> None:
    verdict = Verdict("vanishing", "severe", None, 0, "Vanishing gradient: the first layer hears 1/10^17 of the error signal.", {})
    said = words(show("run", run=trained(store, outcome=FINISHED, verdicts=(verdict,))))
    assert "The first layer hears 1/10¹⁷ of the error signal." in said
    assert said.lower().count("vanishing") == 1
