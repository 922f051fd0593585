"""Above Train and in the inspector a problem has its fixes as buttons, those of the data as well."""

from __future__ import annotations

import pytest

from app import desk
from engine.check import check
from engine.graph import edits
from engine.graph.edits import Edit, apply
from engine.library import template
from engine.store import Store
from tests.app.test_pages import graph_of, show, store

__all__ = ["store"]


@pytest.mark.parametrize(
    ("damage", "label", "parameters"),
    [
        (edits.SetParameters("fc3", {"out_features": 7}), "Set out\\_features to 10", {"fc3": {"out_features": 10}}),
        (edits.SetParameters("fc3", {"out_features": -7}), "Set out\\_features back to 64", None),
        (edits.RemoveNode("loss"), "Add Cross\\-entropy loss", {"cross_entropy_1": {}}),
        (edits.RemoveNode("flatten"), "Connect tanh2 through Flatten", {"flatten_1": {}}),
    ],
)
def test_a_button_above_train_solves_the_first_problem(
    store: Store, damage: Edit, label: str, parameters: dict[str, dict[str, int]] | None
) -> None:
    page = show("build")
    session = desk.session(graph_of(page))
    session.edit(damage)
    page.run()
    assert page.button(key="train").disabled
    before = session.graph
    button = page.button(key="fix:train-0:0")
    assert button.label == label
    button.click().run()
    assert not page.exception
    if parameters is not None:
        assert page.button(key="train").disabled is False
        assert {id: dict(session.graph.nodes[id].parameters) for id in parameters} == parameters
    session.undo()
    assert session.graph.to_json() == before.to_json()


def test_a_fix_of_the_data_is_tried_with_the_data(store: Store) -> None:
    """Digits have ten classes: whatever else would silence the graph's own check is not offered."""
    page = show("build")
    session = desk.session(graph_of(page))
    session.edit(edits.SetParameters("fc3", {"out_features": 7}))
    page.run()
    labels = [button.label for button in page.button if (button.key or "").startswith("fix:train")]
    assert labels == ["Set out\\_features to 10"]
    graph, _ = apply(template("lenet5"), edits.SetParameters("fc3", {"out_features": 7}))
    assert check(graph).ok
