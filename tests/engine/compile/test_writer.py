"""The source reads like a person's, runs alone with torch, computes what the graph says, and holds nothing that a user typed."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from blocks.library.sketch import Sketch
from blocks.problems import UserError
from engine.check import check
from engine.compile import Network, compile_graph
from engine.compile.names import class_name, identifier, is_free
from engine.graph.document import Graph
from engine.graph.edits import RemoveNode, SetMarks, apply
from engine.graph.serialise import read_graph
from engine.library import ready, template, templates
from engine.shapes import BATCH_SIZES
from engine.train.loop import prediction_of


def example(network: Network, batch_size: int = 3) -> list[Tensor]:
    """Return random data of the shapes that the network's inputs ask for."""
    generator = torch.Generator().manual_seed(5)
    tensors = []
    for id in network.inputs:
        (spec,) = network.report.nodes[id].outputs.values()
        shape = [batch_size if size == "B" else int(size) for size in spec.shape]
        if spec.dtype == "int":
            tensors.append(torch.randint(0, 4, shape, generator=generator))
        else:
            tensors.append(torch.randn(shape, generator=generator))
    return tensors


@pytest.mark.parametrize("name", templates())
def test_every_library_network_compiles_to_source_that_gives_the_checked_shapes(name: str) -> None:
    network = compile_graph(ready(name))
    module = network.build(seed=0)
    outputs = prediction_of(module(*example(network)))
    edge = network.graph.arriving(network.output)[0]
    expected = network.report.nodes[edge.source].outputs[edge.source_port].shape
    assert tuple(outputs.shape) == tuple(3 if size == "B" else size for size in expected)
    assert sum(parameter.numel() for parameter in module.parameters()) == network.report.num_parameters


@pytest.mark.parametrize("name", templates())
def test_every_module_gives_what_the_check_promised(name: str) -> None:
    network = compile_graph(ready(name))
    module = network.build(seed=0)
    seen: dict[str, tuple[int, ...]] = {}
    for id, attribute in network.attributes.items():
        part = module.get_submodule(attribute)
        part.register_forward_hook(lambda _, __, out, id=id: seen.__setitem__(id, tuple((out[0] if isinstance(out, tuple) else out).shape)))
    module(*example(network))
    assert list(seen) == list(network.attributes)
    for id, shape in seen.items():
        first = next(iter((network.report.flat or network.report).nodes[id].outputs.values()))
        assert shape == tuple(3 if size == "B" else size for size in first.shape), id


def test_the_same_graph_gives_the_same_text_and_the_same_weights() -> None:
    one, two = compile_graph(template("resnet_small")), compile_graph(template("resnet_small"))
    assert one.source == two.source
    for (name, a), b in zip(one.build(3).state_dict().items(), two.build(3).state_dict().values(), strict=True):
        assert torch.equal(a, b), name


def test_lenet5_is_what_an_expert_would_write() -> None:
    source = compile_graph(template("lenet5")).source
    assert "        self.conv1 = nn.Conv2d(1, 6, kernel_size=5, padding=2)\n" in source
    assert "        x = self.conv1(image)  # (B, 6, 28, 28)\n" in source
    assert "        return F.cross_entropy(prediction, target)\n" in source
    assert "import math" not in source


def test_lenet5_computes_the_same_as_the_network_written_by_hand() -> None:
    network = compile_graph(template("lenet5"))
    torch.manual_seed(0)
    by_hand = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Tanh(),
        nn.Conv2d(6, 16, 5),
        nn.MaxPool2d(2),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )
    (x,) = example(network)
    module = network.build(0)
    for ours, theirs in zip(module.parameters(), by_hand.parameters(), strict=True):
        assert torch.equal(ours, theirs), "the same seed must give the same weights"
    by_hand.to(memory_format=torch.channels_last)
    assert torch.equal(module(x), by_hand(x))


@pytest.mark.parametrize("name", templates())
def test_the_source_is_clean(name: str, tmp_path: Path) -> None:
    file = tmp_path / "network.py"
    file.write_text(compile_graph(ready(name)).source)
    found = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "140", "--select", "E,F,I,UP,B", str(file)],
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout


def two_headed() -> Graph:
    """Return a network with an auxiliary loss on the way, one weighted, and an LSTM whose states are not used."""
    sketch = Sketch("two heads")
    rows = sketch.add("sequence_input", "rows", length=5, features=3)
    sequence = sketch.add("lstm", "lstm", after=rows, hidden_size=4)
    last = sketch.add("sequence_pool", "last", after=sequence)
    side = sketch.add("linear", "side", after=last, out_features=2)
    sketch.add("cross_entropy", "side_loss", after={"prediction": side}, weight=0.3)
    sketch.finish(sketch.add("linear", "classes", after=last, out_features=2))
    return read_graph(sketch.document())


def test_several_losses_are_weighted_and_read_where_they_are_attached() -> None:
    network = compile_graph(two_headed())
    module = network.build(0)
    (x,) = example(network)
    outputs = module(x)
    assert network.several_outputs and outputs._fields == ("prediction", "side")
    target = torch.tensor([0, 1, 1])
    by_hand = 0.3 * nn.functional.cross_entropy(outputs.side, target) + nn.functional.cross_entropy(outputs.prediction, target)
    assert torch.allclose(module.loss(outputs, target), by_hand)
    assert "x, _ = self.lstm(rows)" in network.source


