"""The document: an immutable graph of blocks and wires. Canvas, code, shapes and pictures are derived from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

FORMAT = "gradloom/graph"
VERSION = 1

Json = None | bool | int | float | str | list[Any] | dict[str, Any]


@dataclass(frozen=True)
class Node:
    """Place one block on the canvas: a stable id, the block's type, the user's name for it, and its parameters.

    Only parameters that were set are kept; the others follow the block's defaults. `frozen`, `lr_factor`, `initialisation` and
    `shares_weights_with` are training marks; `bypassed` leaves the block out (engine/graph/bypass.py); `collapsed` draws its title alone.
    """

    id: str
    type: str
    name: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    position: tuple[float, float] = (0.0, 0.0)
    frozen: bool = False
    lr_factor: float = 1.0
    initialisation: str = "default"
    shares_weights_with: str | None = None
    bypassed: bool = False
    collapsed: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON; marks at their defaults are left out."""
        out: dict[str, Any] = {
            "id": self.id,
            "type": self.type,
            "name": self.name,
            "parameters": dict(self.parameters),
            "position": list(self.position),
        }
        for mark, default in MARKS.items():
            if getattr(self, mark) != default:
                out[mark] = getattr(self, mark)
        return out


MARKS: Mapping[str, Any] = {
    "frozen": False,
    "lr_factor": 1.0,
    "initialisation": "default",
    "shares_weights_with": None,
    "bypassed": False,
    "collapsed": False,
}


@dataclass(frozen=True)
class Edge:
    """Join a named output port to a named input port. The order of a graph's edges is the order of wires at a port that takes many."""

    id: str
    source: str
    source_port: str
    target: str
    target_port: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "id": self.id,
            "source": self.source,
            "source_port": self.source_port,
            "target": self.target,
            "target_port": self.target_port,
        }


@dataclass(frozen=True)
class Graph:
    """Hold nodes and edges by id, in order. Never changed in place: `edits.apply` gives a new one."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    edges: Mapping[str, Edge] = field(default_factory=dict)
    name: str = "Untitled"
    definitions: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, nodes: list[Node], edges: list[Edge]) -> Graph:
        """Build a graph from lists; ids must be unique."""
        graph = cls({node.id: node for node in nodes}, {edge.id: edge for edge in edges}, name)
        assert len(graph.nodes) == len(nodes) and len(graph.edges) == len(edges), "ids must be unique"
        return graph

    @cached_property
    def arriving_edges(self) -> Mapping[str, list[Edge]]:
        """Return the edges that end at each node, in order; nodes without any are left out."""
        arriving: dict[str, list[Edge]] = {}
        for edge in self.edges.values():
            arriving.setdefault(edge.target, []).append(edge)
        return arriving

    @cached_property
    def leaving_edges(self) -> Mapping[str, list[Edge]]:
        """Return the edges that start at each node, in order; nodes without any are left out."""
        leaving: dict[str, list[Edge]] = {}
        for edge in self.edges.values():
            leaving.setdefault(edge.source, []).append(edge)
        return leaving

    def arriving(self, node: str, port: str | None = None) -> list[Edge]:
        """Return the edges that end at a node (at one of its ports), in order."""
        return [edge for edge in self.arriving_edges.get(node, ()) if port is None or edge.target_port == port]

    def leaving(self, node: str, port: str | None = None) -> list[Edge]:
        """Return the edges that start at a node (at one of its ports), in order."""
        return [edge for edge in self.leaving_edges.get(node, ()) if port is None or edge.source_port == port]

    def with_nodes(self, nodes: Mapping[str, Node]) -> Graph:
        """Return the graph with other nodes; what was worked out from its wires is kept."""
        changed = replace(self, nodes=nodes)
        for known in ("arriving_edges", "leaving_edges"):
            if known in self.__dict__:
                changed.__dict__[known] = self.__dict__[known]
        return changed

    def with_edges(self, edges: Mapping[str, Edge], concerned: Iterable[Edge]) -> Graph:
        """Return the graph with other edges. `concerned` were added at the end or removed; what was worked out of the others is kept."""
        changed = replace(self, edges=edges)
        for known, end in (("arriving_edges", "target"), ("leaving_edges", "source")):
            if known not in self.__dict__:
                continue
            lists = dict(self.__dict__[known])
            for edge in concerned:
                id = getattr(edge, end)
                others = [other for other in lists.pop(id, ()) if other.id != edge.id]
                if edge.id in edges:
                    others.append(edge)
                if others:
                    lists[id] = others
            changed.__dict__[known] = lists
        return changed

    def edges_of(self, node: str) -> Iterator[Edge]:
        """Yield every edge that touches a node, each once, in document order."""
        return (edge for edge in self.edges.values() if edge.source == node or edge.target == node)

    def renamed(self, name: str) -> Graph:
        """Return the same graph under another name."""
        return replace(self, name=name)

    def to_json(self) -> dict[str, Any]:
        """Return the document as plain JSON, as the published schema has it."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "name": self.name,
            "nodes": [node.to_json() for node in self.nodes.values()],
            "edges": [edge.to_json() for edge in self.edges.values()],
            "definitions": dict(self.definitions),
        }

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON: what a run pins, for ever."""
        return content_hash(self.to_json())


def content_hash(value: Json) -> str:
    """Return the SHA-256 (hexadecimal) of plain JSON, independent of the order of keys."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
