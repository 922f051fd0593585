"""Make a composite of some blocks, as one edit with its inverse."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from blocks.registry import registry
from engine.composites.unpacking import unpack
from engine.composites.uses import refused, unused
from engine.composites.values import names_used
from engine.graph.document import Definition, Edge, Exposed, Graph, Node, port_of
from engine.graph.edits import AddNode, Batch, Connect, Define, Edit, RemoveNode, Within

__all__ = ["group", "unpack"]

MARGIN = 244
"""How far from the others the ports of a new composite stand."""

Place = tuple[str, str]


def group(document: Graph, ids: Collection[str], name: str | None = None, within: str | None = None) -> Edit:
    """Return the edit that puts nodes into a composite of their own and a node that uses it in their place.

    Every wire that crosses the border becomes a port: one entry for each output that comes in, one exit for each that leaves. `within` is
    the definition that the nodes are in, None for the network itself; its parameters that the nodes use become the new one's as well.

    Raises:
        UserError: where the nodes cannot be one block (code "cannot_group").
    """
    graph = document.level(within)
    inside = [node for node in graph.nodes.values() if node.id in ids]
    if not inside:
        raise refused("cannot_group", "Nothing is selected that could become a block.", "Select some blocks first.")
    for node in inside:
        block = registry().get(node.type)
        if node.type in ("entry", "exit") or (block is not None and block.role in ("input", "output", "loss")):
            title = node.name or (block.title if block is not None else node.type)
            message = f"'{title}' cannot become part of a composite: data, answers, losses and ports stay outside."
            raise refused("cannot_group", message, "Leave it out of the selection.", node.id)
    chosen = {node.id for node in inside}
    if between := _between(graph, chosen):
        title = graph.nodes[between].name or between
        message = f"The selection cannot become one block: a way leads out of it, through '{title}', and back in."
        raise refused("cannot_group", message, f"Select '{title}' as well.", between)
    for node in graph.nodes.values():
        other = node.shares_weights_with
        if other is not None and (node.id in chosen) != (other in chosen):
            message = f"'{node.name or node.id}' shares the weights of a block on the other side of the border."
            raise refused("cannot_group", message, "Select both, or stop sharing.", node.id)
    used = names_used(inside)
    if used & {"copy", "copies"}:
        message = "A formula in the selection counts the copies of this composite, which a block of its own cannot."
        raise refused("cannot_group", message, "Leave that block out, or write a number.")
    outer = document.definitions[within].parameters if within is not None else ()
    exposed = tuple(parameter for parameter in outer if parameter.name in used)
    define, edits = _grouping(graph, inside, chosen, name or "Block", exposed)
    inner = edits if within is None else [Within(within, edit) for edit in edits]
    return Batch((define, *inner), f"Make a block of {len(inside)}")


def _grouping(graph: Graph, inside: list[Node], chosen: set[str], name: str, exposed: tuple[Exposed, ...]) -> tuple[Define, list[Edit]]:
    coming = [edge for edge in graph.edges.values() if edge.target in chosen and edge.source not in chosen]
    leaving = [edge for edge in graph.edges.values() if edge.source in chosen and edge.target not in chosen]
    entries = dict.fromkeys((edge.source, edge.source_port) for edge in coming)
    exits = dict.fromkeys((edge.source, edge.source_port) for edge in leaving)
    if not exits:
        raise refused("cannot_group", "Nothing leaves the selection, so that the block would give nothing.", "Connect its last block.")
    left, top = min(node.position[0] for node in inside), min(node.position[1] for node in inside)
    right = max(node.position[0] for node in inside)
    taken = {node.id for node in inside}
    ports: dict[tuple[bool, Place], Node] = {}
    for is_entry, places in ((True, entries), (False, exits)):
        names: set[str] = set()
        for number, place in enumerate(places):
            port = unused(_port_name(graph, place, is_entry, len(places)), names)
            id = unused(port if port not in taken else f"port_{port}", taken)
            x = left - MARGIN if is_entry else right + MARGIN
            ports[is_entry, place] = Node(id, "entry" if is_entry else "exit", port, {}, (x, top + 100.0 * number))
    body_edges: dict[str, Edge] = {}
    for edge in graph.edges.values():
        if edge.target not in chosen:
            continue
        if edge.source not in chosen:
            edge = replace(edge, source=ports[True, (edge.source, edge.source_port)].id, source_port="y")
        body_edges[edge.id] = edge
    for number, (source, port) in enumerate(exits):
        id = unused(f"exit_{number + 1}", set(body_edges))
        body_edges[id] = Edge(id, source, port, ports[False, (source, port)].id, "x")
    nodes = (
        [node for (is_entry, _), node in ports.items() if is_entry]
        + inside
        + [node for (is_entry, _), node in ports.items() if not is_entry]
    )
    definition = Definition(
        unused(_slug(name), set(graph.definitions)), Graph({node.id: node for node in nodes}, body_edges, name), exposed
    )
    id = unused(definition.id, set(graph.nodes) - chosen)
    middle = (sum(node.position[0] for node in inside) / len(inside), sum(node.position[1] for node in inside) / len(inside))
    edits: list[Edit] = []
    first = min(list(graph.nodes).index(node.id) for node in inside)
    edits += [RemoveNode(node.id) for node in inside]
    edits.append(AddNode(Node(id, definition.type, "", {each.name: f"={each.name}" for each in exposed}, middle), first))
    order = {edge: place for place, edge in enumerate(graph.edges)}
    outer: list[tuple[int, Edge]] = []
    seen: set[Place] = set()
    for edge in coming:
        place = (edge.source, edge.source_port)
        if place not in seen:
            outer.append((order[edge.id], replace(edge, target=id, target_port=port_of(ports[True, place]))))
            seen.add(place)
    for edge in leaving:
        port = port_of(ports[False, (edge.source, edge.source_port)])
        outer.append((order[edge.id], replace(edge, source=id, source_port=port)))
    # In ascending order each wire finds its old place among those that stayed.
    stayed = [edge for edge in graph.edges.values() if edge.source not in chosen and edge.target not in chosen]
    kept = sorted([*((order[edge.id], edge) for edge in stayed), *outer], key=lambda item: item[0])
    edits += [Connect(edge, index) for index, (_, edge) in enumerate(kept) if edge.id not in {other.id for other in stayed}]
    return Define(definition), edits


def _between(graph: Graph, chosen: set[str]) -> str | None:
    """Return a node outside that lies on a way from the chosen nodes back to them, None where there is none."""
    after = [edge.target for id in chosen for edge in graph.leaving(id) if edge.target not in chosen]
    ahead = [edge.source for id in chosen for edge in graph.arriving(id) if edge.source not in chosen]
    behind = _reachable(after, graph.leaving, "target", chosen)
    before = _reachable(ahead, graph.arriving, "source", chosen)
    return next((id for id in graph.nodes if id in behind and id in before), None)


def _reachable(start: Iterable[str], edges_of: Callable[[str], list[Edge]], end: str, barred: set[str]) -> set[str]:
    seen, stack = set(start), list(start)
    while stack:
        for edge in edges_of(stack.pop()):
            other = getattr(edge, end)
            if other not in seen and other not in barred:
                seen.add(other)
                stack.append(other)
    return seen


def _port_name(graph: Graph, place: Place, is_entry: bool, count: int) -> str:
    if count == 1:
        return "x" if is_entry else "y"
    id, port = place
    node = graph.nodes.get(id)
    words = re.findall(r"[a-z0-9]+", ((node.name if node is not None else "") or id).lower())
    return "_".join(words)[:40] or port


def _slug(name: str) -> str:
    return "_".join(re.findall(r"[A-Za-z0-9]+", name.lower()))[:40] or "block"
