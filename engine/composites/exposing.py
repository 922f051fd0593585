"""Declare the parameters of a composite anew, as one edit: formulas inside and values at its uses follow a parameter that is renamed."""

from __future__ import annotations

import keyword
import re
from typing import Any

from blocks.problems import Problem, UserError
from engine.composites.formula import RESERVED, is_formula
from engine.composites.values import names_used
from engine.graph.document import Definition, Exposed, Graph
from engine.graph.edits import Batch, Edit, Expose, SetParameters, Within

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")


def exposed_anew(document: Graph, definition: Definition, name: str | None, changed: Exposed | None) -> Edit:
    """Return the edit that puts `changed` in the place of the parameter `name`: None for `name` adds it, None for `changed` removes it.

    Raises:
        UserError: where the name or a value cannot be, or formulas still use what is to be removed (code "bad_parameter").
    """
    others = [each for each in definition.parameters if each.name != name]
    if changed is None:
        assert name is not None, "nothing is to be changed"
        if name in names_used(definition.body.nodes.values()):
            raise _refused(f"Formulas inside '{definition.name}' use {name}.", "Write numbers there first.")
        return Expose(definition.id, tuple(others))
    _check(changed, {each.name for each in others})
    if name is None:
        return Expose(definition.id, (*definition.parameters, changed))
    expose = Expose(definition.id, tuple(changed if each.name == name else each for each in definition.parameters))
    if changed.name == name:
        return expose
    return Batch((expose, *_renamed(document, definition, name, changed.name)), "rename parameter")


def _check(exposed: Exposed, taken: set[str]) -> None:
    if not _WORD.fullmatch(exposed.name) or exposed.name in RESERVED or keyword.iskeyword(exposed.name):
        raise _refused(f"'{exposed.name[:60]}' cannot name a parameter.", "Use small letters, digits and _, and no word of formulas.")
    if exposed.name in taken:
        raise _refused(f"There is a parameter '{exposed.name}' already.", "Choose another name.")
    if not isinstance(exposed.default, (bool, int, float)):
        raise _refused(f"{exposed.name}: the default must be a number, true or false.", "Set it to 1.")
    low, high = exposed.minimum, exposed.maximum
    if low is not None and high is not None and low > high:
        raise _refused(f"{exposed.name}: the smallest value ({low:g}) is above the largest ({high:g}).", "Exchange them.")


def _renamed(document: Graph, definition: Definition, old: str, new: str) -> list[Edit]:
    edits: list[Edit] = []
    word = re.compile(rf"(?<![\w.]){re.escape(old)}(?!\w)", re.ASCII)
    for node in definition.body.nodes.values():
        written = {key: _written(value, word, new) for key, value in node.parameters.items()}
        if changed := {key: value for key, value in written.items() if value != node.parameters[key]}:
            edits.append(Within(definition.id, SetParameters(node.id, changed)))
    for level in (None, *document.definitions):
        for node in document.level(level).nodes.values():
            if node.type == definition.type and old in node.parameters:
                given = SetParameters(node.id, {new: node.parameters[old]}, (old,))
                edits.append(given if level is None else Within(level, given))
    return edits


def _written(value: Any, word: re.Pattern[str], new: str) -> Any:
    if isinstance(value, (list, tuple)):
        return [_written(item, word, new) for item in value]
    return word.sub(new, value) if is_formula(value) else value


def _refused(message: str, fix: str) -> UserError:
    return UserError(Problem("bad_parameter", message, fix))
