"""What of a document takes part: notes are left aside, and a bypassed block is left out with its wires joined over it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cache

from blocks.problems import Problem
from blocks.registry import registry
from blocks.spec import Port
from engine.graph.document import Edge, Graph, Node, port_of

Place = tuple[str, str]
"""A node's output: (node id, port)."""


@dataclass(frozen=True)
class Flow:
    """Hold the graph that is computed, and what became of the blocks that are bypassed."""

    graph: Graph
    """The graph itself where nothing had to be left out."""
    passed: Mapping[str, tuple[str, Place]] = field(default_factory=dict)
    """For each block that was joined over: its output port, and whose output now leaves there."""
    problems: tuple[Problem, ...] = ()
    """One for each block that cannot be bypassed; it stays in the graph, so that nothing else is said about what follows it."""


def flowing(graph: Graph) -> Flow:
    """Return what of a graph takes part. Never raises for a user's mistake.

    A frame has no part in it. A bypassed block gives what arrives at its only required input as its first output; a bypassed loss is left
    out. Wires keep their ids and their order.

    Problem codes: bypass.
    """
    note_types = _note_types()
    notes = {id for id, node in graph.nodes.items() if node.type in note_types}
    bypassed = {id: node for id, node in graph.nodes.items() if node.bypassed and id not in notes}
    # A wire at a note is a mistake of whoever wrote the file; it stays, for the check to name.
    notes = {id for id in notes if not graph.arriving(id) and not graph.leaving(id)}
    if not notes and not bypassed:
        return Flow(graph)
    problems: list[Problem] = []
    through: dict[str, tuple[str, Place] | None] = {}
    for id, node in bypassed.items():
        found = _through(graph, node)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            through[id] = found
    for id in [id for id in through if _in_circle(id, through)]:
        del through[id]  # the check says that there is a circle
    gone = notes | set(through)
    nodes = {id: node for id, node in graph.nodes.items() if id not in gone}
    if not through:
        return Flow(graph.with_nodes(nodes), {}, tuple(problems))
    edges = {
        id: edge if edge.source not in through else _joined(edge, through) for id, edge in graph.edges.items() if edge.target not in gone
    }
    passed = {id: (made[0], _origin(made[1], through)) for id, made in through.items() if made is not None}
    return Flow(replace(graph, nodes=nodes, edges=edges), passed, tuple(problems))


@cache
def _note_types() -> AbstractSet[str]:
    return {type for type, block in registry().items() if block.role == "note"}


def _through(graph: Graph, node: Node) -> tuple[str, Place] | None | Problem:
    """Return the output port and what comes out of it once a node is bypassed, None for a loss, or why it cannot be."""
    if (definition := graph.definition_of(node)) is not None:
        entries = tuple(Port(port_of(entry)) for entry in definition.entries)
        return _passing(graph, node, definition.name, entries, tuple(Port(port_of(exit)) for exit in definition.exits))
    block = registry().get(node.type)
    if block is None:
        return _refusal(node, node.type, "is of an unknown type")
    if block.role == "loss" and not graph.leaving(node.id):
        return None
    if block.role != "layer" or not block.outputs:
        return _refusal(node, block.title, "is where data enters or leaves the network")
    return _passing(graph, node, block.title, block.inputs, block.outputs)


def _passing(graph: Graph, node: Node, title: str, inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> tuple[str, Place] | Problem:
    required = [port for port in inputs if not port.optional]
    if len(required) != 1:
        return _refusal(node, title, f"has {len(required)} inputs, and none of them is the only one")
    (port,), output = required, outputs[0]
    if not _same_kind(port, output):
        return _refusal(node, title, "gives another kind of tensor than it takes")
    aside = next((edge for edge in graph.leaving(node.id) if edge.source_port != output.name), None)
    if aside is not None:
        return _refusal(node, title, f"has a wire at its output '{aside.source_port[:40]}', which would have nothing to give")
    arriving = graph.arriving(node.id, port.name)
    if len(arriving) != 1:
        return _refusal(node, title, f"has {len(arriving)} wires at its input '{port.name}', and one can pass")
    return output.name, (arriving[0].source, arriving[0].source_port)


def _same_kind(port: Port, output: Port) -> bool:
    kinds = {*port.kinds, *output.kinds}
    return output.like == port.name or "any" in kinds or bool(set(port.kinds) & set(output.kinds))


def _refusal(node: Node, title: str, reason: str) -> Problem:
    called = f"{title} '{node.name}'" if node.name else title
    fix = "Switch its bypass off (Ctrl+B), or remove it."
    return Problem("bypass", f"{called} cannot be bypassed: it {reason}.", fix, node.id)


def cannot_pass(node: Node, behind: Problem) -> Problem:
    """Say on a bypassed block that what passes through it does not suit the block behind, given what is wrong there."""
    title = block.title if (block := registry().get(node.type)) is not None else "This composite"
    called = f"{title} '{node.name}'" if node.name else title
    return Problem(
        "bypass",
        f"{called} cannot be bypassed here. {behind.message}",
        "Switch its bypass off (Ctrl+B), or remove it.",
        node.id,
        expected=behind.expected,
        received=behind.received,
    )


def _in_circle(id: str, through: Mapping[str, tuple[str, Place] | None]) -> bool:
    seen = {id}
    made = through[id]
    while made is not None:
        id = made[1][0]
        if id in seen:
            return True
        seen.add(id)
        made = through.get(id)
    return False


def _origin(place: Place, through: Mapping[str, tuple[str, Place] | None]) -> Place:
    """Follow bypassed blocks back to the one that computes something."""
    while (made := through.get(place[0])) is not None:
        place = made[1]
    return place


def _joined(edge: Edge, through: Mapping[str, tuple[str, Place] | None]) -> Edge:
    source, port = _origin((edge.source, edge.source_port), through)
    return edge if source == edge.source else replace(edge, source=source, source_port=port)
