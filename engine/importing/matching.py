"""Find the block that does what a piece of a network does."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from blocks.problems import UserError
from blocks.registry import registry
from blocks.spec import Block, Role
from blocks.tensors import Inputs, TensorSpec
from blocks.validation import build
from engine.importing.proposals import proposals, same_class, settings_equal
from engine.importing.recording import of_torch
from engine.importing.replay import TooLong
from engine.importing.trials import SEED, Wiring, agree, gradients, run_block, sizes, taken_over, wirings
from engine.importing.units import Unit
from engine.shapes import Inferred, construct, infer, with_own_target

MOST_PROPOSALS, MOST_PROPOSALS_ELSEWHERE = 256, 32
"""Parameters to try for a block that is called like the piece, and for any other."""

_TORCH_REFUSES = (RuntimeError, ValueError, TypeError, IndexError, AssertionError, ArithmeticError, AttributeError, KeyError)


@dataclass(frozen=True)
class Match:
    """Say which block does what a piece does, how it is connected, and which tensors it takes over."""

    block_type: str
    parameters: Mapping[str, Any]
    wiring: Wiring
    outputs: Mapping[str, TensorSpec]
    ports: tuple[str, ...]
    """The port of each of the piece's outputs."""
    state: Mapping[str, Tensor]
    constructor: str
    statement: str


class Matcher:
    """Find blocks for pieces, and remember what was found."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self._found: dict[tuple[str, Role], tuple[str, Mapping[str, Any], int] | None] = {}

    def is_same(self, unit: Unit) -> bool:
        """Return whether a piece gives back what it was given, in training and afterwards (`contiguous`, `nn.Identity`)."""
        try:
            if len(unit.distinct) != 1 or unit.parameters or len(unit.outputs) != 1 or unit.distinct[0].shape != unit.outputs[0].shape:
                return False
        except TooLong:
            return False
        source = unit.distinct[0]
        for training in (True, False):
            given = unit.sample(training, shares=False)
            tensor = given[source]
            torch.manual_seed(SEED)
            try:
                out = unit.run(given, {}, training)
            except _TORCH_REFUSES:
                return False
            if not agree(out, [tensor]) or not agree(gradients(out, [tensor]), gradients([tensor * 1], [tensor])):
                return False
        return True

    def find(self, unit: Unit, role: Role = "layer") -> list[Match]:
        """Return the blocks that do what a piece does, the best first; several only where they differ in what comes out means."""
        try:
            key = (unit.signature, role)
        except TooLong:
            return []
        if key in self._found:
            known = self._found[key]
            again = [] if known is None else self._try(unit, known[0], known[1])
            if known is None or again:
                return again[:1] if known is None or known[2] == 1 else self._kinds(unit, known[0])
        found = self._search(unit, role)
        self._found[key] = (found[0].block_type, found[0].parameters, len(found)) if found else None
        return found

    def _search(self, unit: Unit, role: Role) -> list[Match]:
        best: list[Match] = []
        rank: tuple[int, int] | None = None
        for block_type in sorted(registry(), key=lambda block_type: (-_likeness(unit.name, block_type), block_type)):
            block = registry()[block_type]
            if block.role != role or (best and unit.parameters):
                continue
            alike = _likeness(unit.name, block_type) == 1.0
            match = self._of_type(unit, block_type, MOST_PROPOSALS if alike else MOST_PROPOSALS_ELSEWHERE)
            if match is None:
                continue
            # Of two blocks that do the same here, the one that says it in the same words: the mean of a 1 × 1 image is a pooling.
            same_words = any(f"{op.name}(" in match.statement for op in unit.ops)
            here = (len(match.parameters), 0 if same_words or alike else 1)
            if rank is None or here < rank:
                best, rank = [match], here
            if self._is_certain(unit, match):
                break
        return self._kinds(unit, best[0].block_type, best[0]) if best else []

    def _is_certain(self, unit: Unit, match: Match) -> bool:
        """Return whether a match is torch's own module of the same class, so that no other can be better."""
        return unit.module is not None and of_torch(unit.module) and match.constructor.startswith(f"nn.{type(unit.module).__name__}(")

    def _kinds(self, unit: Unit, block_type: str, first: Match | None = None) -> list[Match]:
        """Return the matches of one block type that differ in the kind of what comes out (a sequence or a series), the first one first."""
        found: list[Match] = [first] if first is not None else []
        choices = [field for field in registry()[block_type].model_fields if registry()[block_type].output_kinds is not Block.output_kinds]
        if first is not None and not choices:
            return found
        for parameters in proposals(block_type, unit.hints, MOST_PROPOSALS_ELSEWHERE):
            for match in self._try(unit, block_type, parameters):
                kinds = [spec.kind for spec in match.outputs.values()]
                if kinds not in [[spec.kind for spec in other.outputs.values()] for other in found]:
                    found.append(match)
        return found

    def _of_type(self, unit: Unit, block_type: str, most: int) -> Match | None:
        block = registry()[block_type]
        if next(wirings(block, unit.sources, unit.known), None) is None:
            return None
        for parameters in proposals(block_type, unit.hints, most):
            try:
                made = build(block_type, parameters)
            except UserError:
                continue
            for wiring in wirings(block, unit.sources, unit.known):
                inferred = _infer(made, wiring, unit)
                if inferred is None:
                    continue
                match = self._trial(unit, block_type, made, parameters, wiring, inferred)
                if match is not None:
                    return self._least(unit, match)
        return None

    def _try(self, unit: Unit, block_type: str, parameters: Mapping[str, Any]) -> list[Match]:
        """Return the match of a block with these parameters, as a list of none or one."""
        try:
            made = build(block_type, parameters)
        except UserError:
            return []
        for wiring in wirings(registry()[block_type], unit.sources, unit.known):
            inferred = _infer(made, wiring, unit)
            match = None if inferred is None else self._trial(unit, block_type, made, parameters, wiring, inferred)
            if match is not None:
                return [match]
        return []

    def _least(self, unit: Unit, match: Match) -> Match:
        """Leave out every parameter that the match does not need."""
        fields = registry()[match.block_type].model_fields
        for name in list(match.parameters):
            without = {other: value for other, value in match.parameters.items() if other != name}
            default = fields[name].default
            same = match.parameters[name] == (list(default) if isinstance(default, tuple) else default)
            for less in [match] if same else self._try(unit, match.block_type, without):
                match = replace(less, parameters=without)
        return match

    def _trial(
        self, unit: Unit, block_type: str, block: Block, parameters: Mapping[str, Any], wiring: Wiring, inferred: Inferred
    ) -> Match | None:
        ports = self._ports(unit, block, inferred)
        if ports is None:
            return None
        inputs = _inputs(block, wiring, unit)
        try:
            module = construct(block, inputs)
            call = block.module(inputs)
        except _TORCH_REFUSES:
            return None
        twin = None if unit.module is None else same_class(unit.module, module)
        if unit.module is not None and twin is not None and not settings_equal(unit.module, twin):
            return None
        state = taken_over(module, unit.weights)
        if state is None or not self._same_function(unit, block, module, wiring, ports, state):
            return None
        shapes = {} if module is None else {name: tensor.shape for name, tensor in module.state_dict().items()}
        taken = {name: tensor.detach().reshape(shapes[name]) for name, tensor in state.items()}
        constructor = "" if call is None else call.source()
        return Match(block_type, parameters, wiring, inferred.outputs, ports, taken, constructor, block.forward(inputs))

    def _ports(self, unit: Unit, block: Block, inferred: Inferred) -> tuple[str, ...] | None:
        """Return the port for each of the piece's outputs, in order."""
        shapes = {port.name: sizes(inferred.outputs[port.name].shape, self.batch) for port in block.outputs}
        ports: list[str] = []
        for value in unit.outputs:
            free = [name for name in shapes if name not in ports and shapes[name] == value.shape]
            if not free:
                return None
            ports.append(free[0])
        return tuple(ports)

    def _same_function(
        self, unit: Unit, block: Block, module: nn.Module | None, wiring: Wiring, ports: tuple[str, ...], state: Mapping[str, Tensor]
    ) -> bool:
        """Return whether block and piece give the same, and pass the same back, on the same random numbers."""
        inputs = _inputs(block, wiring, unit)
        weights = unit.noisy()
        if module is not None:
            loaded = {name: weights.get(id(tensor), tensor).reshape(module.state_dict()[name].shape) for name, tensor in state.items()}
            module.load_state_dict({name: tensor.detach().clone() for name, tensor in loaded.items()})
        for training in (True, False):
            given = unit.sample(training, shares=block.role == "loss")
            if module is not None:
                module.train(training)
            try:
                torch.manual_seed(SEED)
                theirs = unit.run(given, weights, training)
                torch.manual_seed(SEED)
                results = run_block(block, module, inputs, {port: [given[value] for value in values] for port, values in wiring})
            except _TORCH_REFUSES:
                return False
            ours = [results[port] for port in ports]
            if not agree(theirs, ours) or not agree(gradients(theirs, list(given.values())), gradients(ours, list(given.values()))):
                return False
        return True


