"""A piece of a recorded network that one block may stand for, and what is needed to try it on other numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from blocks.tensors import TensorSpec
from engine.importing.proposals import Hints, hints_of_module, hints_of_op, numbers_of
from engine.importing.recording import Call, Op, Value, function_name
from engine.importing.replay import held, piece, replay
from engine.importing.trees import mapped

LONGEST_PIECE = 24
"""Calls in a piece that one block may stand for: attention written out takes some twenty."""

NOISE = 0.1
"""How much each weight is moved for a trial: at their start many are 0 or 1, and what they do cannot be seen."""


def numbers(value: Value, spec: TensorSpec, *, shares: bool = False) -> Tensor:
    """Return a random tensor in place of a value; with `shares`, numbers from 0 to 1, which every loss takes."""
    if value.dtype == torch.bool:
        mask = torch.rand(value.shape) < 0.3
        mask[:, 0] = False  # of a sequence that is nothing but padding, attention makes NaN
        return mask
    if value.dtype.is_floating_point:
        make = torch.rand if shares else torch.randn
        return make(value.shape, dtype=value.dtype, requires_grad=True)
    return torch.randint(0, max(1, spec.num_values or 2), value.shape, dtype=value.dtype)


@dataclass(frozen=True)
class Place:
    """Name an output of a node that is drawn already, and what comes out of it."""

    node: str
    port: str
    spec: TensorSpec


@dataclass(eq=False)
class Unit:
    """Hold a piece of the network as it is in training and, as its twin, afterwards."""

    outputs: list[Value]
    twins: list[Value]
    known: Mapping[Value, Place]
    twin_of: Mapping[Value, Value]
    name: str
    module: nn.Module | None
    path: str
    line: int | None

    @cached_property
    def _piece(self) -> tuple[list[Op], list[Value]]:
        return piece(self.outputs, self.known.keys(), LONGEST_PIECE)

    @property
    def ops(self) -> list[Op]:
        """Return the calls of the piece, in order."""
        return self._piece[0]

    @cached_property
    def sources(self) -> list[Value]:
        """Return the drawn values that the piece reads, one for each time that it reads them."""
        return [value for value in self._piece[1] if value.live]

    @cached_property
    def distinct(self) -> list[Value]:
        """Return the drawn values that the piece reads, each once."""
        return list(dict.fromkeys(self.sources))

    @cached_property
    def held(self) -> list[Value]:
        """Return what the piece reads of the module's own tensors."""
        return held(self.ops)

    @cached_property
    def parameters(self) -> list[Tensor]:
        """Return the parameters that the piece reads."""
        return [value.tensor for value in self.held if isinstance(value.tensor, nn.Parameter)]

    @cached_property
    def weights(self) -> list[tuple[str, Tensor]]:
        """Return the tensors that a block standing for the piece must take over, by name, in order."""
        named = dict(self.module.state_dict(keep_vars=True)) if self.module is not None else {}
        own = {id(tensor) for tensor in named.values()}
        others = [value.tensor for value in self.held if value.tensor is not None and id(value.tensor) not in own]
        return [*named.items(), *((f"held_{number}", tensor) for number, tensor in enumerate(others))]

    @cached_property
    def hints(self) -> Hints:
        """Return what is known of the piece's settings."""
        named: dict[str, Any] = {}
        for op in self.ops:
            named = hints_of_op(op) | named
        if self.module is not None:
            named |= hints_of_module(self.module)
        return Hints(named, numbers_of(self.ops, self.held, self.outputs))

    @cached_property
    def signature(self) -> str:
        """Return a text that is the same for pieces that the same blocks can stand for."""
        numbers: dict[Value, int] = {}

        def leaf(part: Any) -> str:
            if not isinstance(part, Value):
                return repr(part)[:200]
            if part in self.known and part.live:
                spec = self.known[part].spec
                return f"<{numbers.setdefault(part, len(numbers))} {spec.kind} {spec}>"
            if part.tensor is not None:
                return f"<held {part.shape} {isinstance(part.tensor, nn.Parameter)}>"
            return f"<{numbers.setdefault(part, len(numbers))}>"

        calls = [f"{function_name(op.function)}{mapped((op.args, op.kwargs), leaf)}" for op in self.ops]
        outputs = [f"{leaf(value)}{value.shape}" for value in self.outputs]
        settings = "" if self.module is None else f"{type(self.module).__name__}{sorted(hints_of_module(self.module).items(), key=str)}"
        return f"{calls} -> {outputs} {settings}"

    def noisy(self) -> dict[int, Tensor]:
        """Return the parameters, moved a little, by the identity of the true ones."""
        with torch.no_grad():
            return {id(tensor): tensor + NOISE * torch.rand_like(tensor) for _, tensor in self.weights if isinstance(tensor, nn.Parameter)}

    def sample(self, training: bool, *, shares: bool) -> dict[Value, Tensor]:
        """Return random numbers for what the piece reads."""
        return {value: numbers(value, self.known[value].spec, shares=shares) for value in self.distinct}

    def run(self, given: Mapping[Value, Tensor], weights: Mapping[int, Tensor], training: bool) -> list[Tensor]:
        """Run the piece on other inputs and weights, as in training or as afterwards."""
        outputs = self.outputs if training else self.twins
        if training:
            ops, known = self.ops, dict(given)
        else:
            known = {self.twin_of[value]: tensor for value, tensor in given.items()}
            ops, _ = piece(outputs, known.keys())
        replaced = {value: weights[id(value.tensor)] for value in held(ops) if value.tensor is not None and id(value.tensor) in weights}
        return replay(ops, {**known, **replaced}, outputs)


