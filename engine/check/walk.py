"""Go through a graph in order and find out about each node; the next time, only about those that an edit concerns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import TypeVar

from blocks.problems import Problem, UserError
from blocks.spec import Block
from blocks.tensors import TensorSpec
from engine.check.node import MOST_PARAMETERS, Made, dangling, ends, fits, made_of, named, objections, title_of, too_large
from engine.check.report import NodeReport, Report
from engine.check.whole import Uses, missing_roles, roles_of, sharing, too_many_parameters, uses_of
from engine.graph.document import Edge, Graph, Node
from engine.graph.order import topological_order
from engine.shapes import Inferred, Wires, infer, weight_shape

T = TypeVar("T")

MOST_NAMED_IN_CYCLE = 6
Asked = tuple[Block, Wires, Inferred | UserError]
"""What was inferred for a node the last time that everything had arrived there, and from what."""


@dataclass(frozen=True)
class Memory:
    """Hold the graph that was checked, and what was found out on the way. Nothing here is ever changed in place."""

    graph: Graph = field(default_factory=Graph)
    order: tuple[str, ...] = ()
    loops: tuple[list[str], ...] = ()
    made: Mapping[str, Made] = field(default_factory=dict)
    ends: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    asked: Mapping[str, Asked] = field(default_factory=dict)
    reports: Mapping[str, NodeReport] = field(default_factory=dict)
    worked_out: AbstractSet[str] = frozenset()
    circles: Mapping[str, Problem] = field(default_factory=dict)
    told: Mapping[str, Problem] = field(default_factory=dict)
    uses: Uses = field(default_factory=Uses)


def walk(graph: Graph, told: Mapping[str, Problem], before: Memory | None = None) -> Report:
    """Check a graph as it is computed. `told` is what is known to be wrong with nodes already.

    With the memory of another graph, only what differs is found out anew; the report is the same with and without.
    """
    return _Walk(graph, told, before or Memory()).report()


class _Walk:
    """Go through one graph once, with the memory of another."""

    def __init__(self, graph: Graph, told: Mapping[str, Problem], before: Memory) -> None:
        self.same_ids = list(graph.nodes) == list(before.graph.nodes)
        self.same_edges = graph.edges is before.graph.edges or list(graph.edges.values()) == list(before.graph.edges.values())
        if self.same_edges:
            graph = before.graph.with_nodes(graph.nodes)  # whose wires are worked out already
        self.graph = graph
        self.told = told
        self.before = before
        self.changed = {id for id, node in graph.nodes.items() if not _alike(node, before.graph.nodes.get(id))}
        self.gone = before.graph.nodes.keys() - graph.nodes.keys()
        self.made = _without(before.made, self.gone)
        self.asked = _without(before.asked, self.gone)
        self.reports = _without(before.reports, self.gone)
        self.worked_out = set(before.worked_out - self.gone)
        self.made.update({id: made_of(graph.nodes[id]) for id in self.changed})
        self.order, self.loops = before.order, before.loops
        if not (self.same_ids and self.same_edges):
            order, loops = topological_order(graph)
            self.order, self.loops = tuple(order), tuple(loops)
        self.circles = {loop[0]: self._circle(loop) for loop in self.loops}
        self.ends = _without(before.ends, self.gone)
        self._visit(self._concerned())

    def _concerned(self) -> set[str]:
        """Return the nodes to look at again whatever arrives at them."""
        graph, was = self.graph, self.before.graph
        found = set(self.changed)
        found.update(edge.target for id in self.changed for edge in graph.leaving_edges.get(id, ()))  # they may name it
        found.update(id for id, _ in self.circles.items() ^ self.before.circles.items())
        found.update(id for id, _ in self.told.items() ^ self.before.told.items())
        if not self.same_edges:
            for now, then in ((graph.arriving_edges, was.arriving_edges), (graph.leaving_edges, was.leaving_edges)):
                found.update(id for id, edges in now.items() if edges != then.get(id))
                found.update(then.keys() - now.keys())
        if not self.same_ids:
            for id in graph.nodes.keys() ^ was.nodes.keys():
                found.update(edge.source for edge in graph.arriving_edges.get(id, ()))
                found.update(edge.target for edge in graph.leaving_edges.get(id, ()))
        return found & graph.nodes.keys()

    def _visit(self, concerned: set[str]) -> None:
        """Look at nodes in order, and at those behind them as long as what arrives there has changed."""
        for id in concerned:
            self.ends[id] = tuple(ends(self.graph, self.graph.nodes[id], self.made[id][0]))
        leaving = self.graph.leaving_edges
        if self.order is not self.before.order:
            concerned |= (set(self.order) ^ set(self.before.order)) & self.graph.nodes.keys()
        reached = []
        for id in self.order:
            if id not in concerned:
                continue
            reached.append(id)
            before = self.reports.get(id)
            self.reports[id] = after = self._look(self.graph.nodes[id], True, before)
            if before is None or (before is not after and before.outputs != after.outputs):
                concerned.update([edge.target for edge in leaving.get(id, ()) if edge.target in self.graph.nodes])
        for id in concerned.difference(reached):
            self.reports[id] = self._look(self.graph.nodes[id], False, self.reports.get(id))

    def _look(self, node: Node, reachable: bool, before: NodeReport | None) -> NodeReport:
        """Find out about one node, given everything before it."""
        block, built = self.made[node.id]
        problems = [*built, *self.ends.get(node.id, ())]
        problems += [known[node.id] for known in (self.circles, self.told) if node.id in known]
        wires = self._arriving(node, block, problems) if reachable and block is not None else None
        inferred = self._infer(node, block, wires, problems) if block is not None and wires is not None else None
        if inferred is None or wires is None:
            self.worked_out.discard(node.id)
            report = NodeReport(block=block, problems=tuple(problems))
        else:
            self.worked_out.add(node.id)
            num_parameters = inferred.num_parameters if node.shares_weights_with is None else self._own_parameters(node, block, wires)
            report = NodeReport(inferred.outputs, num_parameters, inferred.activation_bytes, tuple(problems), block, wires)
        return before if before is not None and before.block is block and before == report else report

    def _own_parameters(self, node: Node, block: Block | None, wires: Wires) -> int:
        """Return how many weights a node that shares has besides: none, or all but the `weight` that is tied to a block of another type."""
        other = self.graph.nodes.get(node.shares_weights_with or "")
        if block is None or other is None or other.type == node.type:
            return 0
        return infer(block, wires).num_parameters - math.prod(weight_shape(block, wires) or (0,))

    def _arriving(self, node: Node, block: Block, problems: list[Problem]) -> Wires | None:
        """Return what arrives at each port, or None where something is missing or does not fit."""
        edges = self.graph.arriving_edges.get(node.id, ())
        wires: list[tuple[str, tuple[TensorSpec, ...]]] = []
        complete = True
        for port in block.inputs:
            arriving = [(edge, self._spec(edge)) for edge in edges if edge.target_port == port.name]
            known = tuple([spec for _, spec in arriving if spec is not None])
            if len(arriving) == 1 and (not known or fits(known[0], port)):  # as a rule: the rest is for what is wrong
                complete &= bool(known)
                wires.append((port.name, known))
                continue
            problems += objections(self.graph, node, port, arriving)
            complete &= len(known) == len(arriving) and all(fits(spec, port) for spec in known)
            complete &= (bool(arriving) or port.optional) and (port.many or len(arriving) <= 1)
            if known:
                wires.append((port.name, known))
        return tuple(wires) if complete else None

    def _spec(self, edge: Edge) -> TensorSpec | None:
        report = self.reports.get(edge.source) if edge.source in self.worked_out else None
        return None if report is None else report.outputs.get(edge.source_port)

    def _infer(self, node: Node, block: Block, wires: Wires, problems: list[Problem]) -> Inferred | None:
        asked = self.asked.get(node.id)
        if asked is None or asked[0] is not block or asked[1] != wires:
            try:
                asked = (block, wires, infer(block, wires))
            except UserError as refused:
                asked = (block, wires, refused)
            self.asked[node.id] = asked
        answer = asked[2]
        if isinstance(answer, UserError):
            problems += [named(problem, node) for problem in answer.problems]
            return None
        problems += [named(problem, node) for problem in answer.warnings]
        if answer.num_parameters > MOST_PARAMETERS:
            problems.append(too_large(node, answer.num_parameters))
        return answer

    def _circle(self, loop: list[str]) -> Problem:
        path = " → ".join(title_of(self.graph.nodes[id]) for id in [*loop[:MOST_NAMED_IN_CYCLE], loop[0]])
        message = f"These blocks feed each other in a circle: {path}."
        return Problem("cycle", message, "Remove one of the wires between them.", node=loop[0])

    def report(self) -> Report:
        """Put together what was found, in the order of the document, then what concerns the whole graph."""
        reports = self.reports if self.same_ids else {id: self.reports[id] for id in self.graph.nodes}
        problems = [problem for report in reports.values() if report.problems for problem in report.problems]
        roles = roles_of(reports)
        ends = frozenset([*roles.get("output", ()), *roles.get("loss", ())])
        rewired = not (self.same_ids and self.same_edges)
        uses = uses_of(self.graph, reports, ends, self.before.uses, rewired=rewired, renamed=self.changed) if ends else Uses()
        problems += self._whole(reports, roles, uses)
        memory = Memory(
            self.graph,
            self.order,
            self.loops,
            self.made,
            self.ends,
            self.asked,
            reports,
            self.worked_out,
            self.circles,
            self.told,
            uses,
        )
        return Report(tuple(problems), reports, self.order, memory)

    def _whole(self, reports: Mapping[str, NodeReport], roles: Mapping[str, list[str]], uses: Uses) -> Iterator[Problem]:
        nodes = self.graph.nodes
        for edge in self.graph.edges.values():
            if edge.source not in nodes and edge.target not in nodes:
                yield dangling(edge, edge.target)
        if not nodes:
            yield Problem("empty", "The network is empty.", "Drag a block onto the canvas, or open a network from the Library.")
            return
        yield from missing_roles(self.graph, roles)
        sharers = {id for id, node in nodes.items() if node.shares_weights_with is not None} & self.worked_out
        if sharers:
            for id in self.order:
                if id in sharers:
                    yield from sharing(self.graph, nodes[id], reports, self.worked_out)
        yield from too_many_parameters(reports)
        yield from uses.unused.values()


def _alike(now: Node, then: Node | None) -> bool:
    """Return whether nothing but the place on the canvas differs. Parameters are compared as objects: 1 equals True."""
    return now is then or (then is not None and now.parameters is then.parameters and replace(now, position=then.position) == then)


def _without(items: Mapping[str, T], gone: AbstractSet[str]) -> dict[str, T]:
    copy = dict(items)
    for id in gone:
        copy.pop(id, None)
    return copy
