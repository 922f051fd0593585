"""Blocks become a composite and a composite becomes blocks: the network computes the same, and undo gives back the very document."""

from __future__ import annotations

import itertools

import pytest
import torch

from blocks.problems import UserError
from engine.check import check
from engine.compile import compile_graph
from engine.composites.grouping import group, unpack
from engine.graph.document import Exposed, Graph
from engine.graph.edits import Expose, SetMarks, SetParameters, Within, apply
from engine.library import template


def same_function(first: Graph, second: Graph) -> bool:
    """Return whether two graphs give the same numbers with the same weights; blocks are told by their ids, which grouping keeps."""
    networks = [compile_graph(graph) for graph in (first, second)]
    modules = [network.build(3).eval() for network in networks]
    parts = [
        {path.rpartition("/")[2]: module.get_submodule(name) for path, name in network.attributes.items()}
        for network, module in zip(networks, modules, strict=True)
    ]
    if parts[0].keys() == parts[1].keys():
        for id, part in parts[0].items():
            parts[1][id].load_state_dict(part.state_dict())
    specs = [check(first).nodes[id].outputs["x"] for id in networks[0].inputs]
    torch.manual_seed(0)
    inputs = [torch.randn([2 if size == "B" else int(size) for size in spec.shape]) for spec in specs]
    return torch.equal(modules[0](*inputs), modules[1](*inputs))


def test_a_chain_becomes_a_block_and_back() -> None:
    graph = template("lenet5")
    grouped, back = apply(graph, group(graph, ["conv1", "pool1", "tanh1"], "Stage"))
    assert [node.type for node in grouped.nodes.values() if node.type.startswith("@")] == ["@stage"]
    assert check(grouped).ok and check(grouped).num_parameters == check(graph).num_parameters
    assert check(grouped).nodes["stage"].outputs["y"] == check(graph).nodes["tanh1"].outputs["y"]
    assert same_function(graph, grouped)
    assert apply(grouped, back)[0] == graph
    unpacked, again = apply(grouped, unpack(grouped, "stage"))
    assert not unpacked.definitions and same_function(graph, unpacked)
    assert {node.type for node in unpacked.nodes.values()} == {node.type for node in graph.nodes.values()}
    assert apply(unpacked, again)[0] == grouped


@pytest.mark.parametrize("name", ["resnet_small", "densenet_small"])
def test_every_row_of_blocks_that_can_be_one_block_computes_the_same(name: str) -> None:
    """Wires that cross the border several times, at ports that take many in an order, keep their places."""
    graph = template(name)
    order = [id for id in check(graph).order if check(graph).nodes[id].block.role == "layer"]
    grouped_at_all = 0
    for start, length in itertools.product(range(0, len(order), 5), (3, 6)):
        try:
            edit = group(graph, order[start : start + length])
        except UserError:
            continue
        grouped, back = apply(graph, edit)
        grouped_at_all += 1
        assert check(grouped).ok, check(grouped).problems
        assert same_function(graph, grouped)
        assert apply(grouped, back)[0] == graph
        (use,) = (node.id for node in grouped.nodes.values() if node.type.startswith("@"))
        assert same_function(graph, apply(grouped, unpack(grouped, use))[0])
    assert grouped_at_all > 4


def test_what_cannot_be_one_block_is_refused_with_the_block_that_is_in_the_way() -> None:
    graph = template("resnet_small")
    with pytest.raises(UserError, match="back in") as caught:
        group(graph, ["stem_relu", "add1"])
    assert caught.value.problems[0].node is not None
    with pytest.raises(UserError, match="stay outside"):
        group(graph, ["image", "stem"])
    with pytest.raises(UserError, match="Nothing is selected"):
        group(graph, [])
    with pytest.raises(UserError, match="no composite"):
        unpack(graph, "stem")
    with pytest.raises(UserError, match="other side"):
        marked, _ = apply(graph, SetMarks("conv1_2", {"shares_weights_with": "conv1_1"}))
        group(marked, ["conv1_2"])


def test_a_block_within_a_composite_takes_along_the_parameters_it_uses() -> None:
    graph = template("lenet5")
    graph, _ = apply(graph, group(graph, ["fc1", "tanh3", "fc2", "tanh4"], "Head"))
    graph, _ = apply(graph, Expose("head", (Exposed("width", 120), Exposed("other", 1))))
    graph, _ = apply(graph, Within("head", SetParameters("fc1", {"out_features": "=width"})))
    before = graph
    graph, back = apply(graph, group(graph, ["fc1", "tanh3"], "Inner", within="head"))
    assert [exposed.name for exposed in graph.definitions["inner"].parameters] == ["width"]
    assert graph.definitions["head"].body.nodes["inner"].parameters == {"width": "=width"}
    assert check(graph).ok and same_function(before, graph)
    assert apply(graph, back)[0] == before
    wider, _ = apply(graph, SetParameters("head", {"width": 60}))
    assert check(wider).num_parameters < check(graph).num_parameters
    unpacked, _ = apply(graph, unpack(graph, "inner", within="head"))
    assert unpacked.definitions["head"].body.nodes["fc1"].parameters["out_features"] == "=(width)"
    assert same_function(before, unpacked)


def test_unpacking_writes_out_every_copy() -> None:
    graph = template("spirals")
    row = [node.id for node in graph.nodes.values() if node.type in ("linear", "tanh", "relu")][2:4]
    graph, _ = apply(graph, group(graph, row, "Layer"))
    graph, _ = apply(graph, SetParameters("layer", {"repeat": 3}))
    unpacked, _ = apply(graph, unpack(graph, "layer"))
    assert check(graph).ok and same_function(graph, unpacked)
    assert len(unpacked.nodes) == len(graph.nodes) - 1 + 3 * 2
