"""The blocks that a network brings itself: its composites, as the canvas lists and draws them, and what one level does not offer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from app.canvas.palette import first_sentence
from blocks.registry import registry
from engine.composites.uses import needed_definitions
from engine.graph.document import COMPOSITE, Definition, Graph, Node, port_of

ANY = ("any",)
PORT_TYPES = ("entry", "exit")


def own_blocks(graph: Graph, definition: str | None) -> dict[str, Any]:
    """Return the blocks made of a network's definitions, and which types one of its levels hides: those that could not stand there."""
    blocks = {each.type: _block(each, graph) for each in graph.definitions.values()}
    return {"blocks": blocks, "hidden": _hidden(graph, definition)}


def contains(graph: Graph, type: str, definition: str) -> bool:
    """Return whether a composite's type is a definition or uses it inside."""
    return definition in needed_definitions(graph, [type])


def _hidden(graph: Graph, definition: str | None) -> list[str]:
    if definition is None:
        return list(PORT_TYPES)
    around = [each.type for each in graph.definitions.values() if contains(graph, each.type, definition)]
    return [*_only_outside(), *around]


@cache
def _only_outside() -> tuple[str, ...]:
    return tuple(type for type, block in registry().items() if block.role in ("input", "output", "loss"))


def _block(definition: Definition, graph: Graph) -> dict[str, Any]:
    inputs = [{"name": port_of(entry), "kinds": list(_kinds_taken(entry, definition, graph, ()))} for entry in definition.entries]
    return {
        "title": definition.name,
        "category": "composite",
        "help": first_sentence(definition.help) or "A composite of this network: double-click opens it.",
        "keywords": ["composite", "own"],
        "inputs": inputs,
        "outputs": [{"name": port_of(exit), "kinds": ["any"]} for exit in definition.exits],
    }


def _kinds_taken(entry: Node, definition: Definition, graph: Graph, stack: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds of tensor that all blocks at an entry can take."""
    common: tuple[str, ...] | None = None
    for edge in definition.body.leaving(entry.id):
        node = definition.body.nodes.get(edge.target)
        kinds = ANY if node is None else _kinds_at(node, edge.target_port, graph, (*stack, definition.id))
        if "any" not in kinds:
            common = kinds if common is None else tuple(kind for kind in common if kind in kinds)
    return common or ANY


def _kinds_at(node: Node, port: str, graph: Graph, stack: tuple[str, ...]) -> tuple[str, ...]:
    if node.type.startswith(COMPOSITE):
        inner = graph.definition_of(node)
        if inner is None or inner.id in stack:
            return ANY
        named: Mapping[str, Node] = {port_of(entry): entry for entry in inner.entries}
        return _kinds_taken(named[port], inner, graph, stack) if port in named else ANY
    block = registry().get(node.type)
    found = next((each for each in block.inputs if each.name == port), None) if block is not None else None
    return tuple(found.kinds) if found is not None else ANY
