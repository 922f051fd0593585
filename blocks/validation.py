"""Make a block from its type and its parameters, or say in the user's words everything that is wrong with them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from pydantic import ValidationError

from blocks.expectation import Schema, branches, complaint, is_optional, shorten
from blocks.problems import Problem, UserError
from blocks.registry import block_class
from blocks.spec import Block, Port

LONGEST_PARAMETERS = 20_000
"""Longest JSON of a block's parameters that is looked at."""


def build(block_type: str, parameters: Mapping[str, Any]) -> Block:
    """Return the block with these parameters; the rest keep their defaults. Equal calls return the same, immutable block.

    Raises:
        UserError: with one problem for each parameter that is unknown or not accepted.
    """
    block = block_class(block_type)
    readable: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in parameters.items():
        try:
            json.dumps([name, value], allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError):
            problems.append(_refusal(block, name, value))
        else:
            readable[str(name)] = value
    text = json.dumps(readable, sort_keys=True)
    if len(text) > LONGEST_PARAMETERS:
        raise UserError(*problems, _too_long(block, len(text)))
    try:
        made = _build(block_type, text)
    except UserError as error:
        problems.extend(error.problems)
    if problems:
        raise UserError(*problems)
    return made


def json_schema(block_type: str) -> Schema:
    """Return the published JSON schema of a block's parameters."""
    block = block_class(block_type)
    return {**block.model_json_schema(), "title": block.title, "description": block.help_page()}


def describe(block_type: str) -> dict[str, Any]:
    """Return all that a form and a palette need to know about a block, as plain JSON."""
    block = block_class(block_type)
    return {
        "type": block_type,
        "title": block.title,
        "category": block.category,
        "role": block.role,
        "help": block.help_page(),
        "formula": block.formula,
        "source": block.source,
        "keywords": list(block.keywords),
        "inputs": [_describe_port(port) for port in block.inputs],
        "outputs": [_describe_port(port) for port in block.outputs],
        "fields": [_describe_field(name, schema) for name, schema in _properties(block).items()],
    }


@lru_cache(maxsize=4096)
def _build(block_type: str, text: str) -> Block:
    block = block_class(block_type)
    try:
        # JSON, because only there does strict validation take a list for a tuple.
        return block.model_validate_json(text)
    except ValidationError as error:
        raise UserError(*_problems(block, error, json.loads(text))) from error


@cache
def _properties(block: type[Block]) -> dict[str, Schema]:
    properties: dict[str, Schema] = block.model_json_schema().get("properties", {})
    return properties


def _problems(block: type[Block], error: ValidationError, parameters: dict[str, Any]) -> Iterator[Problem]:
    """Turn pydantic's errors, several for one parameter where it accepts several types, into one problem a parameter."""
    names = dict.fromkeys(
        str(detail["loc"][0]) if detail["loc"] else "" for detail in error.errors(include_url=False, include_context=False)
    )
    for name in names:
        if name:
            yield _refusal(block, name, parameters.get(name))
        else:
            yield Problem(
                "bad_parameter", f"{block.title}: the parameters hold text that cannot be read.", "Remove it, or start from a new block."
            )


def _refusal(block: type[Block], name: Any, value: Any) -> Problem:
    schema = _properties(block).get(name) if isinstance(name, str) else None
    if schema is None:
        return _unknown(block, name)
    expected, near = complaint(schema, value)
    fix = f"Leave {name} empty." if near is None else f"Set {name} to {json.dumps(near)}."
    received = shorten(value)
    return Problem(
        code="bad_parameter",
        message=f"{block.title}: {name} must be {expected}, got {received}.",
        fix=fix,
        parameter=name,
        expected=expected,
        received=received,
    )


def _unknown(block: type[Block], name: Any) -> Problem:
    known = list(_properties(block))
    written = shorten(name)
    near = difflib.get_close_matches(written.strip('"'), known, 1)
    return Problem(
        code="unknown_parameter",
        message=f"{block.title}: there is no parameter {written}.",
        fix=f"Rename it to {near[0]}, or remove it." if near else "Remove it.",
        parameter=written.strip('"'),
        expected=", ".join(known) or "no parameters",
        received=written,
    )


def _too_long(block: type[Block], length: int) -> Problem:
    return Problem(
        code="bad_parameter",
        message=f"{block.title}: the parameters may be at most {LONGEST_PARAMETERS:,} characters long, got {length:,}.",
        fix="Remove what is no parameter, or start from a new block.",
        expected=f"at most {LONGEST_PARAMETERS:,} characters",
        received=f"{length:,} characters",
    )


def _describe_port(port: Port) -> dict[str, Any]:
    return {
        "name": port.name,
        "kinds": list(port.kinds),
        "help": port.help,
        "optional": port.optional,
        "many": port.many,
        "like": port.like,
    }


def _describe_field(name: str, schema: Schema) -> dict[str, Any]:
    """Describe one field. A "size" is one whole number where `single`, or a list of `min_items` to `max_items`, or one of the choices."""
    kinds = {branch.get("type"): branch for branch in branches(schema)}
    choices = next((list(branch["enum"]) for branch in branches(schema) if "enum" in branch), None)
    items = kinds.get("array", {})
    numbers = kinds.get("integer") or kinds.get("number") or items.get("items") or next(iter(items.get("prefixItems", [])), {})
    return {
        "name": name,
        "label": schema.get("label", name.replace("_", " ").capitalize()),
        "widget": _widget(set(kinds), choices is not None),
        "default": schema.get("default"),
        "min": numbers.get("minimum"),
        "max": numbers.get("maximum"),
        "step": schema.get("step"),
        "unit": schema.get("unit"),
        "help": schema["description"],
        "choices": choices,
        "optional": is_optional(schema),
        "single": "integer" in kinds,
        "min_items": items.get("minItems"),
        "max_items": items.get("maxItems"),
    }


def _widget(kinds: set[str | None], has_choices: bool) -> str:
    """Name the widget for a field that accepts these JSON types."""
    if "array" in kinds or kinds == {"integer", "string"}:
        return "size"
    (kind,) = kinds
    if kind == "string":
        return "choice" if has_choices else "prose"
    return {"integer": "int", "number": "float", "boolean": "bool"}[str(kind)]
