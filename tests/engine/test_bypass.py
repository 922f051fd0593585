"""A bypassed block passes on what arrives, a frame does nothing; neither reaches the source that is trained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given

from blocks.problems import UserError
from engine.check import check
from engine.compile import compile_graph
from engine.data import DataSpec, fit
from engine.graph.bypass import flowing
from engine.graph.document import Edge, Graph, Node
from engine.graph.edits import AddNode, Batch, Connect, RemoveNode, SetMarks, apply
from engine.library import template
from tests.engine.graph.graphs import graphs


def changed(graph: Graph, *edits: Any) -> Graph:
    return apply(graph, Batch(edits))[0]


def bypassed(graph: Graph, *ids: str) -> Graph:
    return changed(graph, *(SetMarks(id, {"bypassed": True}) for id in ids))


FRAME = Node("frame", "frame", "Features", {"text": "import os\n<b>x</b>", "width": 900, "height": 300}, (-40.0, -60.0))


def test_a_bypassed_block_is_as_if_its_wires_were_joined() -> None:
    whole = template("lenet5")
    (arriving,), leaving = whole.arriving("pool1"), whole.leaving("pool1")
    joined = [Connect(replace(edge, source=arriving.source, source_port=arriving.source_port)) for edge in leaving]
    by_hand = changed(whole, RemoveNode("pool1"), *joined)
    graph = bypassed(whole, "pool1")
    report = check(graph)
    assert report.ok and not report.problems
    assert compile_graph(graph).source == compile_graph(by_hand).source != compile_graph(whole).source
    assert report.num_parameters == check(by_hand).num_parameters
    assert report.flops == check(by_hand).flops
    assert report.nodes["pool1"].outputs["y"] == report.nodes[arriving.source].outputs[arriving.source_port]
    prediction = compile_graph(graph).build()(torch.zeros(2, 1, 28, 28))
    assert prediction.shape == (2, 10)


def test_bypassed_blocks_in_a_row_and_at_a_port_that_takes_many() -> None:
    nodes = [
        Node("in", "vector_input", "", {"features": 4}),
        Node("a", "linear", "", {"out_features": 4}),
        Node("b", "relu", bypassed=True),
        Node("c", "dropout", bypassed=True),
        Node("sum", "add"),
        Node("out", "output"),
        Node("loss", "mse"),
    ]
    edges = [
        Edge("e0", "in", "x", "a", "x"),
        Edge("e1", "a", "y", "b", "x"),
        Edge("e2", "b", "y", "c", "x"),
        Edge("e3", "c", "y", "sum", "xs"),
        Edge("e4", "in", "x", "sum", "xs"),
        Edge("e5", "sum", "y", "out", "x"),
        Edge("e6", "sum", "y", "loss", "prediction"),
    ]
    flow = flowing(Graph.of("g", nodes, edges))
    assert [(edge.id, edge.source) for edge in flow.graph.arriving("sum")] == [("e3", "a"), ("e4", "in")]
    assert flow.passed == {"b": ("y", ("a", "y")), "c": ("y", ("a", "y"))} and not flow.problems
    assert check(Graph.of("g", nodes, edges)).ok


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("flatten", "its input 'x' needs a vector"),
        ("image", "is where data enters or leaves the network"),
        ("output", "is where data enters or leaves the network"),
    ],
)
def test_what_cannot_be_the_identity_says_so_once_on_itself(id: str, said: str) -> None:
    whole = template("lenet5")
    id = next(node.id for node in whole.nodes.values() if id in node.type)
    report = check(bypassed(whole, id))
    (problem,) = report.problems
    assert (problem.code, problem.node, problem.severity) == ("bypass", id, "error")
    assert said in problem.message and problem.fix
    assert report.nodes[id].problems == (problem,)
    with pytest.raises(UserError, match="cannot be bypassed"):
        compile_graph(bypassed(whole, id))


def test_several_inputs_several_wires_and_a_second_output_are_refused() -> None:
    sequence = Node("in", "sequence_input", "", {"length": 5, "features": 4})
    attention = Graph.of(
        "g",
        [sequence, Node("at", "multihead_attention", bypassed=True)],
        [Edge(f"e{port}", "in", "x", "at", port) for port in ("query", "key", "value")],
    )
    two = Graph.of(
        "g", [sequence, Node("sum", "add", bypassed=True)], [Edge("a", "in", "x", "sum", "xs"), Edge("b", "in", "x", "sum", "xs")]
    )
    state = Graph.of(
        "g",
        [sequence, Node("lstm", "lstm", bypassed=True), Node("next", "lstm")],
        [Edge("a", "in", "x", "lstm", "x"), Edge("b", "lstm", "sequence", "next", "x"), Edge("c", "lstm", "h_n", "next", "h_0")],
    )
    for graph, said in ((attention, "has 3 inputs"), (two, "has 2 wires"), (state, "'h_n'")):
        (problem,) = flowing(graph).problems
        assert said in problem.message
    assert not flowing(changed(two, SetMarks("sum", {"bypassed": False}))).problems


def test_a_bypassed_loss_is_left_out() -> None:
    whole = template("lenet5")
    (loss,) = (node for node in whole.nodes.values() if node.type == "cross_entropy")
    second = replace(loss, id="second", bypassed=True)
    graph = changed(whole, AddNode(second), Connect(replace(whole.arriving(loss.id)[0], id="e_second", target="second")))
    assert check(graph).ok
    assert compile_graph(graph).source == compile_graph(whole).source
    assert [problem.code for problem in check(bypassed(whole, loss.id)).problems] == ["no_loss"]


def test_a_circle_of_bypassed_blocks_is_still_a_circle() -> None:
    nodes = [Node("a", "relu", bypassed=True), Node("b", "relu", bypassed=True)]
    graph = Graph.of("g", nodes, [Edge("e0", "a", "y", "b", "x"), Edge("e1", "b", "y", "a", "x")])
    assert "cycle" in [problem.code for problem in check(graph).problems]


def test_a_frame_has_no_part_in_anything() -> None:
    whole = template("lenet5")
    graph = changed(whole, AddNode(FRAME, 0))
    assert check(graph).problems == check(whole).problems == ()
    assert compile_graph(graph).source == compile_graph(whole).source
    assert fit(graph, check(graph), DataSpec("digits")) == fit(whole, check(whole), DataSpec("digits"))
    only = Graph.of("g", [FRAME], [])
    assert [problem.code for problem in check(only).problems] == [problem.code for problem in check(Graph.of("g", [], [])).problems]


def test_a_frame_that_was_given_a_wire_by_hand_says_so() -> None:
    graph = changed(template("lenet5"), AddNode(FRAME), Connect(Edge("odd", "conv1", "y", "frame", "x")))
    assert "unknown_port" in [problem.code for problem in check(graph).problems if problem.node == "frame"]


def test_the_data_is_held_against_the_block_that_computes() -> None:
    whole = template("lenet5")
    (to_output,) = (
        edge for edge in whole.edges.values() if whole.nodes[edge.target].type == "cross_entropy" and edge.target_port == "prediction"
    )
    after = Node("after", "relu", bypassed=True)
    graph = changed(whole, AddNode(after), Connect(Edge("in_after", to_output.source, to_output.source_port, "after", "x")))
    edges = {**graph.edges, to_output.id: replace(to_output, source="after", source_port="y")}
    graph = replace(graph, edges=edges)
    said = [problem.node for problem in fit(graph, check(graph), DataSpec("circles"))]
    assert "after" not in said and said == [problem.node for problem in fit(whole, check(whole), DataSpec("circles"))]


@given(graphs())
def test_any_graph_is_checked_and_one_without_marks_is_left_as_it_is(graph: Graph) -> None:
    check(graph)
    plain = replace(graph, nodes={id: replace(node, bypassed=False) for id, node in graph.nodes.items()})
    assert flowing(plain).graph is plain
