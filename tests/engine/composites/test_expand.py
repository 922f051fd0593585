"""Composites written out: ports, repeats, values by copy, nesting, sharing; and each mistake in one sentence at its place."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import torch

from blocks.problems import UserError
from engine.check import Report, check
from engine.check.levels import inside
from engine.compile import compile_graph
from engine.data import DataSpec, load_for
from engine.graph.document import Graph
from engine.graph.edits import Define, Expose, SetMarks, SetParameters, Undefine, Within, apply
from engine.graph.serialise import edit_from_json, edit_to_json, read_graph
from engine.library import ready, template
from engine.train.events import Done, Verdict
from engine.train.loop import train
from engine.train.recipe import Recipe

Json = dict[str, Any]


def node(id: str, type: str, **parameters: Any) -> Json:
    return {"id": id, "type": type, "name": id, "parameters": parameters}


def wires(*pairs: str) -> list[Json]:
    """Write "a.y b.x" for a wire; the ports may be left out."""
    found = []
    for number, pair in enumerate(pairs):
        (source, _, out), (target, _, into) = (end.partition(".") for end in pair.split())
        found.append({"id": f"w{number}", "source": source, "source_port": out or "y", "target": target, "target_port": into or "x"})
    return found


def network(definitions: Json, *middle: Json, features: int = 8, links: list[Json] | None = None) -> Graph:
    """Return a network with blocks between a vector input and a classifier."""
    nodes = [node("data", "vector_input", features=features), *middle, node("classes", "linear", out_features=3)]
    nodes += [node("answer", "output"), node("loss", "cross_entropy")]
    ids = ["data", *(each["id"] for each in middle), "classes"]
    row = [f"{a}{'.x' if a == 'data' else ''} {b}" for a, b in zip(ids, ids[1:], strict=False)]
    links = wires(*row, "classes answer", "classes loss.prediction") if links is None else links
    return read_graph(
        {"format": "gradloom/graph", "version": 1, "name": "Test", "nodes": nodes, "edges": links, "definitions": definitions}
    )


def layer(**more: Any) -> Json:
    """Return a composite of a Linear and a Tanh."""
    return {
        "name": "Layer",
        "parameters": [{"name": "width", "default": 16, "minimum": 1, "maximum": 512}],
        "nodes": [node("x", "entry"), node("fc", "linear", out_features="=width"), node("act", "tanh"), node("y", "exit")],
        "edges": wires("x fc", "fc act", "act y"),
        **more,
    }


def only(report: Report) -> Any:
    errors = [problem for problem in report.problems if problem.severity == "error"]
    assert len(errors) == 1, errors
    return errors[0]


def test_values_reach_the_inside_and_sums_come_out() -> None:
    report = check(network({"layer": layer()}, node("one", "@layer", width=32), node("two", "@layer")))
    assert report.ok and not report.problems
    assert report.nodes["one"].outputs["y"].shape == ("B", 32)
    assert report.nodes["one"].num_parameters == 8 * 32 + 32
    assert report.nodes["two"].num_parameters == 32 * 16 + 16
    assert report.num_parameters == 8 * 32 + 32 + 32 * 16 + 16 + 16 * 3 + 3
    assert report.nodes["one"].flops == 2 * 8 * 32


def test_a_repeat_follows_itself_and_values_may_differ_by_copy() -> None:
    growing = layer()
    growing["nodes"][1]["parameters"]["out_features"] = "=if(copy == 0, width, width * 2 ** copy)"
    report = check(network({"layer": growing}, node("deep", "@layer", width=4, repeat=3)))
    assert report.ok
    assert report.nodes["deep"].num_parameters == (8 * 4 + 4) + (4 * 8 + 8) + (8 * 16 + 16)
    assert report.nodes["deep"].outputs["y"].shape == ("B", 16)


def test_an_entry_without_an_exit_of_its_own_gets_the_same_wire_in_every_copy() -> None:
    both = {
        "name": "Sum",
        "nodes": [node("x", "entry"), node("aside", "entry"), node("add", "add"), node("y", "exit")],
        "edges": wires("x add.xs", "aside add.xs", "add y"),
    }
    links = wires("data.x sums.x", "data.x sums.aside", "sums.y classes", "classes answer", "classes loss.prediction")
    graph = network({"sum": both}, node("sums", "@sum", repeat=3), links=links)
    assert check(graph).ok
    module = compile_graph(graph).build(0)
    x = torch.randn(4, 8)
    torch.testing.assert_close(module(x), module.classes(4 * x))  # type: ignore[operator]


def test_two_copies_that_differ_in_form_become_two_classes() -> None:
    switched = layer()
    switched["nodes"].insert(3, node("norm", "layer_norm"))
    switched["edges"] = wires("x fc", "fc norm", "norm act", "act y")
    switched["nodes"][3]["bypassed"] = True
    source = compile_graph(network({"layer": switched}, node("one", "@layer"))).source
    assert "LayerNorm" not in source and source.count("class ") == 2


def test_a_composite_used_twice_shares_its_weights_where_it_is_marked_to() -> None:
    graph = network({"layer": layer()}, node("one", "@layer", width=8), node("two", "@layer", width=8))
    shared, _ = apply(graph, SetMarks("two", {"shares_weights_with": "one"}))
    assert check(shared).num_parameters == check(graph).num_parameters - 72
    network_of = compile_graph(shared)
    assert network_of.source.count("self.one(") == 2
    assert sum(parameter.numel() for parameter in network_of.build().parameters()) == check(shared).num_parameters
    wrong, _ = apply(shared, SetParameters("two", {"width": 9}))
    assert only(check(wrong)).code == "shared_weights" and only(check(wrong)).node == "two"


def test_tied_weights_are_one_parameter_and_blocks_of_other_shapes_cannot_be_tied() -> None:
    graph = template("gpt2", {"layers": 1, "width": 16, "heads": 2, "vocabulary": 20, "context": 8})
    module = compile_graph(graph).build(0)
    assert module.head.weight is module.embedding.weight  # type: ignore[union-attr]
    wrong, _ = apply(graph, SetParameters("head", {"out_features": 21}))
    assert "(21, 16), the other (20, 16)" in only(check(wrong)).message


@pytest.mark.parametrize(
    ("definition", "parameters", "code", "says"),
    [
        (layer(), {"width": "=8 / 0"}, "bad_formula", "character 4"),
        (layer(), {"width": "=wide"}, "bad_formula", "no parameter 'wide'"),
        (layer(), {"width": 0}, "bad_parameter", "from 1 to 512"),
        (layer(), {"width": 1.5}, "bad_parameter", "a whole number"),
        (layer(), {"height": 3}, "unknown_parameter", "no parameter 'height'"),
        (layer(), {"repeat": 0}, "bad_parameter", "from 1 to 1,000"),
        (layer(), {"repeat": 10**6}, "bad_parameter", "from 1 to 1,000"),
        (layer(), {"repeat": "=2.5"}, "bad_parameter", "from 1 to 1,000"),
        (layer(edges=wires("x fc", "fc act")), {}, "missing_input", "Exit 'y'"),
        (layer(nodes=[node("x", "entry")], edges=[]), {}, "no_exit", "has no exit"),
        (layer(nodes=[*layer()["nodes"], node("loss2", "mse")]), {}, "misplaced", "cannot stand inside"),
        (layer(nodes=[*layer()["nodes"], node("again", "@layer")]), {}, "recursive_composite", "contains itself: Layer → Layer"),
        (
            layer(nodes=[*layer()["nodes"][:2], node("act", "conv2d"), node("y", "exit")]),
            {},
            "kind_mismatch",
            "In Layer 'one': Conv 2D 'act'",
        ),
    ],
)
def test_a_mistake_is_one_sentence_at_the_block_on_the_canvas(definition: Json, parameters: Json, code: str, says: str) -> None:
    problem = only(check(network({"layer": definition}, node("one", "@layer", **parameters))))
    assert (problem.code, problem.node) == (code, "one")
    assert says in problem.message and problem.fix


def test_a_formula_inside_is_told_inside_and_once_for_all_copies() -> None:
    broken = layer()
    broken["nodes"][1]["parameters"]["out_features"] = "=width // (copy * 0)"
    graph = network({"layer": broken}, node("one", "@layer", repeat=5))
    report = check(graph)
    problem = only(report)
    assert (problem.node, problem.inside, problem.parameter) == ("one", "one/0/fc", "out_features")
    (told,) = inside(report, graph, "layer").problems
    assert told.node == "fc"


def test_other_mistakes_with_composites() -> None:
    assert only(check(network({}, node("one", "@gone")))).code == "unknown_block"
    links = wires("data.x one.side", "one classes", "classes answer", "classes loss.prediction")
    problems = check(network({"layer": layer()}, node("one", "@layer"), links=links)).problems
    assert {problem.code for problem in problems if problem.severity == "error"} == {"unknown_port", "missing_input"}
    links = wires("data.x one", "one classes", "classes answer", "classes loss.prediction")
    graph = network({}, node("one", "identity"), node("port", "entry"), links=links)
    assert only(check(graph)).code == "misplaced"
    big = layer(nodes=[node("x", "entry"), node("deep", "@inner", repeat=1000), node("y", "exit")], edges=wires("x deep", "deep y"))
    problem = only(check(network({"layer": big, "inner": layer()}, node("one", "@layer", repeat=1000))))
    assert problem.code == "too_large" and problem.node == "one"


def test_what_feeds_itself_only_through_composites_is_a_circle() -> None:
    cross = {
        "name": "Cross",
        "nodes": [
            node("a", "entry"),
            node("b", "entry"),
            node("fc", "linear", out_features=8),
            node("act", "tanh"),
            node("c", "exit"),
            node("d", "exit"),
        ],
        "edges": wires("a fc", "fc c", "b act", "act d"),
    }
    links = wires("data.x cross.a", "cross.c mid", "mid cross.b", "cross.d classes", "classes answer", "classes loss.prediction")
    assert only(check(network({"cross": cross}, node("cross", "@cross"), node("mid", "tanh"), links=links))).code == "cycle"


def test_the_inside_shows_the_shapes_of_one_copy() -> None:
    graph = network({"layer": layer()}, node("one", "@layer", width=32), node("two", "@layer"))
    report = check(graph)
    assert inside(report, graph, "layer").nodes["act"].outputs["y"].shape == ("B", 32)
    assert inside(report, graph, "layer", "two").nodes["act"].outputs["y"].shape == ("B", 16)
    unused, _ = apply(graph, Define(replace(graph.definitions["layer"], id="other")))
    assert inside(check(unused), unused, "other").nodes == {}


def test_documents_and_edits_come_back_from_json() -> None:
    graph = template("resnet", {"depth": 50})
    assert read_graph(json.dumps(graph.to_json())) == graph
    assert graph.content_hash == read_graph(graph.to_json()).content_hash
    stage = graph.definitions["stage"]
    edits = [
        Define(replace(stage, id="copy")),
        Undefine("stage"),
        Expose("stage", stage.parameters[:1]),
        Within("residual", SetParameters("conv1", {"kernel_size": 3})),
    ]
    for edit in edits:
        assert edit_from_json(json.loads(json.dumps(edit_to_json(edit)))) == edit
        changed, back = apply(graph, edit)
        assert changed != graph and apply(changed, back)[0] == graph
    with pytest.raises(UserError, match="is gone"):
        apply(graph, Within("nothing", SetParameters("conv1", {})))


@pytest.mark.parametrize(
    "definition",
    [
        [],
        {"nodes": "none"},
        {"nodes": [], "code": "import os"},
        {"nodes": [], "parameters": [{"name": "Width"}]},
        {"nodes": [], "parameters": [{"name": "copy"}]},
        {"nodes": [], "parameters": [{"name": "lambda"}]},
        {"nodes": [], "parameters": [{"name": "a", "default": "=b"}]},
        {"nodes": [], "parameters": [{"name": "a"}, {"name": "a"}]},
        {"nodes": [], "parameters": [{"name": "a", "default": 1e400}]},
    ],
)
def test_a_hostile_definition_is_refused(definition: Any) -> None:
    with pytest.raises(UserError):
        network({"layer": definition})
    with pytest.raises(UserError):
        network({"../layer": layer()})


def test_marks_on_a_composite_hold_for_all_that_is_in_it() -> None:
    graph = network({"layer": layer()}, node("one", "@layer"), node("two", "@layer"), features=2)
    graph, _ = apply(graph, SetMarks("one", {"frozen": True, "initialisation": "constant(0.5)"}))
    graph, _ = apply(graph, SetMarks("two", {"lr_factor": 0.0}))
    built = compile_graph(graph)
    assert bool((built.build(0).one.fc.weight == 0.5).all())  # type: ignore[union-attr]
    data = load_for(built, DataSpec("blobs"))
    before = {name: value.clone() for name, value in built.build(7).state_dict().items()}
    trainer_events = list(train(built, data, Recipe(epochs=1, seed=7)))
    assert isinstance(trainer_events[-1], Done)
    from engine.train.loop import Trainer

    trainer = Trainer(built, data, Recipe(epochs=1, seed=7))
    list(trainer.events())
    assert trainer.module is not None
    after = trainer.module.state_dict()
    changed = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert changed == {"classes.weight", "classes.bias"}


def test_a_verdict_names_the_copy_in_which_the_signal_is_lost() -> None:
    deep = layer()
    deep["nodes"][2]["type"] = "sigmoid"
    built = compile_graph(network({"layer": deep}, node("deep", "@layer", width=16, repeat=12), features=2))
    events = list(train(built, load_for(built, DataSpec("blobs")), Recipe(epochs=3)))
    verdict = next(event for event in events if isinstance(event, Verdict) and event.kind == "vanishing")
    assert verdict.node is not None and verdict.node.startswith("deep/")
    assert "Layer 'deep' 1" in verdict.message or "deep" in verdict.message


def test_the_ready_networks_with_composites_stay_a_page() -> None:
    for name in ("resnet", "densenet", "gpt2"):
        assert len(ready(name).nodes) <= 20
