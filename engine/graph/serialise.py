"""Graphs and edits to JSON and back. What is read may come from anyone: it is checked, bounded, and refused in plain words."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from blocks.problems import Problem, UserError
from engine.graph import edits
from engine.graph.document import FORMAT, MARKS, VERSION, Edge, Graph, Node

LARGEST_FILE_BYTES = 32 * 1024 * 1024
MOST_NODES = 50_000
MOST_EDGES = 200_000
LONGEST_NAME = 200
LONGEST_ID = 64
_DEEPEST_VALUE = 4
_LONGEST_LIST = 64


def read_graph(document: str | bytes | Mapping[str, Any]) -> Graph:
    """Read a graph from JSON text or from plain JSON.

    Older versions are upgraded. Blocks of unknown type and wires that lead nowhere are kept, so that nothing is lost: `check` names them.

    Raises:
        UserError: for anything that is not a graph, each mistake with its place (codes "unreadable", "not_a_graph", "newer_version", "too_large").
    """
    raw = document if isinstance(document, Mapping) else _parse(document)
    if not isinstance(raw, Mapping) or raw.get("format") != FORMAT:
        raise _refused("not_a_graph", "This file is not a Gradloom network.", 'Choose a file saved by Gradloom: it says "format": "gradloom/graph".')
    version = raw.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _refused("not_a_graph", f"The network's version must be a whole number from 1, got {_short(version)}.", f'Set "version" to {VERSION}.')
    if version > VERSION:
        raise _refused(
            "newer_version", f"This network was saved by a newer Gradloom (version {version}, this one reads up to {VERSION}).", "Update Gradloom, then open it again."
        )
    return _Reader().graph(raw)


def _parse(text: str | bytes) -> Any:
    if len(text) > LARGEST_FILE_BYTES:
        raise _refused("too_large", f"The file has {len(text):,} bytes, more than {LARGEST_FILE_BYTES:,}.", "Choose a smaller network file.")

    def no_constant(name: str) -> Any:
        raise ValueError(f"{name} is not a number that JSON knows")

    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return json.loads(decoded, parse_constant=no_constant)
    except UnicodeDecodeError as error:
        raise _refused("unreadable", f"The file is not text in UTF-8 (byte {error.start}).", "Choose a network saved as JSON.") from error
    except json.JSONDecodeError as error:
        raise _refused("unreadable", f"The file is not valid JSON: {error.msg.lower()} in line {error.lineno}, column {error.colno}.", "Correct it there, or save the network again.") from error
    except (ValueError, RecursionError) as error:
        raise _refused("unreadable", "The file is not valid JSON that can be read: it is nested too deeply, or holds NaN or a number that is too long.", "Save the network again.") from error


def _refused(code: str, message: str, fix: str) -> UserError:
    return UserError(Problem(code, message, fix))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


class _Reader:
    """Read one document, collecting every mistake before refusing it."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def graph(self, raw: Mapping[str, Any]) -> Graph:
        self.no_others(raw, {"format", "version", "name", "nodes", "edges", "definitions"}, "The network")
        nodes = self.items(raw.get("nodes"), "nodes", MOST_NODES, self.node)
        edges = self.items(raw.get("edges", []), "edges", MOST_EDGES, self.edge)
        name = self.text(raw.get("name", "Untitled"), "The network's name", LONGEST_NAME)
        definitions = raw.get("definitions", {})
        if definitions != {}:
            self.wrong("definitions must be empty: this version of Gradloom has no composites.", "Update Gradloom, or unpack the composites first.")
        self.finish()
        return Graph({node.id: node for node in nodes}, {edge.id: edge for edge in edges}, name)

    def items(self, raw: Any, what: str, most: int, read: Callable[[Any, str], Any]) -> list[Any]:
        if not isinstance(raw, list):
            self.wrong(f'"{what}" must be a list, got {_short(raw)}.', "Save the network again.")
            return []
        if len(raw) > most:
            self.wrong(f"The network has {len(raw):,} {what}, more than {most:,}.", "Split it into smaller networks.", "too_large")
            return []
        found: dict[str, Any] = {}
        for index, item in enumerate(raw):
            got = read(item, f"{what}[{index}]")
            if got is None:
                continue
            if got.id in found:
                self.wrong(f"{what}[{index}] has the id {got.id!r}, which another one has already.", "Give each its own id.")
            found[got.id] = got
            if len(self.problems) > 100:
                break
        return list(found.values())

    def node(self, raw: Any, where: str) -> Node | None:
        if not self.mapping(raw, where) or not self.no_others(raw, {"id", "type", "name", "parameters", "position", *MARKS}, where):
            return None
        before = len(self.problems)
        id = self.text(raw.get("id"), f"{where}.id", LONGEST_ID, empty=False)
        type = self.text(raw.get("type"), f"{where}.type", LONGEST_ID, empty=False)
        name = self.text(raw.get("name", ""), f"{where}.name", LONGEST_NAME)
        parameters = self.parameters(raw.get("parameters", {}), f"{where}.parameters")
        position = self.position(raw.get("position", [0.0, 0.0]), f"{where}.position")
        marks = self.marks(raw, where)
        return Node(id, type, name, parameters, position, **marks) if len(self.problems) == before else None

    def edge(self, raw: Any, where: str) -> Edge | None:
        names = ["id", "source", "source_port", "target", "target_port"]
        if not self.mapping(raw, where) or not self.no_others(raw, set(names), where):
            return None
        before = len(self.problems)
        texts = [self.text(raw.get(name), f"{where}.{name}", LONGEST_ID, empty=False) for name in names]
        return Edge(*texts) if len(self.problems) == before else None

    def parameters(self, raw: Any, where: str) -> dict[str, Any]:
        if not self.mapping(raw, where):
            return {}
        for name, value in raw.items():
            self.text(name, f"{where}: the name of a parameter", LONGEST_ID, empty=False)
            if not _bounded(value, _DEEPEST_VALUE):
                self.wrong(f"{where}.{name[:LONGEST_ID]} must be a number, a word, or a short list of these, got {_short(value)}.", "Correct the value.")
        return dict(raw)

    def position(self, raw: Any, where: str) -> tuple[float, float]:
        if isinstance(raw, (list, tuple)) and len(raw) == 2 and all(_is_number(value) and abs(value) < 1e7 for value in raw):
            return float(raw[0]), float(raw[1])
        self.wrong(f"{where} must be two numbers, got {_short(raw)}.", "Set it to [0, 0].")
        return 0.0, 0.0

    def marks(self, raw: Mapping[str, Any], where: str) -> dict[str, Any]:
        marks = {mark: raw[mark] for mark in MARKS if mark in raw}
        rules: dict[str, tuple[Callable[[Any], bool], str]] = {
            "frozen": (lambda value: isinstance(value, bool), "true or false"),
            "lr_factor": (lambda value: _is_number(value) and 0 <= value <= 1e6, "a number from 0 to 1,000,000"),
            "initialisation": (lambda value: isinstance(value, str) and value in INITIALISATIONS, f"one of {', '.join(INITIALISATIONS)}"),
            "shares_weights_with": (lambda value: value is None or (isinstance(value, str) and len(value) <= LONGEST_ID), "the id of a block"),
        }
        for mark, value in marks.items():
            right, expected = rules[mark]
            if not right(value):
                self.wrong(f"{where}.{mark} must be {expected}, got {_short(value)}.", "Correct the value, or leave it out.")
        return marks

    def mapping(self, raw: Any, where: str) -> bool:
        if isinstance(raw, Mapping):
            return True
        self.wrong(f"{where} must be an object, got {_short(raw)}.", "Save the network again.")
        return False

    def no_others(self, raw: Mapping[str, Any], known: set[str], where: str) -> bool:
        others = [key for key in raw if key not in known]
        if others:
            self.wrong(f"{where} has {_short(others[0])}, which means nothing here.", f"Remove it; known are {', '.join(sorted(known))}.")
        return not others

    def text(self, raw: Any, where: str, longest: int, *, empty: bool = True) -> str:
        if isinstance(raw, str) and len(raw) <= longest and (raw or empty) and _storable(raw):
            return raw
        self.wrong(f"{where} must be text of {'at most' if empty else '1 to'} {longest} characters, got {_short(raw)}.", "Shorten or correct it.")
        return ""

    def wrong(self, message: str, fix: str, code: str = "not_a_graph") -> None:
        self.problems.append(Problem(code, message, fix))

    def finish(self) -> None:
        if self.problems:
            raise UserError(*self.problems)


