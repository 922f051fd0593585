"""Turn what is set at a node into values: formulas worked out, exposed parameters held to their bounds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from blocks.problems import Problem
from engine.composites.formula import FormulaError, Number, Values, evaluate, is_formula, names_in
from engine.graph.document import REPEAT, Definition, Exposed, Node

MOST_COPIES = 1000


def resolved(parameters: Mapping[str, Any], values: Values) -> tuple[Mapping[str, Any], list[Problem]]:
    """Return parameters with every formula worked out, and what is wrong with the formulas."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in parameters.items():
        try:
            found[name] = _resolved(value, values)
        except FormulaError as error:
            problems.append(_bad_formula(name, error, value))
    return (found if problems or found != parameters else parameters), problems


def _resolved(value: Any, values: Values) -> Any:
    if is_formula(value):
        return _plain(evaluate(value, values))
    if isinstance(value, (list, tuple)):
        return [_resolved(item, values) for item in value]
    return value


def names_used(nodes: Iterable[Node]) -> set[str]:
    """Return the names that the formulas of nodes use."""
    found: set[str] = set()
    for node in nodes:
        for value in node.parameters.values():
            for item in value if isinstance(value, (list, tuple)) else [value]:
                found |= names_in(item) if is_formula(item) else set()
    return found


def substituted(value: Any, given: Mapping[str, Any]) -> Any:
    """Return a parameter's value with names replaced by what they stand for: numbers, or formulas of the level above."""
    if isinstance(value, (list, tuple)):
        return [substituted(item, given) for item in value]
    if not is_formula(value):
        return value

    def written(match: re.Match[str]) -> str:
        name = match.group()
        if name not in given:
            return name
        return f"({given[name][1:].strip()})" if is_formula(given[name]) else str(given[name]).lower()

    formula = _NAME.sub(written, value)
    return formula if names_in(formula) else _resolved(formula, {})


_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*", re.ASCII)


def _plain(number: Number) -> Number:
    """Return a whole number as one, whatever it was computed from: 64 * 0.5 is 32 channels."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _bad_formula(parameter: str, error: FormulaError, value: Any) -> Problem:
    formula = value if isinstance(value, str) else next((item for item in value if is_formula(item)), str(value))
    message = f"{parameter}: {error.sentence(formula)}"
    return Problem("bad_formula", message, "Correct the formula, or write a number.", parameter=parameter, received=str(formula)[:200])


def exposed_values(definition: Definition, node: Node, values: Values) -> tuple[dict[str, Number], list[Problem]]:
    """Return the value of each exposed parameter at a node that uses a definition, within its bounds."""
    given, problems = resolved({name: value for name, value in node.parameters.items() if name != REPEAT}, values)
    known = {exposed.name: exposed for exposed in definition.parameters}
    for name in given:
        if name not in known:
            names = ", ".join(known) or "none"
            message = f"The composite '{definition.name}' has no parameter '{name[:60]}', its parameters are: {names}."
            problems.append(Problem("unknown_parameter", message, "Remove it.", parameter=name))
    found = {name: given.get(name, exposed.default) for name, exposed in known.items()}
    bad = {problem.parameter for problem in problems}
    for name, exposed in known.items():
        if name not in bad and (expected := _expected(exposed, found[name])):
            message = f"{definition.name}: {name} must be {expected}, got {str(found[name])[:60]}."
            fix = f"Set it to {exposed.default}."
            problems.append(Problem("bad_parameter", message, fix, None, None, name, expected, str(found[name])[:60]))
    return found, problems


def _expected(exposed: Exposed, value: Any) -> str | None:
    """Say what is expected where a value is not allowed."""
    if isinstance(exposed.default, bool):
        return None if isinstance(value, bool) else "true or false"
    low = -math.inf if exposed.minimum is None else exposed.minimum
    high = math.inf if exposed.maximum is None else exposed.maximum
    whole = isinstance(exposed.default, int)
    right = isinstance(value, int) if whole else isinstance(value, (int, float))
    if right and not isinstance(value, bool) and low <= value <= high:
        return None
    kind = "a whole number" if whole else "a number"
    if exposed.minimum is not None and exposed.maximum is not None:
        return f"{kind} from {exposed.minimum:g} to {exposed.maximum:g}"
    if exposed.minimum is not None:
        return f"{kind} of at least {exposed.minimum:g}"
    return f"{kind} of at most {exposed.maximum:g}" if exposed.maximum is not None else kind


def repeat_of(definition: Definition, node: Node, values: Values) -> tuple[int, Problem | None]:
    """Return how many copies of a composite follow each other."""
    found, problems = resolved({REPEAT: node.parameters.get(REPEAT, 1)}, values)
    if problems:
        return 1, problems[0]
    count = found[REPEAT]
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_COPIES:
        expected = f"a whole number from 1 to {MOST_COPIES:,}"
        message = f"{definition.name}: repeat must be {expected}, got {str(count)[:60]}."
        return 1, Problem("bad_parameter", message, "Set it to 1.", None, None, REPEAT, expected, str(count)[:60])
    if count > 1 and not definition.entries:
        message = f"The composite '{definition.name}' has no entry, so that copies of it cannot follow each other."
        return 1, Problem("bad_parameter", message, "Set repeat to 1, or add an Entry to it.", None, None, REPEAT)
    return count, None
