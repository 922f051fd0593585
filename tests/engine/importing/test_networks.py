"""Ordinary modules become drawings: the blocks a person would have taken, the same weights, the same answers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch

from blocks.problems import UserError
from engine.check import check
from engine.compile import compile_graph
from engine.composites.expand import expand
from engine.importing import trials
from engine.importing.loading import build_module, load_file
from engine.importing.reading import Found, read_module

NETWORKS = Path(__file__).with_name("networks.py")


def read(name: str, *inputs: tuple[int, ...], path: Path = NETWORKS) -> Found:
    """Read one network in this process: it is ours."""
    file = load_file(path)
    model, name, _ = build_module(file, name, str(path))
    return read_module(model, file, str(path), name, inputs)


def types(found: Found) -> list[str]:
    """Return the types of the blocks, in order, without those that every network has."""
    nodes = expand(found.graph).graph.nodes.values()
    return [node.type for node in nodes if not node.type.endswith("_input") and node.type not in ("output", "identity")]


def answers(found: Found) -> float:
    """Return how far the compiled drawing's answers are from the original's, with the original's weights."""
    network = compile_graph(found.graph)
    module = network.build()
    module.load_state_dict(
        {
            f"{attribute}.{name}": tensor
            for id, attribute in network.attributes.items()
            for name, tensor in found.weights.get(id, {}).items()
        }
    )
    module.eval()
    with torch.no_grad():
        out = module(*found.inputs)
    return float(((out[0] if network.several_outputs else out) - found.expected).abs().max())


