"""Checks shared by the recurrent layers: the state to start from, and dropout between layers."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.problems import Problem
from blocks.spec import Block
from blocks.tensors import Inputs


def states_fit(block: Block, inputs: Inputs, ports: tuple[str, ...], num_states: int, hidden_size: int) -> Iterator[Problem]:
    """Refuse a state that was not made by a layer of the same size, layers and directions."""
    for port in ports:
        if port not in inputs:
            continue
        state = inputs[port].shape
        if (state[0], state[-1]) != (num_states, hidden_size):
            yield block.problem(
                f"{port} must be ({num_states}, B, {hidden_size}) for these layers and directions, got {inputs[port]}.",
                "Give both recurrent blocks the same hidden_size, num_layers and bidirectional.",
                port=port,
                expected=f"({num_states}, B, {hidden_size})",
                received=str(inputs[port]),
            )


def dropout_acts(block: Block, dropout: float, num_layers: int) -> Iterator[Problem]:
    """Warn of dropout that does nothing, because there is no second layer."""
    if dropout > 0 and num_layers == 1:
        yield block.problem(
            f"dropout acts between layers, so {dropout:g} does nothing with num_layers 1.",
            "Set num_layers to 2, or dropout to 0 and put a Dropout block behind.",
            code="bad_parameter",
            parameter="dropout",
            expected="num_layers of at least 2",
            received="num_layers 1",
            severity="warning",
        )
