"""How a network is trained: the optimizer with its settings, batches, epochs and the seed; bounds and forms come from one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from blocks.problems import Problem, UserError
from engine.train.phases import OptimizerSettings, Phase, nesterov_problems, read_phases, sequence_problems
from engine.train.recipe_fields import FIELDS, OPTIMIZERS, OptimizerName, defaults_for

__all__ = ["OPTIMIZERS", "OptimizerName", "Recipe", "fields_for"]


@dataclass(frozen=True)
class Recipe:
    """Hold everything that decides a training run besides the network and the data.

    Settings that the chosen optimizer has no use for are kept and not used, so that changing the optimizer back loses nothing.

    Raises:
        UserError: with every value that is out of its bounds.
    """

    optimizer: OptimizerName = "adam"
    lr: float = 3e-3
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    alpha: float = 0.99
    rho: float = 0.9
    lr_decay: float = 0.0
    eps: float = 1e-8
    batch_size: int = 64
    epochs: int = 10
    seed: int = 0
    gradient_clip: float | None = None
    device: str = "auto"
    phases: tuple[Phase, ...] = ()
    """What is trained in turns; empty where every step trains everything."""

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise UserError(*problems)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON with every setting; without phases as before there were any, so that its hash stays what it was."""
        document = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "phases"}
        return document | ({"phases": [phase.to_json() for phase in self.phases]} if self.phases else {})

    @property
    def optimizer_settings(self) -> OptimizerSettings:
        """Return what the optimizer is made of."""
        return OptimizerSettings(**{field.name: getattr(self, field.name) for field in fields(OptimizerSettings)})

    @classmethod
    def from_json(cls, document: Any) -> Recipe:
        """Read plain JSON; settings that are left out take the optimizer's own defaults, as the form shows them.

        Raises:
            UserError: with every unknown field and every value that is out of its bounds.
        """
        if not isinstance(document, Mapping):
            raise UserError(
                Problem("bad_recipe", "The recipe is not an object with named settings.", 'Write it like {"optimizer": "adam"}.')
            )
        names = {field.name for field in fields(cls)}
        unknown = [str(name)[:60] for name in document if name not in names]
        if unknown:
            fix = f"Remove it; the settings are {', '.join(sorted(names))}."
            raise UserError(
                *(Problem("unknown_parameter", f"The recipe has no setting {name!r}.", fix, parameter=name) for name in unknown)
            )
        optimizer = document.get("optimizer", "adam")
        defaults = defaults_for(optimizer) if optimizer in OPTIMIZERS else {}
        return cls(**{**defaults, **document, "phases": read_phases(document.get("phases", []))})


def fields_for(optimizer: str) -> list[dict[str, Any]]:
    """Return the form of a recipe with this optimizer: for each field name, label, widget, default, bounds, help and group.

    `widget` is "choice" (with `choices`), "number", "integer", "switch" or "optional_number"; `group` is "optimizer" or "training".
    """
    return [field.to_json(optimizer) for field in FIELDS if field.serves(optimizer)]


def _problems(recipe: Recipe) -> Iterator[Problem]:
    for field in FIELDS:
        if (problem := field.problem(getattr(recipe, field.name))) is not None:
            yield problem
    yield from nesterov_problems(recipe.optimizer, recipe.nesterov, recipe.momentum)
    if not isinstance(recipe.phases, tuple) or not all(isinstance(phase, Phase) for phase in recipe.phases):
        yield Problem("bad_recipe", "Recipe: phases must be a list of phases.", "Leave it out.", parameter="phases")
    else:
        yield from sequence_problems(recipe.phases)
