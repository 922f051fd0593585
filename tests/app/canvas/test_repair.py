"""One-click fixes through the canvas's protocol: offered with the problems, made once, refused in words where they no longer apply."""

from __future__ import annotations

from typing import Any

from engine.check import check
from engine.graph import edits
from engine.graph.document import Edge, Graph
from engine.graph.edits import apply
from tests.app.canvas.test_session import Canvas, connected, new_session, same, settle, start


def order(canvas: Canvas, **batch: Any) -> None:
    """Let a canvas ask for something that Python works out."""
    canvas.sequence += 1
    canvas.pending.append({"seq": canvas.sequence} | batch)


def broken() -> Graph:
    """Return a classifier whose Flatten was forgotten."""
    graph, _ = apply(start(), edits.RemoveNode("flat"))
    return apply(graph, edits.Connect(Edge("e", "in", "x", "fc", "x")))[0]


def mismatch(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the problem at the Linear as it travels to the canvas."""
    return next(problem for problem in payload["problems"] if problem.get("node") == "fc")


def test_the_problems_travel_with_what_their_buttons_say() -> None:
    found = mismatch(new_session(broken()).payload())
    assert found["fixes"][0] == {"label": "Insert Flatten", "then": []}


def test_a_fix_is_made_once_however_often_it_is_sent_and_is_one_step_of_undo() -> None:
    session = new_session(broken())
    (canvas,) = connected(session, "a")
    problem = mismatch(session.payload())
    order(canvas, do="fix", fix={"message": problem["message"], "node": "fc", "label": "Insert Flatten"})
    message = canvas.message()
    session.receive(message)
    session.receive(message)
    assert [node.type for node in session.graph.nodes.values()].count("flatten") == 1
    assert [problem.code for problem in check(session.graph).problems] == ["no_loss"]
    assert session.undo_label == "insert Flatten"
    settle(session, canvas)
    assert same(canvas.seen, session.graph)
    session.undo()
    assert same(session.graph, broken())


def test_a_problem_that_is_gone_is_said_and_changes_nothing() -> None:
    session = new_session(start())
    (canvas,) = connected(session, "a")
    order(canvas, do="fix", fix={"message": "It is all wrong.", "node": "fc", "label": "Insert Flatten"})
    session.receive(canvas.message())
    assert same(session.graph, start())
    assert session.payload("a")["notices"][-1]["text"].startswith("This problem has changed meanwhile.")


def test_a_fix_under_another_name_is_refused() -> None:
    session = new_session(broken())
    (canvas,) = connected(session, "a")
    order(canvas, do="fix", fix={"message": mismatch(session.payload())["message"], "node": "fc", "label": "Delete everything"})
    session.receive(canvas.message())
    assert same(session.graph, broken()) and session.payload("a")["notices"]


def test_what_is_no_order_is_no_message() -> None:
    session = new_session(broken())
    (canvas,) = connected(session, "a")
    for fix in (None, 3, {}, {"message": 1, "node": None, "label": "x"}, {"message": "x" * 20_000, "node": None, "label": "x"}):
        canvas.pending = []
        order(canvas, do="fix", fix=fix)
        session.receive(canvas.message())
    assert same(session.graph, broken()) and not session.payload("a")["notices"]


def test_a_wire_of_the_wrong_kind_is_made_with_the_block_it_needs() -> None:
    graph, _ = apply(start(), edits.Disconnect("e1"))
    session = new_session(graph)
    (canvas,) = connected(session, "a")
    edge = Edge("new", "in", "x", "fc", "x").to_json()
    order(canvas, do="bridge", edit={"op": "connect", "edge": edge, "index": None})
    settle(session, canvas)
    assert session.graph.edges["new"].source == "flatten_1" and session.undo_label == "insert Flatten"
    assert not [problem for problem in check(session.graph).problems if problem.code == "kind_mismatch"]
    assert same(canvas.seen, session.graph)


def test_a_wire_that_no_block_can_make_possible_is_refused() -> None:
    session = new_session(start())
    (canvas,) = connected(session, "a")
    for edit in (
        {"op": "connect", "edge": Edge("new", "fc", "y", "gone", "x").to_json(), "index": None},
        {"op": "remove_node", "id": "fc"},
    ):
        order(canvas, do="bridge", edit=edit)
    session.receive(canvas.message())
    assert same(session.graph, start()) and len(session.payload("a")["notices"]) == 2


def test_a_wire_to_nowhere_comes_back_with_undo() -> None:
    graph = Graph(start().nodes, {**start().edges, "lost": Edge("lost", "fc", "y", "gone", "x")}, "Small")
    session = new_session(graph)
    problem = next(problem for problem in session.report.problems if problem.code == "dangling_edge")
    session.solve(problem, "Remove the wire")
    assert "lost" not in session.graph.edges
    session.undo()
    assert same(session.graph, graph)
