"""Decide which class each copy of a composite is an object of, and with which arguments: copies written alike share a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from blocks.spec import Call
from engine.compile.level import Composite, Item, Level, Levels
from engine.compile.names import Names, class_name
from engine.compile.symbols import Symbols
from engine.graph.document import Graph

LEAST_PROGRESSION = 3
"""Fewer copies whose arguments grow are listed: two numbers always grow evenly."""


@dataclass(frozen=True)
class Segment:
    """Copies in a row, of one class, whose arguments stay or grow evenly."""

    class_name: str
    count: int
    arguments: tuple[tuple[str, Any, Any], ...]
    """(name, value in the first copy, growth from copy to copy); growth 0 for what stays."""

    @property
    def grows(self) -> bool:
        return any(step for _, _, step in self.arguments)


@dataclass
class Written:
    """A class of the source: the level that it is written from, one of each of its uses, and its arguments."""

    name: str
    level: Level
    uses: list[Level]
    segments: list[dict[str, list[Segment]]]
    """For each use: the segments of each composite in it, by node."""
    symbols: Symbols

    def arguments(self, use: int) -> dict[str, Any]:
        """Return the constructor's arguments of one use."""
        return {name: values[use] for name, values in self.symbols.arguments.items()}


class Classes:
    """Write out which classes a network needs, the innermost first."""

    def __init__(self, levels: Levels, graph: Graph, top: Level, taken: Sequence[str]) -> None:
        self.levels = levels
        self.names = Names(taken)
        self.written: list[Written] = []
        self._class_of: dict[str, tuple[Written, int]] = {}
        self._taken = tuple(taken)
        used = _definitions_in_order(top, levels)
        for id in used:
            self._define(id)
        self.top = Written("", top, [top], [self._segments_of(top)], Symbols({}))
        for item in top.items:
            constructor_text(self.top, item)

    def _define(self, id: str) -> None:
        expanded = self.levels.expanded
        assert expanded is not None, "a composite was written out"
        places = [path for path, place in expanded.places.items() if place.definition is not None and place.definition.id == id]
        groups: dict[Any, list[tuple[Level, dict[str, list[Segment]]]]] = {}
        for path in places:
            level = self.levels.level(path, self._taken)
            segments = self._segments_of(level)
            groups.setdefault(_skeleton(level, segments), []).append((level, segments))
        for members in groups.values():
            uses = [level for level, _ in members]
            definition = uses[0].definition
            assert definition is not None, f"{uses[0].path} is a copy of a composite"
            values = {
                name: [expanded.places[use.path].values[name] for use in uses] for name in (each.name for each in definition.parameters)
            }
            written = Written(self._name(definition.name), uses[0], uses, [segments for _, segments in members], Symbols(values))
            for item in written.level.items:
                constructor_text(written, item)
            self.written.append(written)
            for number, use in enumerate(uses):
                self._class_of[use.path] = (written, number)

    def _name(self, name: str) -> str:
        wanted = class_name(name)
        return self.names.give("Block" if wanted == "Network" else wanted)

    def _segments_of(self, level: Level) -> dict[str, list[Segment]]:
        return {item.id: self._segments(item.copies) for item in level.items if isinstance(item, Composite)}

    def _segments(self, copies: Sequence[str]) -> list[Segment]:
        """Divide copies into runs of one class whose arguments stay, or grow evenly."""
        made = []
        for path in copies:
            written, use = self._class_of[path]
            made.append((written.name, written.arguments(use)))
        found: list[Segment] = []
        place = 0
        while place < len(made):
            count = _run(made, place, grows=False)
            if count == 1 and (growing := _run(made, place, grows=True)) >= LEAST_PROGRESSION:
                count = growing
            name, first = made[place]
            second = made[place + 1][1] if count > 1 else first
            arguments = tuple((key, value, _growth(value, second[key])) for key, value in first.items())
            found.append(Segment(name, count, arguments))
            place += count
        return found


def _definitions_in_order(top: Level, levels: Levels) -> list[str]:
    """Return the definitions that are used, each after those that it uses."""
    order: dict[str, None] = {}

    def visit(level: Level) -> None:
        for item in level.items:
            if isinstance(item, Composite):
                if item.definition.id not in order:
                    visit(levels.level(item.copies[0]))
                order.setdefault(item.definition.id)

    visit(top)
    return list(order)


