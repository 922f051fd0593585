"""Fold what repeats: modules of one class with the same blocks inside become a composite, and those in a row one block with a repeat."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from engine.composites.expand import join
from engine.graph.document import COMPOSITE, REPEAT, Definition, Edge, Graph, Node
from engine.graph.layout import laid_out
from engine.importing.drawing import Origin

FEWEST_BLOCKS = 2
_ENTRY, _EXIT = "entry", "exit"
_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)


@dataclass(frozen=True)
class _Group:
    """Hold the nodes that one module became, with the one place that feeds them and the one that they give."""

    path: str
    class_name: str
    ids: tuple[str, ...]
    fed_by: tuple[str, str]
    gives: tuple[str, str]
    signature: str

    def inner(self, graph: Graph) -> dict[str, str]:
        """Return what each node is called inside."""
        found: dict[str, str] = {}
        for id in self.ids:
            name = graph.nodes[id].name
            wanted = name.removeprefix(f"{self.path}.") if name.startswith(f"{self.path}.") else graph.nodes[id].type
            number, candidate = 1, wanted
            while candidate in (*found.values(), _ENTRY, _EXIT):
                number += 1
                candidate = f"{wanted}_{number}"
            found[id] = candidate[-60:]
        return found


def folded(graph: Graph, origins: Mapping[str, Origin], model: nn.Module) -> tuple[Graph, dict[str, str], list[str]]:
    """Return the graph with composites, the path in it of every node that was, and what to say about it."""
    groups = _repeated(graph, origins, model)
    paths = {id: join("", id) for id in graph.nodes}
    notes: list[str] = []
    for alike in groups:
        graph = _fold(graph, alike, paths)
        notes.append(f"{alike[0].class_name} stands {len(alike)} times in the network and became a block of its own.")
    return graph, paths, notes


def _repeated(graph: Graph, origins: Mapping[str, Origin], model: nn.Module) -> list[list[_Group]]:
    """Return the groups that are there more than once, alike ones together, none inside another."""
    by_signature: dict[str, list[_Group]] = {}
    modules = dict(model.named_modules())
    for path in sorted(modules, key=lambda path: path.count(".")):
        if path and not isinstance(modules[path], _CONTAINERS):
            group = _group(graph, origins, path, type(modules[path]).__name__)
            if group is not None:
                by_signature.setdefault(group.signature, []).append(group)
    found: list[list[_Group]] = []
    taken: set[str] = set()
    for alike in by_signature.values():
        free = [group for group in alike if not taken & set(group.ids)]
        if len(free) > 1:
            found.append(free)
            taken.update(id for group in free for id in group.ids)
    return found


def _group(graph: Graph, origins: Mapping[str, Origin], path: str, class_name: str) -> _Group | None:
    """Return what a module became, where that is several blocks with one way in and one way out."""
    ids = tuple(id for id in graph.nodes if (own := origins[id].path) == path or own.startswith(f"{path}."))
    inside = {id: number for number, id in enumerate(ids)}
    if len(ids) < FEWEST_BLOCKS or any(
        graph.nodes[id].shares_weights_with for id in graph.nodes if id in inside or _lends(graph, id, inside)
    ):
        return None
    coming = {(edge.source, edge.source_port) for id in ids for edge in graph.arriving(id) if edge.source not in inside}
    leaving = {(edge.source, edge.source_port) for id in ids for edge in graph.leaving(id) if edge.target not in inside}
    if len(coming) != 1 or len(leaving) != 1:
        return None
    (fed_by,), (gives,) = coming, leaving
    rows = [
        [
            graph.nodes[id].type,
            dict(graph.nodes[id].parameters),
            graph.nodes[id].frozen,
            [
                [edge.target_port, inside.get(edge.source, -1), edge.source_port if edge.source in inside else ""]
                for edge in graph.arriving(id)
            ],
        ]
        for id in ids
    ]
    signature = json.dumps([class_name, rows, inside[gives[0]], gives[1]], sort_keys=True)
    return _Group(path, class_name, ids, fed_by, gives, signature)


def _lends(graph: Graph, id: str, inside: Mapping[str, int]) -> bool:
    return graph.nodes[id].shares_weights_with in inside


def _fold(graph: Graph, alike: Sequence[_Group], paths: dict[str, str]) -> Graph:
    """Put one definition in place of groups that are alike, those in a row together."""
    definition = _definition(graph, alike[0])
    chains: list[list[_Group]] = []
    by_output = {group.gives: group for group in alike}
    for group in alike:
        before = by_output.get(group.fed_by)
        chain = next((chain for chain in chains if chain[-1] is before), None)
        if before is not None and chain is not None and _only_feeds(graph, before, group):
            chain.append(group)
        else:
            chains.append([group])
    uses: dict[str, Node] = {}
    ends: dict[tuple[str, str], str] = {}
    for chain in chains:
        node = _use(definition, chain)
        uses[chain[0].ids[0]] = node
        ends[chain[-1].gives] = node.id
        for number, group in enumerate(chain):
            place = join("", node.id) if len(chain) == 1 else f"{join('', node.id)}/{number}"
            paths |= {id: join(place, inner) for id, inner in group.inner(graph).items()}
    return _with_uses(graph, definition, chains, uses, ends)


def _with_uses(
    graph: Graph, definition: Definition, chains: Sequence[Sequence[_Group]], uses: Mapping[str, Node], ends: Mapping[tuple[str, str], str]
) -> Graph:
    """Return the graph with a node for each chain, at the place of its first block."""
    gone = {id for chain in chains for group in chain for id in group.ids}
    nodes = [uses.get(id, node) for id, node in graph.nodes.items() if id not in gone or id in uses]
    edges = [
        Edge(edge.id, ends[source], "y", edge.target, edge.target_port) if (source := (edge.source, edge.source_port)) in ends else edge
        for edge in graph.edges.values()
        if edge.target not in gone and (edge.source not in gone or (edge.source, edge.source_port) in ends)
    ]
    for chain in chains:
        id = uses[chain[0].ids[0]].id
        fed_by = chain[0].fed_by
        source_id, port = (ends[fed_by], "y") if fed_by in ends else fed_by
        edges.append(Edge(f"into_{id}"[:64], source_id, port, id, "x"))
    return Graph(
        {node.id: node for node in nodes}, {edge.id: edge for edge in edges}, graph.name, {**graph.definitions, definition.id: definition}
    )


def _only_feeds(graph: Graph, before: _Group, group: _Group) -> bool:
    """Return whether what one group gives goes into the other and nowhere else."""
    outside = [edge.target for edge in graph.leaving(*before.gives) if edge.target not in before.ids]
    return all(target in group.ids for target in outside)


def _definition(graph: Graph, group: _Group) -> Definition:
    inner = group.inner(graph)
    nodes = [Node(_ENTRY, "entry", "x")]
    for id in group.ids:
        node = graph.nodes[id]
        nodes.append(Node(inner[id], node.type, node.name.removeprefix(f"{group.path}."), node.parameters, frozen=node.frozen))
    nodes.append(Node(_EXIT, "exit", "y"))
    edges = [
        Edge(edge.id, inner[edge.source], edge.source_port, inner[id], edge.target_port)
        if edge.source in inner
        else Edge(edge.id, _ENTRY, "y", inner[id], edge.target_port)
        for id in group.ids
        for edge in graph.arriving(id)
    ]
    edges.append(Edge("out", inner[group.gives[0]], group.gives[1], _EXIT, "x"))
    number, wanted = 1, "_".join(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", group.class_name).lower()))[:40] or "block"
    id = wanted
    while id in graph.definitions:
        number += 1
        id = f"{wanted}_{number}"
    name = group.class_name if number == 1 else f"{group.class_name} {number}"
    return Definition(id, laid_out(Graph.of(name, nodes, edges)))


def _use(definition: Definition, chain: Sequence[_Group]) -> Node:
    first, last = chain[0].path, chain[-1].path
    if len(chain) == 1:
        return Node(first[-60:], COMPOSITE + definition.id, first)
    name = f"{first}-{last.rpartition('.')[2]}"
    return Node(name[-60:], COMPOSITE + definition.id, name, {REPEAT: len(chain)})
