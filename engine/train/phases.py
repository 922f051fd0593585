"""Training in phases: which losses a few steps minimise, which parts they change, with which optimizer, before the next phase's turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from blocks.problems import Problem, UserError
from engine.train.recipe_fields import FIELDS, OPTIMIZERS, OptimizerName, RecipeField, defaults_for

MOST_PHASES = 16
LONGEST_NAME = 60
MOST_NAMED = 10_000
"""Losses or parts that one phase may name."""
LONGEST_ID = 64

STEPS = RecipeField("steps", "Steps", "integer", 1, "How many steps this phase takes before the next one has its turn.", 1, 1_000_000)


@dataclass(frozen=True)
class OptimizerSettings:
    """Hold an optimizer with its settings, as a recipe has them; those it has no use for are kept and not used."""

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

    def problems(self, where: str, place: str) -> Iterator[Problem]:
        """Yield what is out of its bounds; `where` leads the sentences, `place` the names of the parameters."""
        own = {field.name for field in fields(self)}
        for field in FIELDS:
            if field.name in own and (problem := field.problem(getattr(self, field.name), where, f"{place}.{field.name}")) is not None:
                yield problem
        yield from nesterov_problems(self.optimizer, self.nesterov, self.momentum, where, f"{place}.momentum")


@dataclass(frozen=True)
class Phase:
    """Say what a few steps do: they minimise the sum of `losses` and change the weights of `parts`, then the next phase has its turn."""

    name: str
    steps: int = 1
    losses: tuple[str, ...] = ()
    """Node ids of loss blocks; empty for all."""
    parts: tuple[str, ...] = ()
    """Node ids of the blocks whose weights are changed; empty for all."""
    optimizer: OptimizerSettings | None = None
    """None for the recipe's own settings. Each phase has an optimizer of its own in either case."""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "name": self.name,
            "steps": self.steps,
            "losses": list(self.losses),
            "parts": list(self.parts),
            "optimizer": None if self.optimizer is None else asdict(self.optimizer),
        }

    def problems(self, number: int) -> Iterator[Problem]:
        """Yield what is out of its bounds; `number` counts the phases from 0."""
        where, place = self.title(number), f"phases.{number}"
        if not isinstance(self.name, str) or not self.name.strip() or len(self.name) > LONGEST_NAME:
            message = f"{where}: the name must be text of 1 to {LONGEST_NAME} characters, got {repr(self.name)[:60]}."
            yield Problem("bad_parameter", message, f"Call it phase {number + 1}.", parameter=f"{place}.name")
        if (problem := STEPS.problem(self.steps, where, f"{place}.steps")) is not None:
            yield problem
        if self.optimizer is not None:
            yield from self.optimizer.problems(where, f"{place}.optimizer")

    def title(self, number: int) -> str:
        """Return how the phase is called in a sentence."""
        return f"Phase {self.name[:LONGEST_NAME]!r}" if isinstance(self.name, str) and self.name.strip() else f"Phase {number + 1}"


def phase_at(phases: tuple[Phase, ...], step: int) -> int:
    """Return which phase a step belongs to, counted from 0: the phases take turns, each for its own number of steps."""
    place = step % sum(phase.steps for phase in phases)
    for number, phase in enumerate(phases):
        if place < phase.steps:
            return number
        place -= phase.steps
    raise AssertionError("a step lies within the phases' turns")


def sequence_problems(phases: tuple[Phase, ...]) -> Iterator[Problem]:
    """Yield what is wrong with the phases of a recipe, apart from any network."""
    if len(phases) > MOST_PHASES:
        message = f"Recipe: there may be at most {MOST_PHASES} phases, got {len(phases)}."
        yield Problem("bad_recipe", message, "Remove some.", parameter="phases")
        return
    seen: set[str] = set()
    for number, phase in enumerate(phases):
        yield from phase.problems(number)
        if phase.name in seen:
            message = f"Recipe: two phases are called {phase.name[:LONGEST_NAME]!r}."
            yield Problem("bad_parameter", message, "Give each phase a name of its own.", parameter=f"phases.{number}.name")
        seen.add(phase.name)


