"""One-click fixes on the canvas: what each listed problem offers, and the edit that a button stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.canvas.views import MOST_PROBLEMS
from app.canvas.views import Report as Seen
from blocks.problems import Problem, UserError
from engine.check import Report, check
from engine.fixes import Fix, fixes, offers
from engine.graph import edits
from engine.graph.document import Graph
from engine.graph.edits import Edit, apply

Find = Callable[[Graph], Sequence[Problem]]


def offered(graph: Graph, report: Seen) -> list[tuple[Fix, ...]]:
    """Return the fixes of the problems that travel to the canvas, in their order."""
    return offers(graph, report, report.problems[:MOST_PROBLEMS]) if isinstance(report, Report) else []


def repair(graph: Graph, report: Seen, problem: Problem, label: str, find: Find | None = None) -> Edit:
    """Return the edit of the fix of that name, made for the graph as it is now.

    Raises:
        UserError: where the problem is solved already, or the fix no longer solves it.
    """
    assert isinstance(report, Report), "fixes are offered only with a report of engine.check"
    for fix in fixes(graph, report, problem, find):
        if fix.label == label:
            return fix.edit
    raise _gone()


def problem_named(report: Seen, message: str, node: str | None) -> Problem:
    """Return the problem with this sentence.

    Raises:
        UserError: where there is none any more.
    """
    for problem in report.problems:
        if problem.message == message and problem.node == node:
            return problem
    raise _gone()


def connection_through(graph: Graph, wire: Edit) -> Edit:
    """Return the edit that makes a connection with the blocks in between that it needs.

    Raises:
        UserError: where no block turns what is given into what is taken.
    """
    if isinstance(wire, edits.Connect):
        joined, _ = apply(graph, wire)
        report, end = check(joined), (wire.edge.target, wire.edge.target_port)
        for problem in report.problems:
            if problem.code == "kind_mismatch" and (problem.node, problem.port) == end:
                for fix in fixes(joined, report, problem):
                    if apply(joined, fix.edit)[0].edges.keys() > joined.edges.keys():
                        return edits.Batch((wire, fix.edit), fix.label[:1].lower() + fix.label[1:])
    raise UserError(Problem("no_bridge", "No block turns what this output gives into what that input takes.", "Connect another output."))


def _gone() -> UserError:
    return UserError(Problem("stale_edit", "This problem has changed meanwhile.", "Look at the network as it is now."))
