"""Checking again with the report on an earlier version gives exactly what checking from nothing gives, whatever was edited."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.check import Report, check
from engine.graph.document import Edge, Graph, Node
from engine.graph.edits import AddNode, Batch, Connect, Disconnect, Edit, Move, RemoveNode, RenameNode, SetMarks, SetParameters, apply
from tests.benchmarks.checking import chain, kinds_of_edits
from tests.figures import Figure

IDS = [f"n{number}" for number in range(9)]
SOME_ID = st.sampled_from(IDS)
TYPES = st.sampled_from(
    ["vector_input", "image_input", "linear", "linear", "relu", "relu", "add", "lstm", "mse", "output", "no_such_block"]
)
NAMES = st.sampled_from(["", "", "stem", "head"])
PARAMETERS = st.sampled_from(
    [{}, {}, {"out_features": 4}, {"out_features": 5}, {"features": 5}, {"out_features": True}, {"out_features": 0}]
)
SHARED = st.none() | st.none() | SOME_ID
BYPASSED = st.sampled_from([False, False, False, True])
PORTS = st.sampled_from(["x", "x", "xs", "prediction", "no_such_port"])
OUTPUTS = st.sampled_from(["y", "y", "y", "x"])
PLACES = st.none() | st.integers(0, 9)


@st.composite
def nodes(draw: st.DrawFn, id: str) -> Node:
    return Node(id, draw(TYPES), draw(NAMES), draw(PARAMETERS), shares_weights_with=draw(SHARED), bypassed=draw(BYPASSED))


def usual() -> Graph:
    """Return a network with a fork and a join, in which all is well, so that an edit is felt far away."""
    steps = ["vector_input", "linear", "relu", "linear", "add", "relu", "output", "mse"]
    joints = ["n0.x>n1.x", "n1.y>n2.x", "n2.y>n3.x", "n2.y>n4.xs", "n3.y>n4.xs", "n4.y>n5.x", "n5.y>n6.x", "n5.y>n7.prediction"]
    edges = [Edge(f"e{number}", joint[:2], joint[3], joint[5:7], joint[8:]) for number, joint in enumerate(joints)]
    return Graph.of("Usual", [Node(f"n{number}", type) for number, type in enumerate(steps)], edges)


@st.composite
def networks(draw: st.DrawFn) -> Graph:
    """Draw a network in which anything may be wrong, or nothing."""
    if draw(st.booleans()):
        return usual()
    ids = draw(st.lists(SOME_ID, unique=True, min_size=1, max_size=8))
    ends = st.sampled_from(ids)
    edges = [Edge(f"e{number}", draw(ends), draw(OUTPUTS), draw(ends), draw(PORTS)) for number in range(draw(st.integers(0, 10)))]
    return Graph.of("Network", [draw(nodes(id)) for id in ids], edges)


@st.composite
def ravaged(draw: st.DrawFn, graph: Graph) -> Graph:
    """Draw a network like another, but for nodes that are gone without their wires, are others, or stand elsewhere in the order."""
    changed = draw(st.dictionaries(SOME_ID, st.none() | st.sampled_from(IDS).flatmap(nodes), max_size=3))
    kept = {id: node for id, node in graph.nodes.items() if id not in changed}
    new = {id: replace(node, id=id) for id, node in changed.items() if node is not None}
    in_order = {**new, **kept} if draw(st.booleans()) else {**kept, **new}
    edges = dict(draw(st.permutations(list(graph.edges.items())))) if draw(st.booleans()) else graph.edges
    return replace(graph, nodes=in_order, edges=edges)


@st.composite
def edits(draw: st.DrawFn, graph: Graph, depth: int = 1) -> Edit:
    """Draw an edit that fits the graph."""
    choices: list[Callable[[], Edit]] = []
    if free := [id for id in IDS if id not in graph.nodes]:
        choices.append(lambda: AddNode(draw(nodes(draw(st.sampled_from(free)))), draw(PLACES)))
    if graph.nodes:
        some = draw(st.sampled_from(list(graph.nodes)))
        other = draw(st.sampled_from(list(graph.nodes)))
        edge_id = next(f"w{number}" for number in range(99) if f"w{number}" not in graph.edges)
        choices += [
            lambda: RemoveNode(some),
            lambda: SetParameters(some, draw(PARAMETERS), ("features",)),
            lambda: RenameNode(some, draw(NAMES)),
            lambda: Move({some: (draw(st.floats(-9, 9)), 1.0)}),
            lambda: SetMarks(some, {"shares_weights_with": draw(SHARED)}),
            lambda: SetMarks(some, {"bypassed": draw(st.booleans())}),
            *[lambda: Connect(Edge(edge_id, some, draw(OUTPUTS), other, draw(PORTS)), draw(PLACES))] * 3,
        ]
    if graph.edges:
        choices += [lambda: Disconnect(draw(st.sampled_from(list(graph.edges))))]
    edit = draw(st.sampled_from(choices))()
    if depth and draw(st.booleans()):
        return Batch((edit, draw(edits(apply(graph, edit)[0], 0))))
    return edit


def assert_same(again: Report, graph: Graph) -> None:
    """Compare with a check from nothing, of a copy that shares no remembered wiring, the order of everything included."""
    fresh = check(Graph(dict(graph.nodes), dict(graph.edges), graph.name))
    assert again.problems == fresh.problems
    assert again.order == fresh.order
    assert list(again.nodes.items()) == list(fresh.nodes.items())
    assert again == fresh


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_after_every_edit_and_after_taking_it_back(data: st.DataObject) -> None:
    graph = data.draw(networks())
    report = check(graph)
    history: list[tuple[Edit, Report]] = []
    for _ in range(data.draw(st.integers(1, 6))):
        graph, inverse = apply(graph, data.draw(edits(graph)))
        history.append((inverse, report))
        report = check(graph, report)
        assert_same(report, graph)
    for inverse, earlier in reversed(history):
        graph, _ = apply(graph, inverse)
        report = check(graph, report)
        assert_same(report, graph)
        assert report == earlier


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_between_networks_that_no_edit_makes_of_each_other(data: st.DataObject) -> None:
    graph = data.draw(networks())
    for _ in range(2):
        report = check(graph)
        graph = data.draw(ravaged(graph) | networks())
        assert_same(check(graph, report), graph)


def test_a_block_that_is_named_in_its_neighbours_problem_gets_another_name() -> None:
    nodes = [Node("image", "image_input"), Node("dense", "linear")]
    graph = Graph.of("Network", nodes, [Edge("e", "image", "x", "dense", "x")])
    before = check(graph)
    assert any(problem.code == "kind_mismatch" for problem in before.problems)
    graph, _ = apply(graph, RenameNode("image", "photo"))
    assert_same(check(graph, before), graph)


def test_true_is_not_taken_for_the_one_that_was_there() -> None:
    graph, _ = apply(usual(), SetParameters("n1", {"out_features": 1}))
    before = check(graph)
    graph, _ = apply(graph, SetParameters("n1", {"out_features": True}))
    assert any(problem.code == "bad_parameter" for problem in check(graph, before).problems)


def test_only_what_an_edit_concerns_is_looked_at() -> None:
    graph = chain(100)
    before = check(graph)
    graph, _ = apply(graph, SetParameters("linear10", {"out_features": 77}))
    after = check(graph, before)
    assert {id for id in graph.nodes if after.nodes[id] is not before.nodes[id]} == {"linear10", "relu10", "linear11"}


def test_a_report_remembers_no_earlier_one() -> None:
    graph = chain(100)
    first = check(graph)
    second = check(apply(graph, SetParameters("linear10", {"out_features": 77}))[0], first)
    assert second.memory is not None
    assert not any(kept is first or kept is first.memory for kept in vars(second.memory).values())


@pytest.fixture
def _as_in_the_app() -> Iterator[None]:
    """Leave what was imported out of garbage collection, as app/warm.py does."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("_as_in_the_app")
@pytest.mark.parametrize("count", [1_000, 10_000])
def test_checking_scales(count: int, figure: Figure) -> None:
    graph = chain(count)
    began = time.perf_counter()
    report = check(graph)
    cold_s = time.perf_counter() - began
    assert report.ok
    medians = {}
    for kind, make in kinds_of_edits(graph).items():
        times = []
        for turn in range(5):
            edited, _ = apply(graph, make(turn))
            began = time.perf_counter()
            check(edited, report)
            times.append(time.perf_counter() - began)
        medians[kind] = statistics.median(times) * 1000
    told = ", ".join(f"{kind} {median:.0f}" for kind, median in medians.items())
    figure(f"{count:,} blocks: check from nothing {cold_s * 1000:.0f} ms; after an edit (medians, ms): {told}")
    assert cold_s < 15
    # What is asked for at 10,000 blocks is 100 ms; more is let through for a machine that is busy with other tests.
    assert max(medians.values()) < 300