def nesterov_problems(
    optimizer: str, nesterov: Any, momentum: Any, where: str = "Recipe", parameter: str = "momentum"
) -> Iterator[Problem]:
    """Yield the problem of Nesterov without momentum: torch refuses this pair; our sentence says what to do."""
    if nesterov is True and momentum == 0 and optimizer == "sgd":
        yield Problem(
            code="bad_parameter",
            message=f"{where}: Nesterov's momentum looks ahead along the momentum, and momentum is 0.",
            fix="Set momentum to 0.9, or switch Nesterov off.",
            parameter=parameter,
            expected="more than 0",
            received="0",
        )


def read_phases(raw: Any) -> tuple[Phase, ...]:
    """Read plain JSON; what is out of bounds is kept, and refused by the recipe.

    Raises:
        UserError: where it is no list of phases.
    """
    if not isinstance(raw, (list, tuple)) or len(raw) > MOST_PHASES:
        message = f"Recipe: phases must be a list of at most {MOST_PHASES} phases, got {repr(raw)[:60]}."
        raise UserError(Problem("bad_recipe", message, "Leave it out.", parameter="phases"))
    return tuple(_read_phase(phase, number) for number, phase in enumerate(raw))


def _read_phase(raw: Any, number: int) -> Phase:
    place = f"phases.{number}"
    if not isinstance(raw, Mapping) or "name" not in raw:
        message = f"Recipe: phase {number + 1} must be an object with a name, got {repr(raw)[:60]}."
        raise UserError(Problem("bad_recipe", message, 'Write it like {"name": "encoder", "steps": 1}.', parameter=place))
    _refuse_others(raw, {field.name for field in fields(Phase)}, f"Phase {number + 1}", place)
    ids = {key: _read_ids(raw.get(key, []), key, number) for key in ("losses", "parts")}
    return Phase(raw["name"], raw.get("steps", 1), **ids, optimizer=_read_optimizer(raw.get("optimizer"), number))


def _read_ids(raw: Any, key: str, number: int) -> tuple[str, ...]:
    right = isinstance(raw, (list, tuple)) and len(raw) <= MOST_NAMED
    if right and all(isinstance(id, str) and 0 < len(id) <= LONGEST_ID for id in raw):
        return tuple(dict.fromkeys(raw))
    message = f"Phase {number + 1}: {key} must be a list of blocks' ids, got {repr(raw)[:60]}."
    raise UserError(Problem("bad_recipe", message, f"Leave {key} empty for all.", parameter=f"phases.{number}.{key}"))


def _read_optimizer(raw: Any, number: int) -> OptimizerSettings | None:
    if raw is None:
        return None
    place = f"phases.{number}.optimizer"
    if not isinstance(raw, Mapping):
        message = f"Phase {number + 1}: the optimizer must be an object with named settings, got {repr(raw)[:60]}."
        raise UserError(
            Problem("bad_recipe", message, 'Write it like {"optimizer": "adam", "lr": 0.001}, or leave it out.', parameter=place)
        )
    known = {field.name for field in fields(OptimizerSettings)}
    _refuse_others(raw, known, f"Phase {number + 1}", place)
    chosen = raw.get("optimizer", "adam")
    defaults = defaults_for(chosen) if chosen in OPTIMIZERS else {}
    return OptimizerSettings(**{**{name: value for name, value in defaults.items() if name in known}, **raw})


def _refuse_others(raw: Mapping[str, Any], known: set[str], where: str, place: str) -> None:
    unknown = [str(name)[:60] for name in raw if name not in known]
    if unknown:
        message = f"{where} has no setting {unknown[0]!r}."
        fix = f"Remove it; the settings are {', '.join(sorted(known))}."
        raise UserError(Problem("unknown_parameter", message, fix, parameter=place, received=unknown[0]))
