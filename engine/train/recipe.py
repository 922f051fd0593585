"""How a network is trained: the optimizer with its settings, batches, epochs and the seed; bounds and forms come from one table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, cast, get_args

from blocks.problems import Problem, UserError
from engine.train.recipe_fields import FIELDS, RecipeField, defaults_for

OptimizerName = Literal["sgd", "adagrad", "adadelta", "rmsprop", "adam", "adamw"]
OPTIMIZERS: tuple[OptimizerName, ...] = get_args(OptimizerName)


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

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise UserError(*problems)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON with every setting."""
        return asdict(self)

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
        return cls(**{**defaults, **document})


def fields_for(optimizer: str) -> list[dict[str, Any]]:
    """Return the form of a recipe with this optimizer: for each field name, label, widget, default, bounds, help and group.

    `widget` is "choice" (with `choices`), "number", "integer", "switch" or "optional_number"; `group` is "optimizer" or "training".
    """
    return [field.to_json(optimizer) for field in FIELDS if field.serves(optimizer)]


def _problems(recipe: Recipe) -> Iterator[Problem]:
    for field in FIELDS:
        value = getattr(recipe, field.name)
        if not _allowed(field, value):
            yield _bad(field, value)
    # Torch refuses this pair; our sentence says what to do.
    if recipe.nesterov is True and recipe.momentum == 0 and recipe.optimizer == "sgd":
        yield Problem(
            code="bad_parameter",
            message="Recipe: Nesterov's momentum looks ahead along the momentum, and momentum is 0.",
            fix="Set momentum to 0.9, or switch Nesterov off.",
            parameter="momentum",
            expected="more than 0",
            received="0",
        )


def _allowed(field: RecipeField, value: Any) -> bool:
    if field.widget == "choice":
        return value in field.choices
    if field.widget == "switch":
        return isinstance(value, bool)
    if field.widget == "optional_number" and value is None:
        return True
    kinds = (int,) if field.widget == "integer" else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool) or not math.isfinite(value):
        return False
    assert field.min is not None and field.max is not None, f"{field.name} is a number without bounds"
    above = value > field.min if field.above_min else value >= field.min
    return above and (value < field.max if field.below_max else value <= field.max)


def _bad(field: RecipeField, value: Any) -> Problem:
    shown = repr(value)[:60]
    return Problem(
        code="bad_parameter",
        message=f"Recipe: {field.label.lower()} must be {field.expected}, got {shown}.",
        fix=f"Set {field.label.lower()} to {cast(Any, field.default)}."
        if field.default is not None
        else f"Leave {field.label.lower()} empty.",
        parameter=field.name,
        expected=field.expected,
        received=shown,
    )
