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

    @cached_property
    def text(self) -> str:
        """Return the same as JSON text."""
        return _text(self.to_json())


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

    @cached_property
    def text(self) -> str:
        """Return the same as JSON text."""
        return _text(self.to_json())


@dataclass(frozen=True)
class Exposed:
    """Declare one parameter of a composite, which formulas inside it may use by its name."""

    name: str
    default: bool | int | float = 1
    label: str = ""
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON; what is not set is left out."""
        out: dict[str, Any] = {"name": self.name, "default": self.default}
        return out | {key: value for key in ("label", "help", "minimum", "maximum") if (value := getattr(self, key)) not in ("", None)}


@dataclass(frozen=True)
class Definition:
    """Define a composite: a graph used as a block, with ports (its `entry` and `exit` nodes, by name) and exposed parameters.

    A node uses it by the type "@" + id. The node's parameters give values to the exposed ones, and `repeat` the number of copies in a row.
    """

    id: str
    body: Graph
    parameters: tuple[Exposed, ...] = ()
    help: str = ""

    @property
    def name(self) -> str:
        """Return the composite's name, which is its body's."""
        return self.body.name

    @property
    def type(self) -> str:
        """Return the type of the nodes that use it."""
        return COMPOSITE + self.id

    @property
    def entries(self) -> list[Node]:
        """Return the nodes that are its input ports, in order."""
        return [node for node in self.body.nodes.values() if node.type == "entry"]

    @property
    def exits(self) -> list[Node]:
        """Return the nodes that are its output ports, in order."""
        return [node for node in self.body.nodes.values() if node.type == "exit"]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "name": self.body.name,
            **({"help": self.help} if self.help else {}),
            "parameters": [parameter.to_json() for parameter in self.parameters],
            "nodes": [node.to_json() for node in self.body.nodes.values()],
            "edges": [edge.to_json() for edge in self.body.edges.values()],
        }


def port_of(node: Node) -> str:
    """Return the port's name that an `entry` or `exit` node stands for."""
    return node.name or node.id


COMPOSITE = "@"
"""What the type of a node begins with that uses a definition."""
REPEAT = "repeat"
"""The parameter of a composite's node that says how many copies follow each other."""


@dataclass(frozen=True)
class Graph:
    """Hold nodes and edges by id, in order. Never changed in place: `edits.apply` gives a new one."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    edges: Mapping[str, Edge] = field(default_factory=dict)
    name: str = "Untitled"
    definitions: Mapping[str, Definition] = field(default_factory=dict)

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

    def definition_of(self, node: Node) -> Definition | None:
        """Return the definition that a node uses, None for a plain block and for a definition that is not there."""
        return self.definitions.get(node.type[len(COMPOSITE) :]) if node.type.startswith(COMPOSITE) else None

    def level(self, definition: str | None) -> Graph:
        """Return what one canvas shows: the network itself (None), or the body of a definition with all definitions at hand.

        Raises:
            KeyError: where there is no such definition.
        """
        return self if definition is None else replace(self.definitions[definition].body, definitions=self.definitions)

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
            "definitions": {id: definition.to_json() for id, definition in self.definitions.items()},
        }

    def to_text(self) -> str:
        """Return the document as JSON text. What stayed the same since an earlier version is not written again."""
        head = _text({"format": FORMAT, "version": VERSION, "name": self.name})
        nodes = ",".join([node.text for node in self.nodes.values()])
        edges = ",".join([edge.text for edge in self.edges.values()])
        definitions = _text({id: definition.to_json() for id, definition in self.definitions.items()})
        return f'{head[:-1]},"nodes":[{nodes}],"edges":[{edges}],"definitions":{definitions}}}'

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON: what a run pins, for ever."""
        return content_hash(self.to_json())


def _text(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))


def content_hash(value: Json) -> str:
    """Return the SHA-256 (hexadecimal) of plain JSON, independent of the order of keys."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
