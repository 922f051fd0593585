"""Read plain JSON from anyone into nodes and edges: every value is checked and bounded, every mistake is collected with its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from blocks.problems import Problem, UserError
from engine.graph.document import MARKS, Edge, Graph, Node
from engine.graph.marks import EXPECTED, is_mark

MOST_NODES = 50_000
MOST_EDGES = 200_000
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
        definitions = raw.get("definitions", {})
        if definitions != {}:
            self.wrong(
                "definitions must be empty: this version of Gradloom has no composites.", "Update Gradloom, or unpack the composites first."
            )
        self.finish()
        return Graph({node.id: node for node in nodes}, {edge.id: edge for edge in edges}, name)

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