def _infer(block: Block, wiring: Wiring, unit: Unit) -> Inferred | None:
    """Return what the block makes of what arrives, or None where it refuses it or has other weights than the piece."""
    if not _as_many_weights(block, wiring, unit):
        return None
    try:
        return infer(block, tuple((port, tuple(unit.known[value].spec for value in values)) for port, values in wiring))
    except UserError:
        return None


def _as_many_weights(block: Block, wiring: Wiring, unit: Unit) -> bool:
    """Return whether a block has as many weights as the piece: known before its shapes are, and many blocks drop out here."""
    try:
        with torch.device("meta"), torch.no_grad():
            module = construct(block, _inputs(block, wiring, unit))
    except _TORCH_REFUSES:
        return False
    mine = 0 if module is None else sum(parameter.numel() for parameter in module.parameters())
    return mine == sum(parameter.numel() for parameter in unit.parameters)


def _inputs(block: Block, wiring: Wiring, unit: Unit) -> Inputs:
    return with_own_target(block, Inputs({port: tuple(unit.known[value].spec for value in values) for port, values in wiring}))


def _likeness(name: str, block_type: str) -> float:
    """Return how alike a function or class and a block are called, from 0 to 1."""
    one, other = name.replace("_", "").lower(), block_type.replace("_", "").lower()
    return 1.0 if one == other else 0.9 * difflib.SequenceMatcher(None, one, other).ratio()