INITIALISATIONS = ("default", "xavier", "he", "normal", "uniform", "orthogonal", "zeros", "ones", "constant", "inverse_sqrt")


def _storable(text: str) -> bool:
    """Return whether a database and a browser can hold it: no NUL, no lone surrogate."""
    return "\x00" not in text and not any(0xD800 <= ord(character) <= 0xDFFF for character in text)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _bounded(value: Any, depth: int) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) < 2**63
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return len(value) <= 1000 and _storable(value)
    return isinstance(value, (list, tuple)) and depth > 0 and len(value) <= _LONGEST_LIST and all(_bounded(item, depth - 1) for item in value)


def edit_to_json(edit: edits.Edit) -> dict[str, Any]:
    """Return an edit as plain JSON, the form in which the canvas and the log speak it."""
    match edit:
        case edits.AddNode(node, index):
            return {"op": "add_node", "node": node.to_json(), "index": index}
        case edits.RemoveNode(id):
            return {"op": "remove_node", "id": id}
        case edits.Connect(edge, index):
            return {"op": "connect", "edge": edge.to_json(), "index": index}
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
        case edits.Batch(parts, label):
            return {"op": "batch", "edits": [edit_to_json(part) for part in parts], "label": label}


def edit_from_json(raw: Any) -> edits.Edit:
    """Read an edit that came from a browser.

    Raises:
        UserError: where it is not one of the edits, or breaks a bound (code "bad_edit").
    """
    return _edit(raw, 3)


