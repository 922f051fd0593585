"""Say what a field accepts, what is wrong with a value, and which value comes nearest; all read from the field's JSON schema."""

from __future__ import annotations

import difflib
import json
import math
from typing import Any

Schema = dict[str, Any]

LONGEST_VALUE = 60
"""Longest piece of a user's value that is repeated in a message."""


def branches(schema: Schema) -> list[Schema]:
    """Return the kinds of value that a field accepts, without null."""
    return [branch for branch in schema.get("anyOf", [schema]) if branch.get("type") != "null"]


def is_optional(schema: Schema) -> bool:
    """Tell whether a field may be left empty."""
    return any(branch.get("type") == "null" for branch in schema.get("anyOf", []))


def shorten(value: Any) -> str:
    """Write a value for a message: as JSON where it can be, and never long."""
    if isinstance(value, int) and not isinstance(value, bool):
        # Beyond 10^100 a number is written by its size only; Python refuses to write 5,000 digits at all.
        return number(value) if value.bit_length() < 333 else "a number of more than 100 digits"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f"a value of type {type(value).__name__}"
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def number(value: float) -> str:
    """Write a number as a person does: 1,048,576."""
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else f"{value:g}" if isinstance(value, float) else str(value)


def expectation(schema: Schema) -> str:
    """Say everything that a field accepts: a whole number from 1 to 1024, or 2 of them."""
    parts = [_say(branch) for branch in branches(schema)]
    if is_optional(schema):
        parts.append("empty")
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def complaint(schema: Schema, value: Any) -> tuple[str, Any]:
    """Return what was expected in place of a refused value, as narrowly as can be said, and the accepted value nearest to it.

    The nearest value is the field's default where nothing is near.
    """
    for branch in branches(schema):
        kind = branch.get("type")
        if kind == "array" and isinstance(value, list):
            return _list_complaint(branch, value, schema.get("default"))
        if "enum" in branch and isinstance(value, str):
            near = difflib.get_close_matches(value[:LONGEST_VALUE], branch["enum"], 1)
            return expectation(schema), near[0] if near else schema.get("default")
        if kind in ("integer", "number") and isinstance(value, (int, float)) and not isinstance(value, bool):
            return _number_complaint(branch, value, schema.get("default"))
    return expectation(schema), schema.get("default")


def _say(branch: Schema) -> str:
    if "enum" in branch:
        return "one of " + ", ".join(f'"{choice}"' for choice in branch["enum"])
    if branch.get("type") == "boolean":
        return "true or false"
    if branch.get("type") == "array":
        least, most = branch.get("minItems", 0), branch.get("maxItems")
        count = str(least) if least == most else f"{least} to {most}"
        return f"a list of {count} whole numbers {_range(_item(branch))}"
    if branch.get("type") == "string":
        return f"text of at most {number(branch['maxLength'])} characters"
    noun = "a whole number" if branch.get("type") == "integer" else "a number"
    return f"{noun} {_range(branch)}"


def _range(branch: Schema) -> str:
    return f"from {number(branch['minimum'])} to {number(branch['maximum'])}"


def _item(branch: Schema) -> Schema:
    item: Schema = branch["prefixItems"][0] if "prefixItems" in branch else branch["items"]
    return item


def _number_complaint(branch: Schema, value: float, default: Any) -> tuple[str, Any]:
    least, most = branch["minimum"], branch["maximum"]
    if value < least:
        return f"at least {number(least)}", least
    if value > most:
        return f"at most {number(most)}", most
    # What is in range and refused is a fraction where a whole number belongs, or NaN, which is near nothing.
    return _say(branch), default if math.isnan(value) else round(value)


def _list_complaint(branch: Schema, value: list[Any], default: Any) -> tuple[str, Any]:
    item = _item(branch)
    right_length = branch.get("minItems", 0) <= len(value) <= branch.get("maxItems", len(value))
    numbers = all(isinstance(entry, (int, float)) and not isinstance(entry, bool) and entry == entry for entry in value)
    if not right_length or not numbers:
        return _say(branch), default
    return _say(branch), [round(min(max(entry, item["minimum"]), item["maximum"])) for entry in value]
