"""Check a document: the graph that is computed is checked, and what is found is said on the blocks that people see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.check.levels import folded
from engine.check.report import NodeReport, Report
from engine.check.walk import walk
from engine.composites.expand import expand, needs_expanding
from engine.graph.bypass import Flow, cannot_pass, flowing
from engine.graph.document import Graph, Node


def check(graph: Graph, before: Report | None = None) -> Report:
    """Check a whole graph. Never raises for a user's mistake.

    With the report on an earlier version of the graph, only what differs is found out anew (nodes and edges that stayed the same must be
    the same objects, as `edits.apply` leaves them), and what is downstream of it as far as other tensors arrive. The report is the same
    with and without.

    Problem codes: unknown_block, bad_parameter, unknown_parameter, dangling_edge, unknown_port, occupied_port, kind_mismatch,
    missing_input, cycle, shape and the blocks' own, too_large, empty, no_input, no_output, several_outputs, no_loss, shared_weights,
    bypass, bad_formula, recursive_composite, no_exit, misplaced, unused (a warning).

    Notes and bypassed blocks have no part in what is checked (engine/graph/bypass.py).
    """
    flow = flowing(graph)
    told = {problem.node: problem for problem in flow.problems if problem.node}
    if not needs_expanding(_news(flow.graph, before)):
        return _with_bypassed(walk(flow.graph, told, before.memory if before else None), flow, graph)
    expanded = expand(flow.graph)
    flat = walk(expanded.graph, {}, before.flat.memory if before and before.flat else None)
    return _with_bypassed(folded(flow.graph, expanded, flat, told.values()), flow, graph)


def _news(graph: Graph, before: Report | None) -> Iterable[Node]:
    """Return the nodes that may not be plain: after a check in which all were, those that have come since."""
    if before is None or before.memory is None:
        return graph.nodes.values()
    known = before.memory.graph.nodes
    return [node for id, node in graph.nodes.items() if known.get(id) is not node]


def _with_bypassed(report: Report, flow: Flow, graph: Graph) -> Report:
    """Show on a bypassed block what passes through it, and say there what the blocks behind it cannot take."""
    if not flow.passed:
        return report
    nodes, problems = dict(report.nodes), list(report.problems)
    for problem in report.problems:
        arriving = graph.arriving(problem.node or "", problem.port) if problem.code == "kind_mismatch" else []
        bypassed = next((edge.source for edge in arriving if edge.source in flow.passed), None)
        if bypassed is not None and problem.node is not None:
            told = cannot_pass(graph.nodes[bypassed], problem)
            problems[problems.index(problem)] = told
            nodes[problem.node] = replace(nodes[problem.node], problems=tuple(p for p in nodes[problem.node].problems if p is not problem))
            nodes[bypassed] = NodeReport(problems=(*nodes.get(bypassed, NodeReport()).problems, told))
    for id, (port, (source, given)) in flow.passed.items():
        spec = nodes[source].outputs.get(given) if source in nodes else None
        if spec is not None:
            nodes[id] = replace(nodes.get(id, NodeReport()), outputs={port: spec})
    return replace(report, problems=tuple(problems), nodes=nodes)
