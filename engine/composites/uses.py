"""Who uses which composite, and names that are not taken yet."""

from __future__ import annotations

from collections.abc import Iterable

from blocks.problems import Problem, UserError
from engine.graph.document import COMPOSITE, Definition, Graph


def uses_of(graph: Graph, definition: str) -> int:
    """Return how many nodes use a definition, in the network and in other definitions."""
    levels = [graph, *(other.body for other in graph.definitions.values())]
    return sum(node.type == COMPOSITE + definition for level in levels for node in level.nodes.values())


def needed_definitions(graph: Graph, types: Iterable[str]) -> dict[str, Definition]:
    """Return the definitions that nodes of these types need, each after those it uses itself."""
    found: dict[str, Definition] = {}

    def visit(type: str, stack: tuple[str, ...]) -> None:
        definition = graph.definitions.get(type[len(COMPOSITE) :]) if type.startswith(COMPOSITE) else None
        if definition is None or definition.id in found or definition.id in stack:
            return
        for node in definition.body.nodes.values():
            visit(node.type, (*stack, definition.id))
        found[definition.id] = definition

    for type in types:
        visit(type, ())
    return found


def unused(wanted: str, taken: set[str]) -> str:
    """Return a name that is not taken, and take it."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    taken.add(name)
    return name


def refused(code: str, message: str, fix: str, node: str | None = None) -> UserError:
    """Return the error for what cannot be done with a composite."""
    return UserError(Problem(code, message, fix, node))
