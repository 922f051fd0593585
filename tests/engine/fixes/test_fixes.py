"""Each kind of problem is offered the fix that a person would make, and that fix solves it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.check import check
from engine.fixes import fixes, offers
from engine.fixes.plan import height
from engine.graph.document import Edge, Graph, Node
from engine.graph.edits import apply
from tests.engine.fixes.networks import classifier, network, place

CONV = ("conv2d", {"out_channels": 8, "padding": 1})
IMAGE = ("image_input", {"channels": 3, "height": 16, "width": 16})


def ending(nodes: dict[str, tuple[str, dict[str, Any]]], wires: list[str], last: str) -> Graph:
    """Let what comes last be the answer, with a loss on it."""
    nodes = nodes | {"answer": ("output", {}), "loss": ("mse", {})}
    return network(nodes, [*wires, f"{last} -> answer", f"{last} -> loss"])


BROKEN: dict[str, tuple[Graph, str, list[str]]] = {
    "image at a Linear": (
        classifier({"stem": CONV}, ["image -> stem"], "stem"),
        "kind_mismatch",
        ["Insert Flatten", "Insert Global average pool 2D"],
    ),
    "sequence at a loss's Linear": (
        ending(
            {"x": ("sequence_input", {"length": 9, "features": 4}), "lstm": ("lstm", {"hidden_size": 6}), "norm": ("batch_norm2d", {})},
            ["x -> lstm", "lstm -> norm"],
            "norm",
        ),
        "kind_mismatch",
        ["Replace it with Batch norm 1D"],
    ),
    "tokens at an LSTM": (
        ending({"x": ("token_input", {"vocabulary_size": 30}), "lstm": ("lstm", {})}, ["x -> lstm"], "lstm"),
        "kind_mismatch",
        ["Insert Embedding"],
    ),
    "sequences of different lengths": (
        ending(
            {"x": ("sequence_input", {"length": 8, "features": 4}), "p": ("max_pool1d", {}), "cat": ("concat", {})},
            ["x -> p", "x -> cat", "p -> cat"],
            "cat",
        ),
        "shape_mismatch",
        ["Join along time"],
    ),
    "tokens at a vector": (
        ending({"x": ("token_input", {}), "one": ("vector_input", {}), "l": ("gru", {}), "s": ("add", {})}, ["x -> s", "one -> s"], "s"),
        "kind_mismatch",
        [],
    ),
    "series at an LSTM": (
        ending(
            {"x": ("sequence_input", {"length": 9, "features": 4}), "turn": ("permute", {}), "lstm": ("lstm", {})},
            ["x -> turn", "turn -> lstm"],
            "lstm",
        ),
        "kind_mismatch",
        ["Insert Permute"],
    ),
    "vector at a Conv 2D": (
        ending({"x": ("vector_input", {"features": 64}), "conv": CONV}, ["x -> conv"], "conv"),
        "kind_mismatch",
        ["Insert Reshape (1 × 8 × 8)"],
    ),
    "image at an LSTM": (
        ending({"x": IMAGE, "lstm": ("lstm", {})}, ["x -> lstm"], "lstm"),
        "kind_mismatch",
        ["Insert Reshape (48 × 16)"],
    ),
    "state at Linear's image": (
        ending({"x": ("sequence_input", {}), "rnn": ("rnn", {}), "pool": ("sequence_pool", {})}, ["x -> rnn", "rnn.h_n -> pool"], "pool"),
        "kind_mismatch",
        [],
    ),
    "residual with more channels": (
        ending({"x": IMAGE, "conv": CONV, "add": ("add", {})}, ["x -> conv", "x -> add", "conv -> add"], "add"),
        "shape_mismatch",
        ["Insert projection (1 × 1, 8 filters) after Image input"],
    ),
    "residual with a stride": (
        ending(
            {"x": IMAGE, "conv": ("conv2d", {"out_channels": 8, "padding": 1, "stride": 2}), "add": ("add", {})},
            ["x -> conv", "x -> add", "conv -> add"],
            "add",
        ),
        "shape_mismatch",
        ["Insert projection (1 × 1, 8 filters, stride 2) after Image input"],
    ),
    "residual of vectors": (
        ending(
            {"x": ("vector_input", {"features": 4}), "l": ("linear", {"out_features": 6}), "add": ("add", {})},
            ["x -> l", "x -> add", "l -> add"],
            "add",
        ),
        "shape_mismatch",
        ["Insert Linear (6) after Vector input"],
    ),
    "gate of another size": (
        ending(
            {"x": ("vector_input", {"features": 4}), "l": ("linear", {"out_features": 6}), "m": ("multiply", {})},
            ["x -> l", "x -> m", "l -> m"],
            "m",
        ),
        "shape_mismatch",
        ["Insert Linear (6) after Vector input"],
    ),
    "sum of image and vector": (
        ending({"x": IMAGE, "pool": ("global_avg_pool2d", {}), "add": ("add", {})}, ["x -> pool", "x -> add", "pool -> add"], "add"),
        "shape_mismatch",
        ["Insert Global average pool 2D after Image input"],
    ),
    "concat of different heights": (
        ending({"x": IMAGE, "p": ("max_pool2d", {}), "cat": ("concat", {})}, ["x -> p", "x -> cat", "p -> cat"], "cat"),
        "shape_mismatch",
        ["Insert Adaptive average pool 2D (8 × 8) after Image input"],
    ),
    "concat along time": (
        ending(
            {"x": ("vector_input", {}), "l": ("linear", {}), "cat": ("concat", {"dim": "time"})}, ["x -> l", "x -> cat", "l -> cat"], "cat"
        ),
        "bad_parameter",
        ['Set dim to "features"'],
    ),
    "too few heads": (
        ending(
            {"x": ("sequence_input", {"features": 6}), "a": ("multihead_attention", {"num_heads": 4})},
            ["x -> a.query", "x -> a.key", "x -> a.value"],
            "a",
        ),
        "bad_parameter",
        ["Set num_heads to 3"],
    ),
    "parameter out of range": (
        ending({"x": ("vector_input", {}), "l": ("linear", {"out_features": 0})}, ["x -> l"], "l"),
        "bad_parameter",
        ["Set out_features to 1", "Set out_features back to 64"],
    ),
    "parameter with a slip": (
        ending({"x": ("vector_input", {}), "l": ("linear", {"out_feature": 5})}, ["x -> l"], "l"),
        "unknown_parameter",
        ["Rename it to out_features", "Remove out_feature"],
    ),
    "kernel larger than the image": (
        ending({"x": ("image_input", {"height": 4, "width": 4}), "c": ("conv2d", {"kernel_size": 7})}, ["x -> c"], "c"),
        "shape_mismatch",
        ["Set kernel_size to 4", "Set kernel_size back to 3"],
    ),
    "open input": (
        ending({"x": ("vector_input", {}), "l": ("linear", {}), "r": ("relu", {})}, ["x -> l"], "r"),
        "missing_input",
        ["Connect Linear"],
    ),
    "open input behind an image": (
        ending({"x": IMAGE, "l": ("linear", {})}, [], "l"),
        "missing_input",
        ["Connect Image input through Flatten", "Connect Image input through Global average pool 2D"],
    ),
    "two wires at one port": (
        ending(
            {"x": ("vector_input", {}), "a": ("linear", {}), "b": ("linear", {}), "r": ("relu", {})},
            ["x -> a", "x -> b", "a -> r", "b -> r"],
            "r",
        ),
        "occupied_port",
        ["Join them with Add", "Join them with Concat", "Keep the wire from Linear"],
    ),
    "circle": (
        ending({"x": ("vector_input", {}), "s": ("add", {}), "l": ("linear", {"out_features": 2})}, ["x -> s", "s -> l", "l -> s"], "l"),
        "cycle",
        ["Remove the wire from Linear to Add"],
    ),
    "no loss": (
        network({"x": ("vector_input", {}), "l": ("linear", {}), "o": ("output", {})}, ["x -> l", "l -> o"]),
        "no_loss",
        ["Add Cross-entropy loss", "Add MSE loss"],
    ),
    "no output": (
        network({"x": ("vector_input", {}), "l": ("linear", {}), "o": ("mse", {})}, ["x -> l", "l -> o"]),
        "no_output",
        ["Add Output after Linear"],
    ),
    "no input": (ending({"l": ("flatten", {})}, [], "l"), "no_input", ["Add Image input", "Add Vector input", "Add Sequence input"]),
    "nothing": (Graph(), "empty", ["Start with a small classifier"]),
    "two outputs": (
        ending({"x": ("vector_input", {}), "l": ("linear", {}), "o": ("output", {})}, ["x -> l", "l -> o"], "l"),
        "several_outputs",
        ["Remove this output", "Keep this one alone"],
    ),
    "unused block": (
        ending({"x": ("vector_input", {}), "l": ("linear", {}), "r": ("relu", {})}, ["x -> l", "l -> r"], "l"),
        "unused",
        ["Remove it"],
    ),
    "shared with another size": (
        network(
            {
                "x": ("vector_input", {"features": 4}),
                "a": ("linear", {"out_features": 4}),
                "b": ("linear", {"out_features": 5}),
                "o": ("output", {}),
                "l": ("mse", {}),
            },
            ["x -> a", "a -> b", "b -> o", "b -> l"],
            b={"shares_weights_with": "a"},
        ),
        "shared_weights",
        ["Use the parameters of Linear", "Stop sharing"],
    ),
    "bypassed pooling": (
        classifier({"pool": ("global_avg_pool2d", {})}, ["image -> pool"], "pool", pool={"bypassed": True}),
        "bypass",
        ["Bypass it no more"],
    ),
    "too large": (
        ending({"x": ("vector_input", {"features": 1_048_576}), "l": ("linear", {"out_features": 1_048_576})}, ["x -> l"], "l"),
        "too_large",
        ["Set out_features to 16384"],
    ),
    "half a state": (
        ending({"x": ("sequence_input", {}), "a": ("lstm", {}), "b": ("lstm", {})}, ["x -> a", "a -> b", "a.h_n -> b.h_0"], "b"),
        "missing_port",
        ["Connect LSTM"],
    ),
    "one class": (
        classifier({"f": ("flatten", {})}, ["image -> f"], "f", features=1),
        "shape_mismatch",
        ["Replace it with BCE loss", "Insert Linear (2)"],
    ),
    "class for each step": (
        network(
            {
                "x": ("sequence_input", {}),
                "t": ("token_input", {}),
                "g": ("gru", {}),
                "o": ("output", {}),
                "l": ("mse", {}),
                "v": ("sequence_pool", {}),
            },
            ["x -> g", "g -> o", "g -> l", "x -> v", "v -> l.target"],
        ),
        "shape_mismatch",
        [],
    ),
    "unknown type": (
        Graph.of(
            "g",
            [Node("x", "vector_input"), Node("q", "quux", position=(244, 0)), Node("o", "output", position=(488, 0))],
            [Edge("1", "x", "x", "q", "x"), Edge("2", "q", "y", "o", "x")],
        ),
        "unknown_block",
        ["Remove this block"],
    ),
    "wire to nowhere": (
        Graph.of(
            "g",
            [Node("x", "vector_input"), Node("o", "output", position=(244, 0))],
            [Edge("1", "x", "x", "o", "x"), Edge("2", "x", "x", "gone", "x")],
        ),
        "dangling_edge",
        ["Remove the wire"],
    ),
    "wire at no port": (
        Graph.of("g", [Node("x", "vector_input"), Node("o", "output", position=(244, 0))], [Edge("1", "x", "out", "o", "x")]),
        "unknown_port",
        ["Connect it to x"],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_first_fixes_are_those_a_person_would_make(name: str) -> None:
    graph, code, expected = BROKEN[name]
    report = check(graph)
    problem = next(problem for problem in report.problems if problem.code == code)
    offered = fixes(graph, report, problem)
    assert [fix.label for fix in offered][: len(expected)] == expected
    assert offered, f"nothing is offered for: {problem}"
    for fix in offered:
        after, inverse = apply(graph, fix.edit)
        assert place(problem) not in {place(other) for other in check(after).problems}
        assert apply(after, inverse)[0] == graph
        assert no_cover(after), f"{fix.label} covers a block"


def no_cover(graph: Graph) -> bool:
    """Tell whether no block stands on another one."""
    boxes = [(*node.position, height(node.type)) for node in graph.nodes.values()]
    pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i]]
    return all(abs(a[0] - b[0]) >= 204 or a[1] >= b[1] + b[2] or b[1] >= a[1] + a[2] for a, b in pairs)


def test_an_inserted_block_stands_between_its_neighbours_and_what_follows_moves_right() -> None:
    graph, _, _ = BROKEN["image at a Linear"]
    report = check(graph)
    after, _ = apply(graph, fixes(graph, report, next(p for p in report.problems if p.code == "kind_mismatch"))[0].edit)
    new = next(node for id, node in after.nodes.items() if id not in graph.nodes)
    assert after.nodes["stem"].position == graph.nodes["stem"].position
    assert after.nodes["stem"].position[0] + 204 < new.position[0] < after.nodes["head"].position[0] - 204
    assert (
        after.nodes["loss"].position[0] - after.nodes["head"].position[0]
        == graph.nodes["loss"].position[0] - graph.nodes["head"].position[0]
    )


def test_the_order_of_wires_is_kept() -> None:
    graph, _, _ = BROKEN["concat of different heights"]
    report = check(graph)
    after, _ = apply(graph, fixes(graph, report, next(p for p in report.problems if p.code == "shape_mismatch"))[0].edit)
    assert [edge.source for edge in after.arriving("cat")][1] == "p"


def test_what_a_fix_uncovers_is_said() -> None:
    nodes = {"x": IMAGE, "l": ("linear", {}), "c": CONV}
    graph = ending(nodes, ["x -> l", "l -> c"], "c")
    report = check(graph)
    offered = fixes(graph, report, report.problems[0])
    assert [fix.label for fix in offered][:2] == ["Insert Flatten", "Insert Global average pool 2D"]
    assert {(problem.code, problem.node) for problem in offered[0].uncovers} == {("kind_mismatch", "c")}


def test_a_list_is_searched_only_as_far_as_there_is_time() -> None:
    wires = [f"n{i} -> n{i + 1}" for i in range(2999)]
    nodes = {"n0": ("vector_input", {})} | {f"n{i}": ("relu", {}) for i in range(1, 3000)}
    graph = network(nodes, wires)
    report = check(graph)
    assert [bool(found) for found in offers(graph, report, report.problems[:2] * 9)].count(True) < 9
