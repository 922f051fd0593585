"""Edits change a graph, their inverses restore it exactly, and neither touches the graph they were given."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.problems import UserError
from engine.graph.document import Edge, Graph, Node
from engine.graph.edits import AddNode, Batch, Connect, Disconnect, Move, RemoveNode, SetParameters, apply
from engine.graph.serialise import edit_from_json, edit_to_json
from tests.engine.graph.graphs import edits, graphs


def order(graph: Graph) -> tuple[list[str], list[str]]:
    return list(graph.nodes), list(graph.edges)


@given(st.data())
def test_the_inverse_restores_the_graph_with_its_order(data: st.DataObject) -> None:
    graph = data.draw(graphs())
    before = json.dumps(graph.to_json())
    history = []
    now = graph
    for _ in range(data.draw(st.integers(1, 6))):
        now, inverse = apply(now, data.draw(edits(now)))
        history.append(inverse)
    for inverse in reversed(history):
        now, _ = apply(now, inverse)
    assert now == graph
    assert order(now) == order(graph)
    assert json.dumps(graph.to_json()) == before, "the graph that was given has changed"


@given(st.data())
def test_undo_of_undo_is_redo(data: st.DataObject) -> None:
    graph = data.draw(graphs())
    after, inverse = apply(graph, data.draw(edits(graph)))
    before, again = apply(after, inverse)
    redone, _ = apply(before, again)
    assert redone == after
    assert order(redone) == order(after)


@given(st.data())
def test_an_edit_survives_its_journey_as_json(data: st.DataObject) -> None:
    graph = data.draw(graphs())
    edit = data.draw(edits(graph))
    travelled = edit_from_json(json.loads(json.dumps(edit_to_json(edit))))
    assert apply(graph, travelled)[0] == apply(graph, edit)[0]


def test_removing_a_node_takes_its_wires_and_undo_brings_them_back_in_place() -> None:
    nodes = [Node("a", "relu"), Node("b", "relu"), Node("sum", "add")]
    edges = [Edge("first", "a", "y", "sum", "xs"), Edge("second", "b", "y", "sum", "xs")]
    graph = Graph.of("g", nodes, edges)
    after, inverse = apply(graph, RemoveNode("a"))
    assert order(after) == (["b", "sum"], ["second"])
    assert order(apply(after, inverse)[0]) == (["a", "b", "sum"], ["first", "second"])


def test_a_parameter_that_was_not_set_goes_back_to_the_default() -> None:
    graph = Graph.of("g", [Node("a", "linear", parameters={"bias": True})], [])
    after, inverse = apply(graph, SetParameters("a", {"out_features": 5}, ("bias",)))
    assert after.nodes["a"].parameters == {"out_features": 5}
    assert apply(after, inverse)[0].nodes["a"].parameters == {"bias": True}


@pytest.mark.parametrize(
    "edit",
    [
        RemoveNode("gone"),
        Disconnect("gone"),
        Move({"gone": (0.0, 0.0)}),
        SetParameters("gone", {}),
        Connect(Edge("e", "a", "y", "gone", "x")),
        AddNode(Node("a", "relu")),
        Batch((Move({"a": (1.0, 1.0)}), RemoveNode("gone"))),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_and_changes_nothing(edit: object) -> None:
    graph = Graph.of("g", [Node("a", "relu")], [])
    with pytest.raises(UserError) as caught:
        apply(graph, edit)  # type: ignore[arg-type]
    assert caught.value.problems[0].code == "stale_edit"
    assert graph == Graph.of("g", [Node("a", "relu")], [])


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {"op": "explode"},
        {"op": ["move"]},
        {"op": "move", "positions": {"a": [1, float("nan")]}},
        {"op": "move", "positions": {"a": [1, "2"]}},
        {"op": "add_node", "node": {"id": "a"}},
        {"op": "add_node", "node": {"id": "a" * 65, "type": "relu"}},
        {"op": "connect", "edge": {"id": "e", "source": 1, "source_port": "y", "target": "b", "target_port": "x"}},
        {"op": "connect", "edge": {"id": "e", "source": "a", "source_port": "y", "target": "b", "target_port": "x"}, "index": -1},
        {"op": "set_parameters", "id": "a", "parameters": {"p": {"nested": "object"}}},
        {"op": "set_marks", "id": "a", "marks": {"frozen": "yes"}},
        {"op": "set_marks", "id": "a", "marks": {"colour": "red"}},
        {"op": "rename_node", "id": "a", "name": "x" * 201},
        {"op": "batch", "edits": [{"op": "batch", "edits": [{"op": "batch", "edits": [{"op": "batch", "edits": []}]}]}]},
    ],
)
def test_an_edit_from_a_hostile_page_is_refused(raw: object) -> None:
    with pytest.raises(UserError) as caught:
        edit_from_json(raw)
    assert caught.value.problems[0].code == "bad_edit"
