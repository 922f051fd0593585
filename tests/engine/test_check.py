"""The check names every mistake at once, on the node it belongs to, with its fix; and its shapes and counts are right."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from blocks.library.sketch import Sketch
from engine.check import Report, check
from engine.graph.document import Edge, Graph, Node
from engine.graph.edits import Connect, Disconnect, RemoveNode, SetParameters, apply
from engine.graph.serialise import read_graph
from engine.library import template
from engine.limits import resource_problems


def lenet() -> Graph:
    return template("lenet5")


def codes(report: Report, node: str | None = None) -> list[str]:
    return [problem.code for problem in report.problems if node is None or problem.node == node]


def changed(*edits: Any) -> Report:
    graph = lenet()
    for edit in edits:
        graph, _ = apply(graph, edit)
    return check(graph)


def wire_to(graph: Graph, target: str) -> str:
    return graph.arriving(target)[0].id


def test_lenet5_has_the_shapes_and_counts_of_the_paper() -> None:
    report = check(lenet())
    assert report.ok and not report.problems
    shapes = {id: node.outputs["y"].shape for id, node in report.nodes.items() if "y" in node.outputs}
    assert shapes["conv1"] == ("B", 6, 28, 28)
    assert shapes["pool1"] == ("B", 6, 14, 14)
    assert shapes["conv2"] == ("B", 16, 10, 10)
    assert shapes["flatten"] == ("B", 400)
    assert shapes["fc3"] == ("B", 10)
    # 6 * (25 + 1), 16 * (6 * 25 + 1), 120 * 401, 84 * 121, 10 * 85
    assert [report.nodes[id].num_parameters for id in ("conv1", "conv2", "fc1", "fc2", "fc3")] == [156, 2_416, 48_120, 10_164, 850]
    assert report.num_parameters == 61_706
    # two operations a multiply-add: 6*28*28*25, 16*10*10*6*25, 400*120, 120*84, 84*10
    assert report.flops == 2 * (117_600 + 240_000 + 48_000 + 10_080 + 840)
    assert report.flops_of("conv1") == 2 * 117_600
    assert report.nodes["conv1"].activation_bytes == 4 * 6 * 28 * 28


def test_unknown_block() -> None:
    graph = lenet()
    report = check(replace(graph, nodes={**graph.nodes, "flatten": Node("flatten", "flattern")}))
    (problem,) = [problem for problem in report.problems if problem.node == "flatten" and problem.code == "unknown_block"]
    assert "'flattern'" in problem.message and problem.fix
    assert report.nodes["pool2"].outputs["y"].shape == ("B", 16, 5, 5), "what comes before it is still worked out"


def test_a_dangling_input_is_named_once_and_not_again_downstream() -> None:
    graph = lenet()
    report = changed(Disconnect(wire_to(graph, "conv2")))
    assert codes(report, "conv2") == ["missing_input"]
    assert [problem.code for problem in report.problems if problem.severity == "error"] == ["missing_input"]
    (problem,) = [problem for problem in report.problems if problem.node == "conv2"]
    assert problem.port == "x" and "'conv2'" in problem.message and "an image" in problem.fix


def test_an_unknown_port_says_which_there_are() -> None:
    report = changed(Disconnect(wire_to(lenet(), "conv2")), Connect(Edge("new", "pool1", "y", "conv2", "picture")))
    assert codes(report, "conv2") == ["unknown_port", "missing_input"]
    assert "picture" in report.problems[0].message and "x" in report.problems[0].message
    report = changed(Connect(Edge("new", "pool1", "shapes", "conv2", "x")))
    assert "unknown_port" in codes(report, "pool1")


def test_a_wire_to_a_missing_block() -> None:
    graph = lenet()
    report = check(replace(graph, edges={**graph.edges, "lost": Edge("lost", "fc3", "y", "nowhere", "x")}))
    assert codes(report) == ["dangling_edge"]
    assert report.problems[0].node == "fc3"


def test_a_cycle_names_its_members_and_leaves_the_rest_worked_out() -> None:
    graph = lenet()
    wire = wire_to(graph, "fc1")
    report = changed(Disconnect(wire), Connect(Edge("back", "tanh4", "y", "fc1", "x")))
    (problem,) = [problem for problem in report.problems if problem.code == "cycle"]
    assert "'fc1'" in problem.message and "'tanh4'" in problem.message and "Remove one of the wires" in problem.fix
    assert "flatten" in report.order and "fc1" not in report.order


def test_a_block_that_feeds_itself_is_a_cycle() -> None:
    graph = Graph.of("g", [Node("a", "relu")], [Edge("e", "a", "y", "a", "x")])
    assert "cycle" in codes(check(graph))


def test_an_occupied_port() -> None:
    report = changed(Connect(Edge("second", "conv1", "y", "conv2", "x")))
    assert codes(report, "conv2") == ["occupied_port"]


def test_a_kind_that_does_not_fit_names_the_block_to_insert() -> None:
    graph = lenet()
    report = changed(Disconnect(wire_to(graph, "fc1")), Connect(Edge("new", "pool2", "y", "fc1", "x")))
    (problem,) = [problem for problem in report.problems if problem.code == "kind_mismatch"]
    assert problem.node == "fc1" and problem.port == "x"
    assert "(B, 16, 5, 5)" in problem.message and "Flatten" in problem.fix


def test_shapes_that_do_not_fit() -> None:
    sketch = Sketch("sum of two sizes")
    image = sketch.add("image_input", "image", channels=3, height=8, width=8)
    one = sketch.add("conv2d", "one", after=image, out_channels=4, kernel_size=1)
    two = sketch.add("conv2d", "two", after=image, out_channels=5, kernel_size=1)
    both = sketch.add("add", "both", after=[one, two])
    flat = sketch.add("flatten", "flat", after=both)
    sketch.finish(sketch.add("linear", "classes", after=flat, out_features=2))
    report = check(read_graph(sketch.document()))
    errors = [problem for problem in report.problems if problem.severity == "error"]
    assert [problem.node for problem in errors] == ["both"]
    assert "4" in errors[0].message and "5" in errors[0].message and errors[0].fix


def test_a_parameter_out_of_range_and_one_that_does_not_exist() -> None:
    report = changed(SetParameters("conv1", {"kernel_size": 0, "filters": 3}))
    found = {problem.parameter: problem for problem in report.problems if problem.node == "conv1"}
    assert set(found) == {"kernel_size", "filters"}
    assert "'conv1'" in found["kernel_size"].message and "0" in found["kernel_size"].message and found["kernel_size"].fix


def test_two_outputs_no_output_no_loss_no_input_nothing() -> None:
    graph = lenet()
    second, _ = apply(graph, RemoveNode("loss"))
    two = check(
        replace(
            graph, nodes={**graph.nodes, "again": Node("again", "output")}, edges={**graph.edges, "e": Edge("e", "fc3", "y", "again", "x")}
        )
    )
    assert codes(two) == ["several_outputs"] and two.problems[0].node == "again"
    assert codes(check(second)) == ["no_loss"]
    assert "no_output" in codes(changed(RemoveNode("prediction")))
    assert "no_input" in codes(changed(RemoveNode("image")))
    assert codes(check(Graph())) == ["empty"]


def test_several_mistakes_are_all_reported() -> None:
    report = changed(SetParameters("conv1", {"stride": -1}), SetParameters("fc2", {"out_features": "many"}), RemoveNode("loss"))
    assert {problem.node for problem in report.problems if problem.severity == "error"} == {"conv1", "fc2", None}


def test_a_layer_of_a_billion_by_a_billion_is_refused_at_once() -> None:
    started = time.perf_counter()
    report = changed(SetParameters("fc1", {"out_features": 10**9}))
    assert time.perf_counter() - started < 1
    (problem,) = [problem for problem in report.problems if problem.severity == "error"]
    assert problem.node == "fc1" and problem.parameter == "out_features" and "1,000,000,000" in problem.message


def test_what_does_not_fit_into_memory_is_refused_before_it_is_queued() -> None:
    started = time.perf_counter()
    sketch = Sketch("wide", columns=4)
    vector = sketch.add("vector_input", "vector", features=1_000_000)
    wide = sketch.add("linear", "wide", after=vector, out_features=1_000_000)
    sketch.finish(sketch.add("linear", "classes", after=wide, out_features=2))
    report = check(read_graph(sketch.document()))
    assert time.perf_counter() - started < 1
    assert "too_large" in codes(report, "wide")
    graph = lenet()
    (problem,) = resource_problems(graph, check(graph), batch_size=64, memory_bytes=100_000)
    assert problem.code == "too_large" and problem.node == "fc1"
    (problem,) = resource_problems(graph, check(graph), batch_size=10_000, memory_bytes=50_000_000)
    assert problem.parameter == "batch_size"
    assert resource_problems(graph, check(graph), batch_size=64) == []


def test_a_block_that_leads_nowhere_is_a_warning_and_stops_nothing() -> None:
    graph = lenet()
    report = check(
        replace(
            graph, nodes={**graph.nodes, "idle": Node("idle", "relu")}, edges={**graph.edges, "e": Edge("e", "conv1", "y", "idle", "x")}
        )
    )
    assert codes(report) == ["unused"] and report.problems[0].severity == "warning" and report.ok


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "__import__('os').system('true')", "'; DROP TABLE run; --", "{0.__class__}", "\u202eabc"]
)
def test_a_name_is_text_whatever_it_says(name: str) -> None:
    graph = lenet()
    graph = replace(graph, name=name, nodes={**graph.nodes, "conv1": replace(graph.nodes["conv1"], name=name)})
    assert check(graph).ok
    report = check(replace(graph, nodes={**graph.nodes, "conv1": replace(graph.nodes["conv1"], parameters={"out_channels": 0})}))
    assert name in report.problems[0].message
