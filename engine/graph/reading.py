"""Read plain JSON from anyone into nodes and edges: every value is checked and bounded, every mistake is collected with its place."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from blocks.problems import Problem, UserError
from engine.composites.formula import RESERVED
from engine.graph.document import MARKS, Definition, Edge, Exposed, Graph, Node
from engine.graph.marks import EXPECTED, is_mark

MOST_NODES = 50_000
MOST_EDGES = 200_000
MOST_DEFINITIONS = 500
LONGEST_HELP = 2000
LONGEST_NAME = 200
LONGEST_ID = 64
LONGEST_LIST = 64
DEEPEST_VALUE = 4


class Reader:
    """Read one document, collecting every mistake before refusing it."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def graph(self, raw: Mapping[str, Any]) -> Graph:
        self.no_others(raw, {"format", "version", "name", "nodes", "edges", "definitions"}, "The network")
        nodes = self.items(raw.get("nodes"), "nodes", MOST_NODES, self.node)
        edges = self.items(raw.get("edges", []), "edges", MOST_EDGES, self.edge)
        name = self.text(raw.get("name", "Untitled"), "The network's name", LONGEST_NAME)
        definitions = self.definitions(raw.get("definitions", {}))
        self.finish()
        return Graph({node.id: node for node in nodes}, {edge.id: edge for edge in edges}, name, definitions)

    def definitions(self, raw: Any) -> dict[str, Definition]:
        if not self.mapping(raw, "definitions"):
            return {}
        if len(raw) > MOST_DEFINITIONS:
            self.wrong(f"The network defines {len(raw):,} composites, more than {MOST_DEFINITIONS}.", "Remove some.", "too_large")
            return {}
        found = {id: self.definition(id, item) for id, item in raw.items()}
        return {id: definition for id, definition in found.items() if definition is not None}

    def definition(self, id: Any, raw: Any) -> Definition | None:
        before = len(self.problems)
        where = f"definitions.{short(id)}"
        if not isinstance(id, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", id):
            self.wrong(f"The id of a composite must be 1 to 60 letters, digits, _ or -, got {short(id)}.", "Rename it.")
        if not self.mapping(raw, where) or not self.no_others(raw, {"name", "help", "parameters", "nodes", "edges"}, where):
            return None
        name = self.text(raw.get("name", "Block"), f"{where}.name", LONGEST_NAME)
        help = self.text(raw.get("help", ""), f"{where}.help", LONGEST_HELP)
        exposed = self.exposed_list(raw.get("parameters", []), where)
        nodes = self.items(raw.get("nodes"), f"{where}.nodes", MOST_NODES, self.node)
        edges = self.items(raw.get("edges", []), f"{where}.edges", MOST_EDGES, self.edge)
        if len(self.problems) > before:
            return None
        body = Graph({node.id: node for node in nodes}, {edge.id: edge for edge in edges}, name)
        return Definition(id, body, exposed, help)

    def exposed_list(self, raw: Any, where: str) -> tuple[Exposed, ...]:
        if not isinstance(raw, list) or len(raw) > LONGEST_LIST:
            self.wrong(f"{where}.parameters must be a list of at most {LONGEST_LIST}, got {short(raw)}.", "Correct it.")
            return ()
        found: dict[str, Exposed] = {}
        for index, item in enumerate(raw):
            exposed = self.exposed(item, f"{where}.parameters[{index}]")
            if exposed is not None and exposed.name in found:
                self.wrong(f"{where}: two parameters are called '{exposed.name}'.", "Give each its own name.")
            elif exposed is not None:
                found[exposed.name] = exposed
        return tuple(found.values())

    def exposed(self, raw: Any, where: str) -> Exposed | None:
        known = {"name", "default", "label", "help", "minimum", "maximum"}
        if not self.mapping(raw, where) or not self.no_others(raw, known, where):
            return None
        before = len(self.problems)
        name, default = raw.get("name"), raw.get("default", 1)
        if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or name in RESERVED or keyword.iskeyword(name):
            self.wrong(
                f"{where}.name must be a word of small letters, digits and _, got {short(name)}.",
                f"Rename it; these words mean something else: {', '.join(sorted(RESERVED))}.",
            )
        if not isinstance(default, bool) and not (_is_number(default) and abs(default) < 2**53):
            self.wrong(f"{where}.default must be a number, true or false, got {short(default)}.", "Correct the value.")
        for bound in ("minimum", "maximum"):
            if raw.get(bound) is not None and not _is_number(raw[bound]):
                self.wrong(f"{where}.{bound} must be a number, got {short(raw[bound])}.", "Correct the value, or leave it out.")
        label = self.text(raw.get("label", ""), f"{where}.label", LONGEST_NAME)
        help = self.text(raw.get("help", ""), f"{where}.help", LONGEST_HELP)
        if len(self.problems) > before:
            return None
        return Exposed(str(name), default, label, help, raw.get("minimum"), raw.get("maximum"))

    def items(self, raw: Any, what: str, most: int, read: Callable[[Any, str], Any]) -> list[Any]:
        if not isinstance(raw, list):
            self.wrong(f'"{what}" must be a list, got {short(raw)}.', "Save the network again.")
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
            if not _bounded(value, DEEPEST_VALUE):
                self.wrong(
                    f"{where}.{name[:LONGEST_ID]} must be a number, a word, or a short list of these, got {short(value)}.",
                    "Correct the value.",
                )
        return dict(raw)

    def position(self, raw: Any, where: str) -> tuple[float, float]:
        if isinstance(raw, (list, tuple)) and len(raw) == 2 and all(_is_number(value) and abs(value) < 1e7 for value in raw):
            return float(raw[0]), float(raw[1])
        self.wrong(f"{where} must be two numbers, got {short(raw)}.", "Set it to [0, 0].")
        return 0.0, 0.0

    def marks(self, raw: Mapping[str, Any], where: str) -> dict[str, Any]:
        marks = {mark: raw[mark] for mark in MARKS if mark in raw}
        rules: dict[str, tuple[Callable[[Any], bool], str]] = {
            "frozen": (lambda value: isinstance(value, bool), "true or false"),
            "lr_factor": (lambda value: _is_number(value) and 0 <= value <= 1e6, "a number from 0 to 1,000,000"),
            "initialisation": (is_mark, EXPECTED),
            "shares_weights_with": (
                lambda value: value is None or (isinstance(value, str) and len(value) <= LONGEST_ID),
                "the id of a block",
            ),
            "bypassed": (lambda value: isinstance(value, bool), "true or false"),
            "collapsed": (lambda value: isinstance(value, bool), "true or false"),
        }
        for mark, value in marks.items():
            right, expected = rules[mark]
            if not right(value):
                self.wrong(f"{where}.{mark} must be {expected}, got {short(value)}.", "Correct the value, or leave it out.")
        return marks

    def mapping(self, raw: Any, where: str) -> bool:
        if isinstance(raw, Mapping):
            return True
        self.wrong(f"{where} must be an object, got {short(raw)}.", "Save the network again.")
        return False

    def no_others(self, raw: Mapping[str, Any], known: set[str], where: str) -> bool:
        others = [key for key in raw if key not in known]
        if others:
            self.wrong(f"{where} has {short(others[0])}, which means nothing here.", f"Remove it; known are {', '.join(sorted(known))}.")
        return not others

    def text(self, raw: Any, where: str, longest: int, *, empty: bool = True) -> str:
        if isinstance(raw, str) and len(raw) <= longest and (raw or empty) and _storable(raw):
            return raw
        self.wrong(
            f"{where} must be text of {'at most' if empty else '1 to'} {longest} characters, got {short(raw)}.", "Shorten or correct it."
        )
        return ""

    def wrong(self, message: str, fix: str, code: str = "not_a_graph") -> None:
        self.problems.append(Problem(code, message, fix))

    def finish(self) -> None:
        if self.problems:
            raise UserError(*self.problems)


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
    return (
        isinstance(value, (list, tuple)) and depth > 0 and len(value) <= LONGEST_LIST and all(_bounded(item, depth - 1) for item in value)
    )


def short(value: Any) -> str:
    """Return a value as a sentence may quote it: hostile input must not write the sentence."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
