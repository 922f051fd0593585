"""Phases made ready to run: each with its own parameters, optimizer and losses, taking turns step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from blocks.problems import UserError
from engine.compile.network import Network
from engine.health.probes import is_probe_step
from engine.train.phase_check import phase_problems, updated_parts
from engine.train.phases import Phase, phase_at
from engine.train.preparation import make_optimizer, parts_of_module
from engine.train.recipe import Recipe
from engine.train.stepping import Stepper

Result = Tensor | tuple[Tensor, ...]
"""What a network's forward pass gives: the prediction, or the prediction and what its losses need besides."""


@dataclass
class Turn:
    """Hold one phase made ready."""

    phase: Phase
    losses: tuple[str, ...]
    parameters: list[nn.Parameter]
    stepper: Stepper
    lr: float
    adaptive: bool
    """Whether its optimizer scales each weight's step by itself (all but SGD)."""
    taken: int = 0
    """Steps that were its own so far."""
    live: list[nn.Parameter] | None = None
    """Those of its parameters that its losses reach; known after its first step."""

    def is_probe_step(self) -> bool:
        """Return whether the signal is measured at its next step: each phase counts its own, or one could always miss."""
        return is_probe_step(self.taken)

    def backward(self, terms: dict[str, Tensor]) -> Tensor:
        """Give the phase's parameters their gradients, and no others any; return what it minimises."""
        objective = total({loss: terms[loss] for loss in self.losses})
        objective.backward(inputs=self.parameters)  # type: ignore[no-untyped-call]
        if self.live is None:
            # The same at every step of the phase: the graph has no branches that depend on data.
            self.live = [parameter for parameter in self.parameters if parameter.grad is not None]
        return objective

    def gradients(self) -> list[Tensor]:
        """Return the gradients that the last `backward` gave."""
        return [cast(Tensor, parameter.grad) for parameter in self.live or ()]

    def step(self) -> None:
        """Update the phase's parameters."""
        self.stepper.step()
        self.taken += 1


class Turns:
    """Let the phases of a recipe take turns."""

    def __init__(self, module: nn.Module, network: Network, recipe: Recipe) -> None:
        """Make every phase ready.

        Raises:
            UserError: where a phase does not suit the network.
        """
        problems = [problem for problem in phase_problems(network.graph, network.report, recipe) if problem.severity == "error"]
        if problems:
            raise UserError(*problems)
        self.all = [_turn(module, network, recipe, phase) for phase in recipe.phases]
        self.terms = terms_of(network)
        self._phases = recipe.phases
        updated = {id(parameter) for turn in self.all for parameter in turn.parameters}
        self._columns = {id(parameter): column for column, parameter in enumerate(p for p in module.parameters() if id(p) in updated)}
        self._nothing = torch.full((), torch.nan, device=next(module.parameters()).device)

    def __contains__(self, parameter: nn.Parameter) -> bool:
        """Return whether some phase updates a parameter."""
        return id(parameter) in self._columns

    def at(self, step: int) -> int:
        """Return which phase a step belongs to, counted from 0."""
        return phase_at(self._phases, step)

    def by_parameter(self, turn: Turn, norms: list[Tensor]) -> list[Tensor]:
        """Return a phase's gradient norms in a row for all that some phase updates, with NaN for what this one does not."""
        row = [self._nothing] * len(self._columns)
        for parameter, norm in zip(turn.live or (), norms, strict=True):
            row[self._columns[id(parameter)]] = norm
        return row

    def unreached(self) -> set[int] | None:
        """Return the ids of the parameters that no phase's losses reach, or None while a phase has not had its turn."""
        reached: set[int] = set()
        for turn in self.all:
            if turn.live is None:
                return None
            reached |= {id(parameter) for parameter in turn.live}
        return self._columns.keys() - reached


def _turn(module: nn.Module, network: Network, recipe: Recipe, phase: Phase) -> Turn:
    built = dict(parts_of_module(module, network))
    chosen = updated_parts(network.graph, network.report, phase)
    parts = [part for path, part in built.items() if any(path == id or path.startswith(f"{id}/") for id in chosen)]
    parameters = [parameter for part in parts for parameter in part.parameters() if parameter.requires_grad]
    settings = phase.optimizer or recipe
    optimizer = make_optimizer(module, network, settings, parameters)
    return Turn(phase, phase.losses or network.losses, parameters, Stepper(optimizer), settings.lr, settings.optimizer != "sgd")


Terms = Callable[[nn.Module, Result, Tensor], dict[str, Tensor]]
"""(module, what forward gave, target) -> each loss, times its weight, by node id."""


def terms_of(network: Network) -> Terms:
    """Return the function that gives a network's losses one by one."""
    if len(network.losses) == 1:
        (only,) = network.losses
        return lambda module, outputs, target: {only: module.loss(outputs, target)}  # type: ignore[operator]
    names = network.loss_names

    def terms(module: nn.Module, outputs: Result, target: Tensor) -> dict[str, Tensor]:
        found = module.losses(outputs, target)  # type: ignore[operator]
        return {id: found[names[id]] for id in network.losses}

    return terms


def total(terms: dict[str, Tensor]) -> Tensor:
    """Return the sum of losses, from the first to the last."""
    first, *others = terms.values()
    for other in others:
        first = first + other
    return first