def _edit(raw: Any, depth: int) -> edits.Edit:
    reader = _Reader()
    edit = _EDITS[raw["op"]](reader, raw, depth) if isinstance(raw, Mapping) and isinstance(raw.get("op"), str) and raw["op"] in _EDITS else None
    if edit is None or reader.problems:
        why = f": {reader.problems[0].message}" if reader.problems else f": {_short(raw)}"
        raise UserError(Problem("bad_edit", f"The page sent a change that cannot be read{why}", "Reload the page and make the change again."))
    return edit


def _index(reader: _Reader, raw: Mapping[str, Any]) -> int | None:
    index = raw.get("index")
    if index is not None and (not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= MOST_EDGES):
        reader.wrong(f"index must be a whole number, got {_short(index)}.", "")
        return None
    return index


def _read_id(reader: _Reader, raw: Mapping[str, Any]) -> str:
    return reader.text(raw.get("id"), "id", LONGEST_ID, empty=False)


def _read_add_node(reader: _Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit | None:
    node = reader.node(raw.get("node"), "node")
    return None if node is None else edits.AddNode(node, _index(reader, raw))


def _read_connect(reader: _Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit | None:
    edge = reader.edge(raw.get("edge"), "edge")
    return None if edge is None else edits.Connect(edge, _index(reader, raw))


def _read_set_parameters(reader: _Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit:
    removed = raw.get("removed", [])
    if not isinstance(removed, list) or len(removed) > _LONGEST_LIST:
        reader.wrong(f"removed must be a list of names, got {_short(removed)}.", "")
        removed = []
    names = tuple(reader.text(name, "removed", LONGEST_ID, empty=False) for name in removed)
    return edits.SetParameters(_read_id(reader, raw), reader.parameters(raw.get("parameters", {}), "parameters"), names)


def _read_set_marks(reader: _Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit | None:
    marks = raw.get("marks")
    if not reader.mapping(marks, "marks") or marks is None or not reader.no_others(marks, set(MARKS), "marks"):
        return None
    return edits.SetMarks(_read_id(reader, raw), reader.marks(marks, "marks"))


def _read_move(reader: _Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit | None:
    positions = raw.get("positions")
    if not reader.mapping(positions, "positions") or positions is None:
        return None
    return edits.Move({reader.text(id, "id", LONGEST_ID, empty=False): reader.position(at, f"the position of {id[:LONGEST_ID]}") for id, at in positions.items()})


def _read_batch(reader: _Reader, raw: Mapping[str, Any], depth: int) -> edits.Edit | None:
    parts = raw.get("edits")
    if not isinstance(parts, list) or len(parts) > MOST_EDGES or depth == 0:
        return None
    return edits.Batch(tuple(_edit(part, depth - 1) for part in parts), reader.text(raw.get("label", ""), "label", LONGEST_NAME))


_EDITS: Mapping[str, Callable[[_Reader, Mapping[str, Any], int], edits.Edit | None]] = {
    "add_node": _read_add_node,
    "remove_node": lambda reader, raw, depth: edits.RemoveNode(_read_id(reader, raw)),
    "connect": _read_connect,
    "disconnect": lambda reader, raw, depth: edits.Disconnect(_read_id(reader, raw)),
    "set_parameters": _read_set_parameters,
    "set_marks": _read_set_marks,
    "rename_node": lambda reader, raw, depth: edits.RenameNode(_read_id(reader, raw), reader.text(raw.get("name"), "name", LONGEST_NAME)),
    "rename_graph": lambda reader, raw, depth: edits.RenameGraph(reader.text(raw.get("name"), "name", LONGEST_NAME)),
    "move": _read_move,
    "batch": _read_batch,
}
