"""The published JSON schema of the document, with the parameters of every block."""

from __future__ import annotations

from typing import Any

from blocks.registry import registry
from blocks.validation import json_schema
from engine.composites.formula import LONGEST, RESERVED
from engine.graph.document import FORMAT, VERSION
from engine.graph.marks import LONGEST_MARK, MARK_PATTERN
from engine.graph.reading import LONGEST_HELP, LONGEST_ID, LONGEST_LIST, LONGEST_NAME, MOST_DEFINITIONS, MOST_EDGES, MOST_NODES


def graph_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12). A document that fits it can be read; whether it can be trained is for `check` to say."""
    id = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}
    edge = {name: id for name in ("id", "source", "source_port", "target", "target_port")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Gradloom network",
        "type": "object",
        "additionalProperties": False,
        "required": ["format", "version", "nodes"],
        "properties": {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            "name": {"type": "string", "maxLength": LONGEST_NAME},
            "nodes": {"type": "array", "maxItems": MOST_NODES, "items": _node(id)},
            "edges": {
                "type": "array",
                "maxItems": MOST_EDGES,
                "items": {"type": "object", "additionalProperties": False, "required": list(edge), "properties": edge},
            },
            "definitions": {
                "type": "object",
                "maxProperties": MOST_DEFINITIONS,
                "propertyNames": {"pattern": "^[A-Za-z0-9_-]{1,60}$"},
                "additionalProperties": _definition(),
            },
        },
    }


def _definition() -> dict[str, Any]:
    exposed = {
        "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$", "not": {"enum": sorted(RESERVED)}},
        "default": {"type": ["number", "boolean"]},
        "label": {"type": "string", "maxLength": LONGEST_NAME},
        "help": {"type": "string", "maxLength": LONGEST_HELP},
        "minimum": {"type": ["number", "null"]},
        "maximum": {"type": ["number", "null"]},
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["nodes"],
        "properties": {
            "name": {"type": "string", "maxLength": LONGEST_NAME},
            "help": {"type": "string", "maxLength": LONGEST_HELP},
            "parameters": {
                "type": "array",
                "maxItems": LONGEST_LIST,
                "items": {"type": "object", "additionalProperties": False, "required": ["name"], "properties": exposed},
            },
            "nodes": {"type": "array", "maxItems": MOST_NODES, "items": {"$ref": "#/properties/nodes/items"}},
            "edges": {"$ref": "#/properties/edges"},
        },
    }


_FORMULA = {"type": "string", "pattern": "^=", "maxLength": LONGEST}


def _with_formulas(parameters: dict[str, Any]) -> dict[str, Any]:
    """Let every parameter, and every number in a list of them, be a formula instead."""
    return {**parameters, "properties": {name: _or_formula(schema) for name, schema in parameters.get("properties", {}).items()}}


def _or_formula(schema: dict[str, Any]) -> dict[str, Any]:
    def within(branch: dict[str, Any]) -> dict[str, Any]:
        if "items" in branch and isinstance(branch["items"], dict):
            return {**branch, "items": {"anyOf": [branch["items"], _FORMULA]}}
        if "prefixItems" in branch:
            return {**branch, "prefixItems": [{"anyOf": [item, _FORMULA]} for item in branch["prefixItems"]]}
        return branch

    about: dict[str, Any] = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in about}
    branches = [within(branch) for branch in rest.pop("anyOf", [])] or [within(rest)]
    return {**about, "anyOf": [*branches, _FORMULA]}


def _node(id: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"if": {"properties": {"type": {"const": block}}}, "then": {"properties": {"parameters": _with_formulas(json_schema(block))}}}
        for block in registry()
    ]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "type"],
        "properties": {
            "id": id,
            "type": {**id, "examples": list(registry())},
            "name": {"type": "string", "maxLength": LONGEST_NAME},
            "parameters": {"type": "object"},
            "position": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            "frozen": {"type": "boolean"},
            "lr_factor": {"type": "number", "minimum": 0, "maximum": 1e6},
            "initialisation": {"type": "string", "maxLength": LONGEST_MARK, "pattern": MARK_PATTERN},
            "shares_weights_with": {"type": ["string", "null"], "maxLength": LONGEST_ID},
            "bypassed": {"type": "boolean"},
            "collapsed": {"type": "boolean"},
        },
        "allOf": parameters,
    }


if __name__ == "__main__":
    import json

    print(json.dumps(graph_schema(), indent=2))
