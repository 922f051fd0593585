"""Recurrent layers: one step by hand, parameter counts by formula, states from one to the next."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from blocks.tensors import TensorSpec
from blocks.validation import build
from tests.blocks.execution import as_inputs, forward, make_module
from tests.blocks.refusals import problems, sentence, spec


@pytest.mark.parametrize(("block_type", "gates"), [("rnn", 1), ("gru", 3), ("lstm", 4)])
@pytest.mark.parametrize(("features", "hidden"), [(3, 5), (8, 2)])
def test_parameter_count(block_type: str, gates: int, features: int, hidden: int) -> None:
    """Each gate has a matrix for the input, one for the state, and two biases: gates · h · (d + h + 2)."""
    inputs = as_inputs({"x": spec("sequence", "B", 4, features)})
    one = make_module(build(block_type, {"hidden_size": hidden}), inputs)
    both = make_module(build(block_type, {"hidden_size": hidden, "num_layers": 2, "bidirectional": True}), inputs)
    assert one is not None and both is not None
    first = gates * hidden * (features + hidden + 2)
    assert sum(parameter.numel() for parameter in one.parameters()) == first
    second = gates * hidden * (2 * hidden + hidden + 2)
    assert sum(parameter.numel() for parameter in both.parameters()) == 2 * first + 2 * second


def test_lstm_step_by_hand() -> None:
    """Two steps of the help page's formula, written out, are what the block gives."""
    torch.manual_seed(0)
    inputs = as_inputs({"x": spec("sequence", "B", 2, 3)})
    block = build("lstm", {"hidden_size": 4})
    module = make_module(block, inputs)
    assert module is not None
    weights = {name: parameter.detach() for name, parameter in module.named_parameters()}
    x_BTD = torch.rand(2, 2, 3)
    hidden, cell = torch.zeros(2, 4), torch.zeros(2, 4)
    for step in range(2):
        sums = (
            x_BTD[:, step] @ weights["weight_ih_l0"].T + weights["bias_ih_l0"] + hidden @ weights["weight_hh_l0"].T + weights["bias_hh_l0"]
        )
        enter, forget, new, leave = sums.chunk(4, dim=1)  # torch's order: i, f, g, o
        cell = forget.sigmoid() * cell + enter.sigmoid() * new.tanh()
        hidden = leave.sigmoid() * cell.tanh()
    result = forward(block, inputs, {"x": x_BTD}, module)
    torch.testing.assert_close(result["sequence"][:, -1], hidden)
    torch.testing.assert_close(result["h_n"][0], hidden)
    torch.testing.assert_close(result["c_n"][0], cell)


@pytest.mark.parametrize("block_type", ["rnn", "gru", "lstm"])
def test_state_carries_on(block_type: str) -> None:
    """Reading a sequence in two halves, the second from the first's state, is reading it at once."""
    torch.manual_seed(0)
    block = build(block_type, {"hidden_size": 4, "num_layers": 2})
    state = spec("state", 2, "B", 4)
    without = as_inputs({"x": spec("sequence", "B", 3, 5)})
    starts = {"h_0": state} | ({"c_0": state} if block_type == "lstm" else {})
    carried = as_inputs({"x": spec("sequence", "B", 3, 5), **starts})
    module = make_module(block, without)
    x_BTD = torch.rand(2, 6, 5)
    first = forward(block, without, {"x": x_BTD[:, :3]}, module)
    state_values = {port: first[port.replace("_0", "_n")] for port in starts}
    second = forward(block, carried, {"x": x_BTD[:, 3:], **state_values}, module)
    whole = forward(block, without, {"x": x_BTD}, module)
    torch.testing.assert_close(torch.cat([first["sequence"], second["sequence"]], dim=1), whole["sequence"])


X = spec("sequence", "B", 9, 6)


@pytest.mark.parametrize(
    ("block_type", "parameters", "states", "expected"),
    [
        (
            "gru",
            {"hidden_size": 4, "bidirectional": True},
            {"h_0": spec("state", 1, "B", 4)},
            "GRU: h_0 must be (2, B, 4) for these layers and directions, got (1, B, 4). "
            "Give both recurrent blocks the same hidden_size, num_layers and bidirectional.",
        ),
        (
            "lstm",
            {"hidden_size": 4},
            {"h_0": spec("state", 1, "B", 4), "c_0": spec("state", 1, "B", 8)},
            "LSTM: c_0 must be (1, B, 4) for these layers and directions, got (1, B, 8). "
            "Give both recurrent blocks the same hidden_size, num_layers and bidirectional.",
        ),
        (
            "lstm",
            {"hidden_size": 4},
            {"h_0": spec("state", 1, "B", 4)},
            "LSTM: a start needs both h_0 and c_0, but only h_0 is connected. Connect c_0 as well, or disconnect h_0.",
        ),
        (
            "rnn",
            {"dropout": 0.2},
            {},
            "RNN: dropout acts between layers, so 0.2 does nothing with num_layers 1. "
            "Set num_layers to 2, or dropout to 0 and put a Dropout block behind.",
        ),
    ],
)
def test_refusals(block_type: str, parameters: dict[str, Any], states: dict[str, TensorSpec], expected: str) -> None:
    assert sentence(block_type, parameters, x=X, **states) == expected


def test_useless_dropout_is_a_warning() -> None:
    assert [problem.severity for problem in problems("lstm", {"dropout": 0.2}, x=X)] == ["warning"]