CASES = {
    "Functional": (
        [(1, 28, 28)],
        "conv2d batch_norm2d relu max_pool2d conv2d tanh dropout flatten linear softmax cross_entropy",
    ),
    "LastState": ([(7, 4)], "lstm sequence_pool linear cross_entropy"),
    "Recurrent": ([(7, 4)], "gru sequence_pool linear cross_entropy"),
    "Decoder": ([(10,)], "embedding positional_encoding multihead_attention add layer_norm linear cross_entropy"),
    "OwnPositions": ([(9, 6)], "positional_encoding linear sequence_pool cross_entropy"),
    "Twice": ([], "linear relu linear relu linear cross_entropy"),
    "Series": ([(3, 10)], "reshape conv1d relu max_pool1d sequence_pool linear cross_entropy"),
    "Settings": ([], "linear silu linear add linear silu cross_entropy"),
    "TwoInputs": ([(1, 8, 8), (5,)], "conv2d global_max_pool2d linear multiply linear sigmoid bce"),
    "OwnLoss": ([], "linear gelu linear linear cross_entropy cross_entropy"),
    "Frozen": ([], "linear relu linear cross_entropy"),
    "small": ([], "linear softplus linear cross_entropy"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_module_becomes_the_blocks_that_it_is_made_of(name: str) -> None:
    inputs, wanted = CASES[name]
    found = read(name, *inputs)
    assert " ".join(types(found)) == wanted
    assert check(found.graph).ok
    assert answers(found) <= 1e-6


def test_a_residual_network_keeps_its_ways_and_its_running_statistics() -> None:
    found = read("Residual", (3, 16, 16))
    graph = expand(found.graph).graph
    assert Counter(types(found))["add"] == 3 and Counter(types(found))["conv2d"] == 8
    sources = {edge.source for id, node in graph.nodes.items() if node.type == "add" for edge in graph.arriving(id)}
    assert "stage.2.shortcut.1" in sources
    assert set(found.weights["stage.2.bn1"]) == {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}
    assert graph.nodes["stage.2.conv1"].parameters == {"stride": 2, "padding": 1, "bias": False}
    assert found.origins["stage.2.conv1"].path == "stage.2.conv1" and found.origins["stage.2.conv1"].line is not None
    assert answers(found) <= 1e-6


def test_blocks_that_repeat_become_one_with_its_number_of_copies() -> None:
    found = read("Residual", (3, 16, 16))
    (definition,) = found.graph.definitions.values()
    assert definition.name == "BasicBlock"
    assert [node.type for node in definition.body.nodes.values()] == [
        *("entry", "conv2d", "batch_norm2d", "relu", "conv2d", "batch_norm2d", "add", "relu", "exit")
    ]
    (use,) = [node for node in found.graph.nodes.values() if node.type == "@basic_block"]
    assert dict(use.parameters) == {"repeat": 2} and use.name == "stage.0-1"
    assert set(found.weights["stage.0-1/1/bn1"]) == {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}
    assert found.origins["stage.0-1/1/conv1"].path == "stage.1.conv1"
    assert "for" in compile_graph(found.graph).source


def test_two_orders_of_reducing_are_the_same_pooling() -> None:
    assert types(read("GlobalMean", (3, 8, 8))) == ["conv2d", "conv2d", "concat", "global_avg_pool2d", "global_avg_pool2d", "cross_entropy"]


def test_torchs_encoder_is_taken_apart() -> None:
    found = read("Encoder")
    counted = Counter(types(found))
    assert counted["multihead_attention"] == 2 and counted["layer_norm"] == 4 and counted["positional_encoding"] == 1
    assert dict(found.graph.nodes["tokens"].parameters) == {"length": 12, "vocabulary_size": 30}
    assert answers(found) <= 1e-6


def test_causal_attention_and_learned_positions_are_recognised_by_what_they_do() -> None:
    nodes = {node.type: node for node in read("Decoder", (10,)).graph.nodes.values()}
    assert nodes["multihead_attention"].parameters == {"num_heads": 2, "causal": True}
    assert nodes["positional_encoding"].parameters == {"encoding": "learned", "max_length": 16}


def test_a_module_that_is_called_twice_shares_its_weights() -> None:
    found = read("Twice")
    assert found.graph.nodes["layer_2"].shares_weights_with == "layer"
    assert "layer_2" not in found.weights


def test_the_files_own_losses_are_kept_with_their_weights() -> None:
    losses = [node for node in read("OwnLoss").graph.nodes.values() if node.type == "cross_entropy"]
    assert [dict(node.parameters) for node in losses] == [{"label_smoothing": 0.1}, {"weight": 0.3}]


def test_frozen_weights_stay_frozen() -> None:
    nodes = read("Frozen").graph.nodes
    assert (nodes["body"].frozen, nodes["head"].frozen) == (True, False)


def test_what_was_added_or_guessed_is_said() -> None:
    notes = " ".join(read("Twice").notes)
    assert "Cross-entropy loss was added" in notes and "a guess" in notes


REFUSED = {
    "OnData": ("import_data_dependent", "if x.sum() > 0"),
    "OnTraining": ("import_training_differs", "x = self.other(x)"),
    "NoBlock": ("import_no_block", "torch.fft.fft"),
    "Detached": ("import_no_block", "self.two(self.one(x).detach())"),
    "Needs": ("import_arguments", "class Needs"),
    "Missing": ("import_no_class", None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_is_refused_with_its_line(name: str) -> None:
    code, text = REFUSED[name]
    with pytest.raises(UserError) as caught:
        read(name)
    problem = caught.value.problems[0]
    assert problem.code == code and problem.fix
    if text is not None:
        line = next(number for number, line in enumerate(NETWORKS.read_text().splitlines(), 1) if text in line)
        assert problem.message.startswith(f"Line {line}: ")


def test_the_classes_of_a_file_are_listed_where_the_name_is_wrong() -> None:
    with pytest.raises(UserError, match="it has Functional, BasicBlock, Residual"):
        read("Missing")


def test_other_numbers_are_not_taken_for_the_same() -> None:
    assert not trials.agree([torch.tensor([1.0, -0.1])], [torch.tensor([1.0, 0.0])])
    assert not trials.agree([torch.ones(2, 3)], [torch.ones(3, 2)])
    assert trials.agree([torch.tensor([float("nan")])], [torch.tensor([float("nan")])])