def test_an_autoencoder_takes_its_target_from_the_input() -> None:
    sketch = Sketch("autoencoder")
    points = sketch.add("vector_input", "points", features=6)
    code = sketch.add("linear", "code", after=points, out_features=2)
    back = sketch.add("linear", "back", after=code, out_features=6)
    sketch.add("output", "prediction", after=back)
    sketch.add("mse", "loss", after={"prediction": back, "target": points})
    network = compile_graph(read_graph(sketch.document()))
    module = network.build(0)
    (x,) = example(network)
    outputs = module(x)
    assert torch.allclose(module.loss(outputs, torch.empty(0)), nn.functional.mse_loss(outputs.prediction, x))


def test_values_that_are_used_later_keep_their_own_name() -> None:
    """Concat in order, and one value used by three others: nothing may be overwritten before its last use."""
    sketch = Sketch("order")
    points = sketch.add("vector_input", "points", features=2)
    a = sketch.add("linear", "a", after=points, out_features=3)
    b = sketch.add("tanh", "b", after=a)
    c = sketch.add("relu", "c", after=b)
    both = sketch.add("concat", "both", after=[c, a, b])
    sketch.finish(sketch.add("linear", "classes", after=both, out_features=2))
    network = compile_graph(read_graph(sketch.document()))
    module = network.build(0)
    (x,) = example(network)
    first = module.a(x)
    expected = module.classes(torch.cat([first.tanh().relu(), first, first.tanh()], dim=1))
    assert torch.equal(module(x), expected)


def test_a_block_that_leads_nowhere_is_left_out() -> None:
    sketch = Sketch("idle")
    points = sketch.add("vector_input", "points", features=2)
    sketch.add("linear", "idle", after=points, out_features=1000)
    sketch.finish(sketch.add("linear", "classes", after=points, out_features=2))
    network = compile_graph(read_graph(sketch.document()))
    assert "idle" not in network.attributes and "1000" not in network.source


def test_a_graph_with_problems_is_refused_with_all_of_them() -> None:
    graph, _ = apply(template("lenet5"), RemoveNode("loss"))
    graph, _ = apply(graph, RemoveNode("conv1"))
    with pytest.raises(UserError) as caught:
        compile_graph(graph)
    assert {problem.code for problem in caught.value.problems} == {"no_loss", "missing_input"}


def siamese(**second: int) -> Graph:
    sketch = Sketch("siamese")
    points = sketch.add("vector_input", "points", features=4)
    one = sketch.add("linear", "one", after=points, out_features=4)
    bent = sketch.add("tanh", "bent", after=one)
    two = sketch.add("linear", "two", after=bent, **{"out_features": 4, **second})
    sketch.finish(sketch.add("linear", "classes", after=two, out_features=2))
    graph = read_graph(sketch.document())
    return apply(graph, SetMarks("two", {"shares_weights_with": "one"}))[0]


def test_two_blocks_that_share_weights_are_one_module() -> None:
    network = compile_graph(siamese())
    module = network.build(0)
    (x,) = example(network)
    assert "two" not in network.attributes and network.report.num_parameters == 20 + 10
    assert sum(parameter.numel() for parameter in module.parameters()) == 30
    assert torch.equal(module(x), module.classes(module.one(module.one(x).tanh())))


def test_weights_of_another_shape_cannot_be_shared() -> None:
    report = check(siamese(out_features=5))
    (problem,) = report.problems
    assert problem.code == "shared_weights" and problem.node == "two" and "nn.Linear(4, 5)" in problem.message


HOSTILE = [
    '"""; import os; os.system("touch pwned"); """',
    "'); __import__('os').system('true') #",
    "{self}{0.__class__.__mro__}",
    "class",
    "forward",
    "__init__",
    "свёртка",
    "a\nimport os\n",
    "\\",
    "1st layer!",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_a_user_types_is_run(name: str) -> None:
    graph = template("lenet5")
    nodes = {id: replace(node, name=name) for id, node in graph.nodes.items()}
    hostile = replace(graph, name=name, nodes=nodes)
    network = compile_graph(hostile)
    plain = compile_graph(graph)
    assert ast.dump(_without_names(network.source)) == ast.dump(_without_names(plain.source)), "a name has changed what the source does"
    (x,) = example(network)
    assert torch.equal(network.build(0)(x), plain.build(0)(x))


def _without_names(source: str) -> ast.AST:
    """Return the syntax tree with docstrings emptied and every name erased: what is left is what is done, and with which numbers."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
        for field in ("id", "attr", "name", "arg"):
            if isinstance(getattr(node, field, None), str):
                setattr(node, field, "")
    return tree


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Conv 1", "conv_1"),
        ("convBig", "conv_big"),
        ("3x3", "block_3x3"),
        ("", "relu"),
        ("свёртка", "relu"),
        ("a" * 90, "a" * 40),
        ("--", "relu"),
    ],
)
def test_names_become_identifiers(name: str, expected: str) -> None:
    assert identifier(name, "relu") == expected


def test_identifiers_keep_clear_of_torch_and_python() -> None:
    for taken in ("forward", "train", "type", "class", "self", "x", "match", "parameters"):
        assert not is_free(taken), taken
    assert is_free("conv1")
    assert (
        class_name("LeNet-5") == "LeNet5"
        and class_name("20-layer sigmoid MLP") == "Network20LayerSigmoidMLP"
        and class_name("!") == "Network"
    )


def test_a_graph_named_like_one_of_our_modules_gets_another_class_name() -> None:
    graph = replace(template("transformer"), name="SinusoidalPositions")
    network = compile_graph(graph)
    assert network.class_name == "SinusoidalPositionsNetwork"
    network.build(0)(*example(network))


def test_shapes_do_not_depend_on_the_sizes_that_were_probed() -> None:
    report = check(template("resnet_small"))
    for node in report.nodes.values():
        for spec in node.outputs.values():
            assert spec.shape == () or spec.shape[0] == "B", f"probing with {BATCH_SIZES} leaked into {spec}"
