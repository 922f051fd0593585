"""Draw a recorded network: go through its calls in order and place a block for each piece that one can stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor, nn

from blocks.registry import registry
from blocks.spec import Role
from engine.graph.document import Edge, Node
from engine.graph.reading import LONGEST_ID, LONGEST_NAME
from engine.importing.matching import Match, Matcher
from engine.importing.recording import Call, Op, Value, of_torch
from engine.importing.refusal import Refusal, refused
from engine.importing.replay import TooLong, called, piece
from engine.importing.trees import leaves
from engine.importing.units import Place, Unit, sideways, unit_of

MOST_TENSORS_IN_A_BLOCK = 12
"""A module of the user's own with more weights than this is no single block; it is looked into."""
MOST_NAMED = 5


@dataclass(frozen=True)
class Origin:
    """Say where in the user's file a node comes from."""

    path: str
    line: int | None


@dataclass
class Drawing:
    """Hold what has been drawn so far."""

    matcher: Matcher
    choices: Mapping[int, int] = field(default_factory=dict)
    """Which of several equal readings to take, by the number of the piece; the first where nothing is said."""
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    states: dict[str, dict[str, Tensor]] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    places: dict[Value, Place] = field(default_factory=dict)
    twin_of: dict[Value, Value] = field(default_factory=dict)
    open: dict[int, int] = field(default_factory=dict)
    """Pieces with several readings: how many, by their number."""
    tied: list[str] = field(default_factory=list)
    """Nodes that share the weights of a block of another kind, where the check lets them."""
    _lenders: dict[frozenset[int], tuple[str, str]] = field(default_factory=dict)
    _pieces: int = 0

    def enter(self, value: Value, twin: Value, place: Place) -> None:
        """Take note of what stands for a value."""
        self.places[value] = place
        self.twin_of[value] = twin

    def mark(self) -> Drawing:
        """Return a copy of what has been drawn so far, to go back to."""
        return replace(
            self,
            nodes=dict(self.nodes),
            edges=list(self.edges),
            states=dict(self.states),
            origins=dict(self.origins),
            notes=list(self.notes),
            places=dict(self.places),
        )

    def back_to(self, mark: Drawing) -> None:
        """Go back to what had been drawn."""
        self.nodes, self.edges, self.states, self.origins = mark.nodes, mark.edges, mark.states, mark.origins
        self.notes, self.places = mark.notes, mark.places

    def walk(
        self, call: Call, twin: Call, used: set[Value], items: slice = slice(None), role: Role = "layer", twins: slice | None = None
    ) -> None:
        """Draw what a call did, piece by piece."""
        ones, others = call.items[items], twin.items[items if twins is None else twins]
        if len(ones) != len(others) or any(_kind(one) != _kind(other) for one, other in zip(ones, others, strict=True)):
            raise _differs(ones, others)
        for one, other in zip(ones, others, strict=True):
            if isinstance(one, Call) and isinstance(other, Call):
                self._call(one, other, used, role)
            elif isinstance(one, Op) and isinstance(other, Op):
                self._op(one, other, call.path, used, role)

    def _call(self, call: Call, twin: Call, used: set[Value], role: Role) -> None:
        pairs = list(zip(call.outputs, twin.outputs, strict=False))
        if len(call.outputs) != len(twin.outputs):
            raise _differs([call], [twin])
        outputs = [pair for pair in pairs if pair[0].live and pair[0] not in self.places]
        if not outputs:
            return
        small = sum(1 for _ in call.module.parameters()) <= MOST_TENSORS_IN_A_BLOCK and not isinstance(call.module, nn.ModuleList)
        if (small or of_torch(call.module)) and self._place(unit_of(call, twin, outputs, self.places, self.twin_of, call.path), role):
            return
        self.walk(call, twin, used, role=role)

    def _op(self, op: Op, twin: Op, path: str, used: set[Value], role: Role) -> None:
        outputs = [
            pair for pair in zip(op.results, twin.results, strict=True) if pair[0].live and pair[0] in used and pair[0] not in self.places
        ]
        if outputs:
            self._place(unit_of(op, twin, outputs, self.places, self.twin_of, path), role)

    def _place(self, unit: Unit, role: Role) -> bool:
        """Draw the block that stands for a piece; False where there is none (yet: a longer piece may have one)."""
        own_module = unit.module is not None and of_torch(unit.module) and not isinstance(unit.module, nn.Identity)
        if not own_module and self._same(unit):
            return True
        wanted: Role = role if unit.outputs[0].shape == () else "layer"
        matches = self.matcher.find(unit, wanted)
        if not matches and own_module and self._same(unit):
            return True
        for other in () if matches else self._sideways(unit):
            unit, matches = other, self.matcher.find(other)
            if matches:
                break
        if not matches:
            return False
        self._pieces += 1
        if len(matches) > 1:
            self.open[self._pieces] = len(matches)
        match = matches[min(self.choices.get(self._pieces, 0), len(matches) - 1)]
        id = self._add(unit, match)
        for value, twin, port in zip(unit.outputs, unit.twins, match.ports, strict=True):
            self.enter(value, twin, Place(id, port, match.outputs[port]))
        return True

    def _sideways(self, unit: Unit) -> Iterator[Unit]:
        try:
            yield from sideways(unit)
        except TooLong:
            return

    def _same(self, unit: Unit) -> bool:
        if not self.matcher.is_same(unit):
            return False
        self.enter(unit.outputs[0], unit.twins[0], self.places[unit.distinct[0]])
        return True

    def _add(self, unit: Unit, match: Match) -> str:
        path = unit.path if unit.module is not None else ""
        lender, frozen = self._sharing(unit, match, path)
        owner = None if lender is None else lender[0]
        id = self.add(match.block_type, path, match.parameters, Origin(unit.path, unit.line), shares_weights_with=owner, frozen=frozen)
        if lender is None or lender[1] != match.constructor:
            self.states[id] = dict(match.state)
        if lender is not None and lender[1] != match.constructor:
            self.tied.append(id)
        elif lender is None and unit.parameters:
            self._lenders[frozenset(map(id_of, unit.parameters))] = (id, match.constructor)
        for port, values in match.wiring:
            for value in values:
                self.connect(self.places[value], id, port)
        return id

    def add(self, block_type: str, name: str, parameters: Mapping[str, Any], origin: Origin, **marks: Any) -> str:
        """Add a node and return its id."""
        id = self._free_id(name or block_type, numbered=not name)
        self.nodes[id] = Node(id, block_type, name[-LONGEST_NAME:], dict(parameters), (0.0, 0.0), **marks)
        self.origins[id] = origin
        return id

    def connect(self, place: Place, target: str, port: str) -> None:
        """Add a wire; what the data set brings needs none."""
        if place.node:
            self.edges.append(Edge(f"wire_{len(self.edges) + 1}", place.node, place.port, target, port))

    def _sharing(self, unit: Unit, match: Match, path: str) -> tuple[tuple[str, str] | None, bool]:
        """Return the node whose weights a piece uses as well, with its constructor, and whether its weights are frozen."""
        mine = frozenset(map(id_of, unit.parameters))
        if not mine:
            return None, False
        lender = self._lenders.get(mine)
        if lender is not None:
            return lender, False
        if any(mine & theirs for theirs in self._lenders):
            self.notes.append(apart(match.block_type, path))
        return None, all(not parameter.requires_grad for parameter in unit.parameters)

    def _free_id(self, wanted: str, *, numbered: bool) -> str:
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", wanted)[-(LONGEST_ID - 6) :].strip("_.") or "block"
        number = 1
        id = f"{plain}_1" if numbered else plain
        while id in self.nodes:
            number += 1
            id = f"{plain}_{number}"
        return id

    def missing(self, values: Iterable[Value]) -> Refusal:
        """Return the refusal that names the calls for which there is no block, each with its line."""
        ops, _ = piece([value for value in values if value not in self.places], self.places.keys())
        live = [op for op in ops if any(result.live for result in op.results)]
        named: dict[str, int | None] = {}
        for op in live:
            # What has a block of its name stands here only because what comes before it has none.
            first = all(source in self.places for source in op.sources() if source.live)
            if first or not is_named_like_a_block(op):
                named.setdefault(called(op), op.line)
        problems = [
            refused(
                "no_block",
                f"there is no block that does what {name} does here.",
                "Write this part with layers that the palette has, or leave it out of what is imported.",
                line=line,
            ).problems[0]
            for name, line in list(named.items())[:MOST_NAMED]
        ]
        if problems:
            return Refusal(*problems)
        return refused("no_output", "what the network returns does not depend on what comes in.", "Return the network's answer.")


