"""One problem in its graph, and what every kind of fix asks about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from blocks.problems import Problem, UserError
from blocks.registry import block_class
from blocks.spec import Block, Port
from blocks.tensors import KINDS, TensorSpec
from engine.check import Report, title_of
from engine.fixes.plan import Plan
from engine.graph.document import Edge, Graph, Node

Plans = Iterator[Plan]


@dataclass(frozen=True)
class Case:
    """Hold a problem with the graph and the report that it stands in."""

    graph: Graph
    report: Report
    problem: Problem

    @property
    def node(self) -> Node | None:
        """Return the block that has the problem, where it is one that exists."""
        return self.graph.nodes.get(self.problem.node or "")

    def plan(self, label: str) -> Plan:
        """Begin a fix."""
        return Plan(self.graph, label)

    def title(self, id: str) -> str:
        """Return what a block is called in a sentence."""
        return title_of(self.graph.nodes[id])

    def brief(self, id: str) -> str:
        """Return what a block is called on a button: the user's name for it, else its block's title."""
        return self.graph.nodes[id].name or self.title(id)

    def block(self, id: str) -> type[Block] | None:
        """Return a block's class, or None where there is no such type."""
        try:
            return block_class(self.graph.nodes[id].type)
        except UserError:
            return None

    def port(self, id: str, name: str | None) -> Port | None:
        """Return an input port."""
        block = self.block(id)
        return next((port for port in block.inputs if port.name == name), None) if block else None

    def spec(self, edge: Edge) -> TensorSpec | None:
        """Return what a wire brings, where that is known."""
        return self.output(edge.source, edge.source_port)

    def output(self, id: str, port: str) -> TensorSpec | None:
        """Return what an output gives, where that is known."""
        report = self.report.nodes.get(id)
        return report.outputs.get(port) if report else None

    def arriving(self, node: Node, port: str | None) -> list[Edge]:
        """Return the wires at a port that come from blocks that exist."""
        return [edge for edge in self.graph.arriving(node.id, port) if edge.source in self.graph.nodes]

    def missing(self) -> list[Problem]:
        """Return the inputs that nothing is connected to."""
        return [problem for problem in self.report.problems if problem.code == "missing_input" and problem.node in self.graph.nodes]

    def role(self, role: str) -> list[str]:
        """Return the blocks of a role."""
        return [id for id in self.graph.nodes if (block := self.block(id)) is not None and block.role == role]

    def loose_ends(self) -> list[tuple[str, str]]:
        """Return the first outputs of layers that lead nowhere, the one that stands furthest to the right first."""
        ends = []
        for id, node in self.graph.nodes.items():
            block = self.block(id)
            if block is not None and block.role == "layer" and block.outputs and not self.graph.leaving(id):
                ends.append((node.position[0], id, block.outputs[0].name))
        return [(id, port) for _, id, port in sorted(ends, reverse=True)]


def fits(spec: TensorSpec, port: Port) -> bool:
    """Return whether a port takes what is brought."""
    return "any" in port.kinds or spec.kind == "any" or spec.kind in port.kinds


def received(spec: TensorSpec) -> str:
    """Write a tensor as a kind mismatch does."""
    return f"{KINDS[spec.kind][0]} {spec}"