def _run(made: Sequence[tuple[str, dict[str, Any]]], start: int, *, grows: bool) -> int:
    """Return how many copies from a place on are of one class and follow the first two."""
    name, first = made[start]
    if start + 1 == len(made) or made[start + 1][0] != name:
        return 1
    steps = {key: _growth(value, made[start + 1][1][key]) for key, value in first.items()}
    if any(step is None or (step and not grows) for step in steps.values()):
        return 1
    end = start + 1
    while end < len(made) and made[end][0] == name:
        expected = {key: value + steps[key] * (end - start) if steps[key] else value for key, value in first.items()}
        if any(made[end][1][key] != value or type(made[end][1][key]) is not type(value) for key, value in expected.items()):
            break
        end += 1
    return end - start


def _growth(first: Any, second: Any) -> Any:
    """Return what is added from one copy to the next; None where that is no number."""
    if type(first) is type(second) and first == second:
        return 0
    return second - first if type(first) is int and type(second) is int else None


def _skeleton(level: Level, segments: dict[str, list[Segment]]) -> Any:
    """Return all that is written alike in every use of a class: everything but the literals."""
    constructors = []
    for item in level.items:
        if item.id not in level.attributes:
            continue
        if isinstance(item, Composite):
            shape: Any = tuple(
                (one.class_name, one.count > 1, tuple((name, bool(step)) for name, _, step in one.arguments)) for one in segments[item.id]
            )
        else:
            assert item.made is not None, f"{item.id} owns a module"
            shape = (item.made.callee, len(item.made.args), tuple(item.made.kwargs))
        constructors.append((item.id, shape))
    forward = tuple(level.written(item) for item in level.items)
    beginnings = tuple((id, tuple(lines)) for id, lines in level.beginnings.items())
    return tuple(constructors), forward, beginnings, tuple(level.ties.items())


def constructor_text(written: Written, item: Item) -> str | None:
    """Return the expression that makes a node's module, None where it owns none."""
    if item.id not in written.level.attributes:
        return None
    if isinstance(item, Composite):
        return _composite_text(written, item)
    calls = [_call_of(use, item.id) for use in written.uses]
    return _call_text(written.symbols, calls)


def _call_of(level: Level, id: str) -> Call:
    item = next(item for item in level.items if item.id == id)
    assert not isinstance(item, Composite) and item.made is not None, f"{id} owns a module"
    return item.made


def _call_text(symbols: Symbols, calls: Sequence[Call]) -> str:
    first = calls[0]
    names = first.argument_names()
    arguments = [symbols.write(names[place], [one.args[place] for one in calls]) for place in range(len(first.args))]
    for name in first.kwargs:
        if not all(one.is_default(name, one.kwargs[name]) for one in calls):
            arguments.append(f"{name}={symbols.write(name, [one.kwargs[name] for one in calls])}")
    return f"{first.callee}({', '.join(arguments)})"


def _composite_text(written: Written, item: Composite) -> str:
    """Write a composite: one object, or a container of its copies."""
    of_use = [segments[item.id] for segments in written.segments]
    parts = []
    for place, segment in enumerate(of_use[0]):
        each = [segments[place] for segments in of_use]
        arguments = []
        for number, (name, _, _) in enumerate(segment.arguments):
            text = written.symbols.write(name, [one.arguments[number][1] for one in each])
            if segment.arguments[number][2]:
                step = written.symbols.write(f"{name}_step", [one.arguments[number][2] for one in each])
                text = f"{text} + {step} * i"
            arguments.append(text if number == 0 else f"{name}={text}")
        made = f"{segment.class_name}({', '.join(arguments)})"
        if segment.count > 1:
            count = written.symbols.write(f"num_{written.level.attributes[item.id]}", [one.count for one in each])
            made = f"*({made} for {'i' if segment.grows else '_'} in range({count}))"
        parts.append(made)
    if not item.in_a_row:
        return parts[0]
    if item.is_sequence:
        return f"nn.Sequential({', '.join(parts)})"
    if len(parts) == 1 and parts[0].startswith("*("):
        return f"nn.ModuleList({parts[0][2:-1]})"
    return f"nn.ModuleList([{', '.join(parts)}])"