def apart(block_type: str, name: str) -> str:
    """Return the note on weights that are shared in the file and not in the drawing."""
    where = f" '{name}'" if name else ""
    title = registry()[block_type].title
    return f"{title}{where} uses weights of another block of another kind; in the drawing it has a copy of its own, trained apart."


def used_values(calls: Sequence[Call | Op], results: Any) -> set[Value]:
    """Return every value that some call reads or that is returned."""
    found = {leaf for leaf in leaves(results) if isinstance(leaf, Value)}
    stack: list[Call | Op] = list(calls)
    while stack:
        item = stack.pop()
        if isinstance(item, Op):
            found.update(item.sources())
        else:
            stack += item.items
    return found


def is_named_like_a_block(op: Op) -> bool:
    """Return whether there is a block that is called like a call, or like torch's module around it."""
    name = op.name if op.inside is None else type(op.inside.module).__name__
    return name.replace("_", "").lower() in {block_type.replace("_", "") for block_type in registry()}


def id_of(parameter: Tensor) -> int:
    """Return what makes a parameter this one and no other."""
    return id(parameter)


def _kind(item: Op | Call) -> tuple[Any, ...]:
    return (Call, item.path) if isinstance(item, Call) else (Op, item.name, len(item.results))


def _differs(ones: Sequence[Op | Call], others: Sequence[Op | Call]) -> Refusal:
    pairs = list(zip(ones, others, strict=False))
    first = next((one for one, other in pairs if _kind(one) != _kind(other)), None)
    left = first or next(iter([*ones[len(pairs) :], *others[len(pairs) :]]), None)
    return refused(
        "training_differs",
        "the network does other things in training than afterwards; a drawing shows one network.",
        "Use layers that know by themselves whether they train (nn.Dropout, nn.BatchNorm2d) in place of `if self.training`.",
        line=None if left is None else left.line,
    )
