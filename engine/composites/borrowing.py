"""Take a composite over from another network, with the composites that it uses itself."""

from __future__ import annotations

from dataclasses import replace

from engine.composites.uses import needed_definitions, unused
from engine.graph.document import COMPOSITE, Definition, Graph, Node
from engine.graph.edits import Batch, Define, Edit


def borrowed(graph: Graph, source: Graph, id: str) -> tuple[Edit, str]:
    """Return the edit that brings a definition of another network into this one, and its id here.

    What is here already, alike in everything, is not brought again; what only has the same id gets another.
    """
    taken, ids = set(graph.definitions), dict[str, str]()
    edits: list[Edit] = []
    for each in needed_definitions(source, [COMPOSITE + id]).values():
        here = _with_types(each, ids)
        same = next((known.id for known in graph.definitions.values() if known.to_json() == here.to_json()), None)
        ids[each.id] = same or unused(each.id, taken)
        if same is None:
            edits.append(Define(replace(here, id=ids[each.id])))
    return Batch(tuple(edits), f"bring in {source.definitions[id].name}"), ids[id]


def _with_types(definition: Definition, ids: dict[str, str]) -> Definition:
    def moved(node: Node) -> Node:
        used = node.type[len(COMPOSITE) :]
        return replace(node, type=COMPOSITE + ids[used]) if node.type.startswith(COMPOSITE) and used in ids else node

    nodes = {id: moved(node) for id, node in definition.body.nodes.items()}
    return replace(definition, body=replace(definition.body, nodes=nodes))
