"""What an edit of the inside of composites brings with it: wires follow a port that is renamed, and no composite comes to hold itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from app.canvas.own_blocks import PORT_TYPES, contains
from app.canvas.scope import lifted
from blocks.problems import Problem, UserError
from engine.graph import edits
from engine.graph.document import COMPOSITE, Graph, port_of
from engine.graph.edits import Edit, apply


def completed(graph: Graph, edit: Edit) -> Edit:
    """Return an edit with what must follow from it.

    Raises:
        UserError: where a composite would come to contain itself (code "recursive_composite").
    """
    for definition, type in _placed(edit, None):
        if definition is not None and contains(graph, type, definition):
            name = graph.definitions[definition].name
            message = f"'{name}' cannot contain itself: the block would hold a copy of what it stands in."
            raise UserError(Problem("recursive_composite", message, "Use another block here, or make a copy of the composite first."))
    if not isinstance(edit, edits.Within) or not isinstance(edit.edit, edits.RenameNode):
        return edit
    following = _rewired(graph, edit.definition, edit.edit)
    return edits.Batch((edit, *following), "rename port") if following else edit


def _placed(edit: Edit, definition: str | None) -> Iterator[tuple[str | None, str]]:
    """Yield every composite that an edit adds: the definition it is put into, and its type."""
    match edit:
        case edits.Batch(parts):
            for part in parts:
                yield from _placed(part, definition)
        case edits.Within(id, inner):
            yield from _placed(inner, id)
        case edits.AddNode(node) if node.type.startswith(COMPOSITE):
            yield definition, node.type


def _rewired(graph: Graph, definition: str, renaming: edits.RenameNode) -> list[Edit]:
    """Lead the wires at every use of a definition to the new name of a port."""
    known = graph.definitions.get(definition)
    node = known.body.nodes.get(renaming.id) if known is not None else None
    if known is None or node is None or node.type not in PORT_TYPES:
        return []
    old, new = port_of(node), port_of(replace(node, name=renaming.name))
    end, port = ("target", "target_port") if node.type == "entry" else ("source", "source_port")
    found: list[Edit] = []
    for level in (None, *graph.definitions):
        body = graph.level(level)
        users = {id for id, other in body.nodes.items() if other.type == known.type}
        for index, edge in enumerate(body.edges.values()):
            if getattr(edge, end) in users and getattr(edge, port) == old:
                changed = replace(edge, target_port=new) if node.type == "entry" else replace(edge, source_port=new)
                found += [lifted(edits.Disconnect(edge.id), level), lifted(edits.Connect(changed, index), level)]
    return found


def changes_nothing(graph: Graph, edit: Edit) -> bool:
    """Return whether an edit gives a block or a definition what it has already; a number is not the truth value it equals."""
    match edit:
        case edits.SetParameters(id) | edits.SetMarks(id) | edits.RenameNode(id) if id in graph.nodes:
            after, _ = apply(graph, edit)
            return json.dumps(graph.nodes[id].to_json()) == json.dumps(after.nodes[id].to_json())
        case edits.Within(id, inner) if id in graph.definitions:
            return changes_nothing(graph.level(id), inner)
        case edits.Expose(id, exposed) if id in graph.definitions:
            return repr(graph.definitions[id].parameters) == repr(exposed)
    return False
