"""Take a composite apart: what it stands for in the place of the node that uses it, as one edit with its inverse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.composites.formula import FormulaError
from engine.composites.uses import refused, unused, uses_of
from engine.composites.values import repeat_of, substituted
from engine.graph.document import Definition, Edge, Graph, Node, port_of
from engine.graph.edits import AddNode, Batch, Connect, Edit, RemoveNode, Undefine, Within

MARGIN = 244
"""How far copies stand apart."""

Place = tuple[str, str]


def unpack(document: Graph, id: str, within: str | None = None) -> Edit:
    """Return the edit that puts what a composite stands for in the place of the node that uses it, one level deep, with all its copies.

    Formulas are worked out, or written with what the node gave to the composite's parameters; the definition goes where nothing else uses
    it. `within` is the definition that the node is in, None for the network itself.

    Raises:
        UserError: where the node is no composite, or cannot be written out (code "cannot_unpack").
    """
    graph = document.level(within)
    node = graph.nodes.get(id)
    definition = graph.definition_of(node) if node is not None else None
    if node is None or definition is None:
        raise refused("cannot_unpack", "This block is no composite, so there is nothing to unpack.", "Select a composite.", id)
    sharing = [other for other in graph.nodes.values() if other.shares_weights_with == id]
    if sharing or node.shares_weights_with is not None:
        raise refused("cannot_unpack", "A composite that shares weights cannot be unpacked.", "Stop sharing first.", id)
    copies, problem = repeat_of(definition, node, {})
    if problem is not None:
        raise refused("cannot_unpack", f"This composite cannot be unpacked: {problem.message}", "Set repeat to a number.", id)
    try:
        edits = _unpacking(graph, node, definition, copies)
    except FormulaError as error:
        message = f"This composite cannot be unpacked: a formula in it has no value ({error.message.rstrip('.')})."
        raise refused("cannot_unpack", message, "Correct the formula first.", id) from error
    inner: list[Edit] = [*edits] if within is None else [Within(within, edit) for edit in edits]
    if uses_of(document, definition.id) == 1:
        inner.append(Undefine(definition.id))
    return Batch(tuple(inner), f"Unpack {node.name or definition.name}")


def _unpacking(graph: Graph, node: Node, definition: Definition, copies: int) -> list[Edit]:
    given = {exposed.name: node.parameters.get(exposed.name, exposed.default) for exposed in definition.parameters}
    taken = set(graph.nodes) - {node.id}
    wires = set(graph.edges)
    edits: list[Edit] = []
    index = list(graph.nodes).index(node.id)
    width = max((inner.position[0] for inner in definition.body.nodes.values()), default=0.0) + MARGIN
    feeding = {edge.target_port: edge for edge in graph.arriving(node.id)}
    # What arrives at each entry: at first from outside, then from the copy before.
    arriving: dict[str, Place | None] = {
        port_of(entry): (feeding[port_of(entry)].source, feeding[port_of(entry)].source_port) if port_of(entry) in feeding else None
        for entry in definition.entries
    }
    leaving: dict[str, Place | None] = {}
    added: list[Node] = []
    connected: list[Edge] = []
    for number in range(copies):
        here = {**given, "copy": number, "copies": copies}
        ids = {inner.id: unused(inner.id, taken) for inner in definition.body.nodes.values() if inner.type not in ("entry", "exit")}
        for inner in definition.body.nodes.values():
            if inner.id in ids:
                added.append(
                    _placed(inner, ids, {name: substituted(value, here) for name, value in inner.parameters.items()}, node, number * width)
                )
        leaving = {}
        entry_of = {entry.id: arriving[port_of(entry)] for entry in definition.entries}
        exit_of = {exit.id: port_of(exit) for exit in definition.exits}
        for edge in definition.body.edges.values():
            source = entry_of[edge.source] if edge.source in entry_of else (ids[edge.source], edge.source_port)
            if edge.target in exit_of:
                leaving[exit_of[edge.target]] = source
            elif source is not None:
                connected.append(Edge(unused(edge.id, wires), *source, ids[edge.target], edge.target_port))
        for entry, exit in zip(definition.entries, definition.exits, strict=False):
            arriving[port_of(entry)] = leaving.get(port_of(exit))
    edits.append(RemoveNode(node.id))
    edits += [AddNode(inner, index + place) for place, inner in enumerate(added)]
    edits += [Connect(edge) for edge in connected]
    order = {edge: place for place, edge in enumerate(graph.edges)}
    for edge in sorted(graph.leaving(node.id), key=lambda edge: order[edge.id]):
        origin = leaving.get(edge.source_port)
        if origin is not None:
            before = sum(
                1 for other in graph.edges.values() if order[other.id] < order[edge.id] and node.id not in (other.source, other.target)
            )
            earlier = sum(1 for other in graph.leaving(node.id) if order[other.id] < order[edge.id])
            edits.append(Connect(replace(edge, source=origin[0], source_port=origin[1]), before + earlier))
    return edits


def _placed(inner: Node, ids: Mapping[str, str], parameters: Mapping[str, object], node: Node, aside: float) -> Node:
    position = (node.position[0] + inner.position[0] + aside, node.position[1] + inner.position[1])
    shared = inner.shares_weights_with
    return replace(
        inner,
        id=ids[inner.id],
        parameters=parameters,
        position=position,
        frozen=inner.frozen or node.frozen,
        lr_factor=inner.lr_factor * node.lr_factor,
        initialisation=inner.initialisation if inner.initialisation != "default" else node.initialisation,
        shares_weights_with=None if shared is None else ids.get(shared, shared),
    )
