"""What a node shows beside its document: output shapes and kinds, number of parameters, and its problems in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from blocks.problems import Problem
from blocks.tensors import TensorSpec
from engine.fixes import Fix
from engine.graph.document import REPEAT, Graph, Node

MOST_PROBLEMS = 200
"""How many problems travel to the canvas; the count of all of them does as well."""


class NodeReport(Protocol):
    """What the canvas reads of `engine.check.NodeReport`."""

    @property
    def outputs(self) -> Mapping[str, TensorSpec]: ...
    @property
    def num_parameters(self) -> int: ...
    @property
    def flops(self) -> int: ...
    def memory_bytes(self) -> int: ...
    @property
    def problems(self) -> Iterable[Problem]: ...


class Report(Protocol):
    """What the canvas reads of `engine.check.Report`."""

    @property
    def problems(self) -> tuple[Problem, ...]: ...
    @property
    def nodes(self) -> Mapping[str, Any]: ...
    @property
    def num_parameters(self) -> int: ...


Check = Callable[[Graph, Any], Report]
"""Checks a graph, given its own report on an earlier version of it, or None."""


class Views:
    """Hold what every node of a graph shows, and since which revision. Only nodes with another report are looked at again."""

    def __init__(self) -> None:
        self._reports: Mapping[str, Any] = {}
        self._views: dict[str, dict[str, Any]] = {}
        self._revisions: dict[str, int] = {}

    def update(self, graph: Graph, report: Report, revision: int, copies: Callable[[Node], int]) -> None:
        """Take what the check of a graph found at a revision; `copies` says how many copies of a composite follow each other."""
        reports, before = report.nodes, self._reports
        for id in self._views.keys() - graph.nodes.keys():
            del self._views[id], self._revisions[id]
        for id, node in graph.nodes.items():
            known, repeated = reports.get(id), REPEAT in node.parameters
            if known is before.get(id) and id in self._views and not repeated:
                continue
            view = {} if known is None else node_view(known)
            if repeated and (count := copies(node)) > 1:
                view["copies"] = count
            if self._views.get(id) != view:
                self._views[id], self._revisions[id] = view, revision
        self._reports = reports

    def since(self, revision: int) -> dict[str, dict[str, Any]]:
        """Return what has changed after a revision."""
        return {id: self._views[id] for id, changed in self._revisions.items() if changed > revision}


def node_view(report: NodeReport) -> dict[str, Any]:
    """Return what the canvas draws on one node, and what it can be coloured by; what is absent is not sent."""
    view: dict[str, Any] = {}
    if report.outputs:
        view["shapes"] = {port: str(spec) if spec.shape else "scalar" for port, spec in report.outputs.items()}
        view["kinds"] = {port: spec.kind for port, spec in report.outputs.items()}
    if report.num_parameters:
        view["parameters"] = report.num_parameters
    if report.flops:
        view["flops"] = report.flops
    if memory := report.memory_bytes():
        view["memory"] = memory
    problems = [_sentence(problem) for problem in report.problems]
    if problems:
        view["problems"] = problems
    return view


def problem_list(problems: Iterable[Problem], offered: Sequence[tuple[Fix, ...]] = ()) -> list[dict[str, Any]]:
    """Return the problems that the bar at the bottom lists, each with what its buttons say."""
    listed = [_sentence(problem) | ({"node": problem.node} if problem.node else {}) for problem in list(problems)[:MOST_PROBLEMS]]
    for sentence, found in zip(listed, offered, strict=False):
        if found:
            sentence["fixes"] = [{"label": fix.label, "then": [str(other) for other in fix.uncovers[:3]]} for fix in found]
    return listed


def _sentence(problem: Problem) -> dict[str, Any]:
    found: dict[str, Any] = {"message": problem.message, "fix": problem.fix}
    if problem.port:
        found["port"] = problem.port
    if problem.severity == "warning":
        found["warning"] = True
    return found