@dataclass(eq=False)
class Sideways(Unit):
    """Read a piece from another output of the block that it hangs on: the last of a recurrent layer's states is its last step as well."""

    sibling: Value
    deep: Unit
    """The piece and the sibling, from what goes into that block."""

    @property
    def sources(self) -> list[Value]:
        """Return the other output."""
        return [self.sibling]

    @property
    def parameters(self) -> list[Tensor]:
        """Return none: a piece with weights is not read sideways."""
        return []

    @property
    def signature(self) -> str:
        """Return the signature of both together."""
        return f"sideways {self.deep.signature}"

    def sample(self, training: bool, *, shares: bool) -> dict[Value, Tensor]:
        """Run the block on random numbers, and return what came out of its other output."""
        given = self.deep.sample(training, shares=shares)
        with torch.no_grad():
            self._result, other = self.deep.run(given, {}, training)
        return {self.sibling: other}

    def run(self, given: Mapping[Value, Tensor], weights: Mapping[int, Tensor], training: bool) -> list[Tensor]:
        """Return what the piece made in the same run."""
        return [self._result]


def sideways(unit: Unit) -> Iterator[Unit]:
    """Yield the readings of a piece from the other outputs of the block that it hangs on."""
    if unit.parameters or len(unit.distinct) != 1 or len(unit.outputs) != 1:
        return
    node = unit.known[unit.distinct[0]].node
    siblings = [value for value, place in unit.known.items() if place.node == node]
    before = {value: place for value, place in unit.known.items() if place.node != node}
    for sibling in siblings:
        if sibling is unit.distinct[0] or sibling.op is None:
            continue
        twins = [*unit.twins, unit.twin_of[sibling]]
        deep = Unit([*unit.outputs, sibling], twins, before, unit.twin_of, unit.name, None, unit.path, unit.line)
        yield Sideways(unit.outputs, unit.twins, unit.known, unit.twin_of, unit.name, None, unit.path, unit.line, sibling, deep)


def unit_of(
    item: Op | Call,
    twin: Op | Call,
    outputs: Sequence[tuple[Value, Value]],
    places: Mapping[Value, Place],
    twin_of: Mapping[Value, Value],
    path: str,
) -> Unit:
    """Return the unit of a recorded call and its twin; `outputs` are those that matter."""
    first, second = [value for value, _ in outputs], [value for _, value in outputs]
    if isinstance(item, Call):
        return Unit(first, second, places, twin_of, type(item.module).__name__, item.module, item.path, item.line)
    return Unit(first, second, places, twin_of, item.name.strip("_"), None, path, item.line)
