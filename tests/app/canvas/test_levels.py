"""Canvases at different levels of one network: each hears its own, undo stays whole, and trails end where they lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from app.canvas.scope import scope_at, seen_from
from app.canvas.session import Session
from app.levels import title_at, weakest
from blocks.problems import UserError
from engine.check import check
from engine.graph import edits
from engine.graph.document import Definition, Edge, Graph, Node
from tests.app.canvas.test_session import Canvas, settle


def network() -> Graph:
    """Return an image classifier whose middle is a composite used twice, the second time repeated."""
    inner = Graph.of(
        "Dense",
        [Node("x", "entry", "x"), Node("fc", "linear", "", {"out_features": 8}), Node("y", "exit", "y")],
        [Edge("a", "x", "y", "fc", "x"), Edge("b", "fc", "y", "y", "x")],
    )
    nodes = [Node("in", "vector_input", "", {"features": 4}), Node("one", "@dense"), Node("two", "@dense", "", {"repeat": 2})]
    wires = [Edge("e0", "in", "x", "one", "x"), Edge("e1", "one", "y", "two", "x")]
    return Graph({node.id: node for node in nodes}, {wire.id: wire for wire in wires}, "Net", {"dense": Definition("dense", inner)})


class Inside(Canvas):
    """A canvas that has gone somewhere."""

    trail: list[Any] = []
    turn = 0

    def go(self, session: Session, *trail: tuple[str, int]) -> None:
        """Go to a level and take what comes."""
        self.trail, self.turn, self.revision = [list(step) for step in trail], self.turn + 1, -1
        session.receive(self.message())
        self.receive(session.payload(self.name))

    def message(self) -> dict[str, Any]:
        return super().message() | {"turn": self.turn, "trail": self.trail}


def canvases(session: Session, *names: str) -> list[Inside]:
    """Return canvases that show the network."""
    found = [Inside(name) for name in names]
    for canvas in found:
        canvas.receive(session.payload())
        session.receive(canvas.message())
    return found


def test_each_level_hears_its_own_edits_and_others_only_raise_the_revision() -> None:
    session = Session("g", network(), check, lambda graph: None)
    top, inside = canvases(session, "top", "inside")
    inside.go(session, ("one", 0))
    assert list(inside.confirmed.nodes) == ["x", "fc", "y"]
    assert inside.views["fc"]["shapes"] == {"y": "(B, 8)"}
    inside.do("edit", edits.SetParameters("fc", {"out_features": 5}))
    inside.pending[-1]["within"] = "dense"
    session.receive(inside.message())
    answer = session.payload("top")
    assert answer["edits"] == [] and answer["rev"] == 1
    assert answer["views"]["one"]["shapes"] == {"y": "(B, 5)"}
    top.receive(answer)
    inside.receive(session.payload("inside"))
    assert inside.confirmed.nodes["fc"].parameters == {"out_features": 5}
    top.do("edit", edits.RenameNode("in", "data"))
    settle(session, top, inside)
    assert session.graph.nodes["in"].name == "data"
    assert inside.revision == session.revision and "data" not in [node.name for node in inside.confirmed.nodes.values()]
    session.undo()
    session.undo()
    settle(session, top, inside)
    assert inside.confirmed.nodes["fc"].parameters == {"out_features": 8}


def test_a_level_that_undo_takes_away_is_left_for_the_one_above() -> None:
    session = Session("g", network(), check, lambda graph: None)
    (canvas,) = canvases(session, "a")
    canvas.go(session, ("one", 0))
    session.edit(edits.RemoveNode("one"))
    payload = session.payload("a")
    assert payload["scope"]["definition"] is None
    assert [node["id"] for node in payload["snapshot"]["graph"]["nodes"]] == ["in", "two"]


def test_a_copy_has_its_own_shapes_and_a_trail_ends_where_it_leads_nowhere() -> None:
    graph = network()
    report = check(graph)
    assert scope_at(graph, report, [("two", 1)]).place == "two/1"
    assert scope_at(graph, report, [("two", 9)]).place == "two/1"
    assert scope_at(graph, report, [("one", 0), ("fc", 0)]).place == "one"
    assert scope_at(graph, report, [("gone", 0)]).definition is None
    assert [step.copies for step in scope_at(graph, report, [("two", 0)]).steps] == [2]


def test_a_definition_replaced_as_a_whole_is_sent_as_a_whole() -> None:
    other = edits.Define(Definition("dense", Graph.of("Other", [], [])))
    assert seen_from(other, "dense") is None and seen_from(other, None) == []
    within = edits.Within("dense", edits.RenameGraph("New"))
    assert seen_from(edits.Batch((within, edits.RenameGraph("Net"))), "dense") == [edits.RenameGraph("New")]


def test_a_composite_in_itself_is_refused_and_nothing_changes() -> None:
    session = Session("g", network(), check, lambda graph: None)
    with pytest.raises(UserError, match="cannot contain itself"):
        session.edit(edits.Within("dense", edits.AddNode(Node("again", "@dense"))))
    assert session.revision == 0


def test_wires_follow_a_renamed_port_in_one_step_of_undo() -> None:
    session = Session("g", network(), check, lambda graph: None)
    before = session.graph.to_json()
    session.edit(edits.Within("dense", edits.RenameNode("y", "result")))
    assert [edge.source_port for edge in session.graph.edges.values()] == ["x", "result"]
    assert not [problem for problem in session.report.problems if problem.code == "unknown_port"]
    assert session.undo() and session.graph.to_json() == before and not session.undo()


def test_what_was_measured_inside_is_told_by_its_weakest() -> None:
    measured = {"one/fc": 0.5, "two/0/fc": 0.2, "two/1/fc": 0.1, "in": float("nan")}
    assert weakest(measured) == {"one": 0.5, "two": 0.1}
    assert weakest(measured, "two/0") == {"fc": 0.2}
    assert title_at(network(), "two/1/fc") == "Dense 2 › Linear"
    assert title_at(network(), "two/1/gone") is None
