"""Graphs and edits to JSON and back. What is read may come from anyone: it is checked, bounded, and refused in plain words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from blocks.problems import Problem, UserError
from engine.graph import edits
from engine.graph.document import FORMAT, MARKS, VERSION, Graph
from engine.graph.reading import LONGEST_ID, LONGEST_LIST, LONGEST_NAME, MOST_EDGES, Reader, short

LARGEST_FILE_BYTES = 32 * 1024 * 1024
DEEPEST_EDIT = 3


def read_graph(document: str | bytes | Mapping[str, Any]) -> Graph:
    """Read a graph from JSON text or from plain JSON.

    Older versions are upgraded. Blocks of unknown type and wires that lead nowhere are kept, so that nothing is lost: `check` names them.

    Raises:
        UserError: for anything that is not a graph, each mistake with its place
            (codes "unreadable", "not_a_graph", "newer_version", "too_large").
    """
    raw = document if isinstance(document, Mapping) else _parse(document)
    if not isinstance(raw, Mapping) or raw.get("format") != FORMAT:
        raise _refused(
            "not_a_graph", "This file is not a Gradloom network.", 'Choose a file saved by Gradloom: it says "format": "gradloom/graph".'
        )
    version = raw.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _refused(
            "not_a_graph", f"The network's version must be a whole number from 1, got {short(version)}.", f'Set "version" to {VERSION}.'
        )
    if version > VERSION:
        raise _refused(
            "newer_version",
            f"This network was saved by a newer Gradloom (version {version}, this one reads up to {VERSION}).",
            "Update Gradloom, then open it again.",
        )
    return Reader().graph(raw)


def _parse(text: str | bytes) -> Any:
    if len(text) > LARGEST_FILE_BYTES:
        raise _refused(
            "too_large", f"The file has {len(text):,} bytes, more than {LARGEST_FILE_BYTES:,}.", "Choose a smaller network file."
        )

    def no_constant(name: str) -> Any:
        raise ValueError(f"{name} is not a number that JSON knows")

    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return json.loads(decoded, parse_constant=no_constant)
    except UnicodeDecodeError as error:
        raise _refused("unreadable", f"The file is not text in UTF-8 (byte {error.start}).", "Choose a network saved as JSON.") from error
    except json.JSONDecodeError as error:
        raise _refused(
            "unreadable",
            f"The file is not valid JSON: {error.msg.lower()} in line {error.lineno}, column {error.colno}.",
            "Correct it there, or save the network again.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _refused(
            "unreadable",
            "The file is not valid JSON that can be read: it is nested too deeply, or holds NaN or a number that is too long.",
            "Save the network again.",
        ) from error


def _refused(code: str, message: str, fix: str) -> UserError:
    return UserError(Problem(code, message, fix))


def edit_to_json(edit: edits.Edit) -> dict[str, Any]:
    """Return an edit as plain JSON, the form in which the canvas and the log speak it."""
    match edit:
        case edits.AddNode(node, index):
            return {"op": "add_node", "node": node.to_json(), "index": index}
        case edits.RemoveNode(id):
            return {"op": "remove_node", "id": id}
        case edits.Connect(edge, index, dangling):
            return {"op": "connect", "edge": edge.to_json(), "index": index} | ({"dangling": True} if dangling else {})
        case edits.Disconnect(id):
            return {"op": "disconnect", "id": id}
        case edits.SetParameters(id, parameters, removed):
            return {"op": "set_parameters", "id": id, "parameters": dict(parameters), "removed": list(removed)}
        case edits.SetMarks(id, marks):
            return {"op": "set_marks", "id": id, "marks": dict(marks)}
        case edits.RenameNode(id, name):
            return {"op": "rename_node", "id": id, "name": name}
        case edits.RenameGraph(name):
            return {"op": "rename_graph", "name": name}
        case edits.Move(positions):
            return {"op": "move", "positions": {id: list(position) for id, position in positions.items()}}
        case edits.Define(definition):
            return {"op": "define", "id": definition.id, "definition": definition.to_json()}
        case edits.Undefine(id):
            return {"op": "undefine", "id": id}
        case edits.Expose(id, exposed):
            return {"op": "expose", "id": id, "parameters": [parameter.to_json() for parameter in exposed]}
        case edits.Within(id, inner):
            return {"op": "within", "id": id, "edit": edit_to_json(inner)}
        case edits.Batch(parts, label):
            return {"op": "batch", "edits": [edit_to_json(part) for part in parts], "label": label}


def edit_from_json(raw: Any) -> edits.Edit:
    """Read an edit that came from a browser.

    Raises:
        UserError: where it is not one of the edits, or breaks a bound (code "bad_edit").
    """
    return _edit(raw, DEEPEST_EDIT)


def _edit(raw: Any, depth: int) -> edits.Edit:
    reader = Reader()
    edit = (
        _EDITS[raw["op"]](reader, raw, depth)
        if isinstance(raw, Mapping) and isinstance(raw.get("op"), str) and raw["op"] in _EDITS
        else None
    )
    if edit is None or reader.problems:
        why = f": {reader.problems[0].message}" if reader.problems else f": {short(raw)}"
        raise UserError(
            Problem("bad_edit", f"The page sent a change that cannot be read{why}", "Reload the page and make the change again.")
        )
    return edit


def _index(reader: Reader, raw: Mapping[str, Any]) -> int | None:
    index = raw.get("index")
    if index is not None and (not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= MOST_EDGES):
        reader.wrong(f"index must be a whole number, got {short(index)}.", "")
        return None
    return index


def _read_id(reader: Reader, raw: Mapping[str, Any]) -> str:
    return reader.text(raw.get("id"), "id", LONGEST_ID, empty=False)


def _read_add_node(reader: Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit | None:
    node = reader.node(raw.get("node"), "node")
    return None if node is None else edits.AddNode(node, _index(reader, raw))


def _read_connect(reader: Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit | None:
    edge = reader.edge(raw.get("edge"), "edge")
    return None if edge is None else edits.Connect(edge, _index(reader, raw), raw.get("dangling") is True)


def _read_set_parameters(reader: Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit:
    removed = raw.get("removed", [])
    if not isinstance(removed, list) or len(removed) > LONGEST_LIST:
        reader.wrong(f"removed must be a list of names, got {short(removed)}.", "")
        removed = []
    names = tuple(reader.text(name, "removed", LONGEST_ID, empty=False) for name in removed)
    return edits.SetParameters(_read_id(reader, raw), reader.parameters(raw.get("parameters", {}), "parameters"), names)


def _read_set_marks(reader: Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit | None:
    marks = raw.get("marks")
    if not reader.mapping(marks, "marks") or marks is None or not reader.no_others(marks, set(MARKS), "marks"):
        return None
    return edits.SetMarks(_read_id(reader, raw), reader.marks(marks, "marks"))


def _read_move(reader: Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit | None:
    positions = raw.get("positions")
    if not reader.mapping(positions, "positions") or positions is None:
        return None
    return edits.Move(
        {
            reader.text(id, "id", LONGEST_ID, empty=False): reader.position(at, f"the position of {id[:LONGEST_ID]}")
            for id, at in positions.items()
        }
    )


def _read_batch(reader: Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit | None:
    parts = raw.get("edits")
    if not isinstance(parts, list) or len(parts) > MOST_EDGES or depth == 0:
        return None
    return edits.Batch(tuple(_edit(part, depth - 1) for part in parts), reader.text(raw.get("label", ""), "label", LONGEST_NAME))


def _read_define(reader: Reader, raw: Mapping[str, Any]) -> edits.Edit | None:
    definition = reader.definition(raw.get("id"), raw.get("definition"))
    return None if definition is None else edits.Define(definition)


_EDITS: Mapping[str, Callable[[Reader, Mapping[str, Any], int], edits.Edit | None]] = {
    "add_node": _read_add_node,
    "remove_node": lambda reader, raw, depth: edits.RemoveNode(_read_id(reader, raw)),
    "connect": _read_connect,
    "disconnect": lambda reader, raw, depth: edits.Disconnect(_read_id(reader, raw)),
    "set_parameters": _read_set_parameters,
    "set_marks": _read_set_marks,
    "rename_node": lambda reader, raw, depth: edits.RenameNode(_read_id(reader, raw), reader.text(raw.get("name"), "name", LONGEST_NAME)),
    "rename_graph": lambda reader, raw, depth: edits.RenameGraph(reader.text(raw.get("name"), "name", LONGEST_NAME)),
    "move": _read_move,
    "define": lambda reader, raw, depth: _read_define(reader, raw),
    "undefine": lambda reader, raw, depth: edits.Undefine(_read_id(reader, raw)),
    "expose": lambda reader, raw, depth: edits.Expose(_read_id(reader, raw), reader.exposed_list(raw.get("parameters"), "expose")),
    "within": lambda reader, raw, depth: edits.Within(_read_id(reader, raw), _edit(raw.get("edit"), depth - 1)) if depth else None,
    "batch": _read_batch,
}
