"""Offer fixes: every candidate is tried on a copy, and only what removes its problem without making another is offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from blocks.problems import Problem, UserError
from blocks.registry import block_class
from blocks.tensors import Kind, TensorSpec
from engine.check import Report, check
from engine.fixes import tensors, values, whole, wiring
from engine.fixes.bridges import bridges
from engine.fixes.case import Case, Plans
from engine.fixes.plan import Plan
from engine.graph.document import Graph
from engine.graph.edits import Edit

MOST_FIXES = 3
MOST_TRIED = 10
NODES_CHECKED = 6_000
"""How many blocks may be checked to find the fixes of a whole list of problems. In a network of more, none are looked for ahead."""

Find = Callable[[Graph], Sequence[Problem]]


@dataclass(frozen=True)
class Fix:
    """Hold one way out: what the button says, and the edit that it makes.

    `uncovers` are errors that were hidden behind the problem and can be seen after it; a fix without any is preferred.
    """

    label: str
    edit: Edit
    uncovers: tuple[Problem, ...] = ()


_ANYWHERE = (tensors.prediction, tensors.unequal, values.advised)
_CANDIDATES: Mapping[str, Sequence[Callable[[Case], Plans]]] = {
    "kind_mismatch": (tensors.wrong_kind,),
    "missing_input": (wiring.open_input,),
    "missing_port": (wiring.open_input,),
    "dangling_edge": (wiring.dangling,),
    "unknown_port": (wiring.unknown_port,),
    "occupied_port": (wiring.occupied,),
    "cycle": (wiring.circle,),
    "unused": (wiring.unused,),
    "unknown_block": (whole.unknown_block,),
    "unknown_parameter": (values.unknown_name,),
    "empty": (whole.empty,),
    "no_input": (whole.no_input,),
    "no_output": (whole.no_output,),
    "no_loss": (whole.no_loss,),
    "several_outputs": (whole.several_outputs,),
    "bypass": (whole.bypassed,),
    "shared_weights": (whole.shared_weights,),
    "too_large": (values.narrower,),
}


def fixes(graph: Graph, report: Report, problem: Problem, find: Find | None = None) -> tuple[Fix, ...]:
    """Return the ways out of one problem, the likeliest first; empty where none is sure.

    Args:
        find: Returns the problems of a graph, where the problem is not one of `check` (but of the data, say).
    """
    return _fixes(graph, report, problem, find or (lambda changed: check(changed, report).problems), MOST_TRIED)[0]


def offers(graph: Graph, report: Report, problems: Iterable[Problem], find: Find | None = None) -> list[tuple[Fix, ...]]:
    """Return the fixes of each problem in turn. In a large network only those of the first few: trying a fix is a check of the graph."""
    budget = NODES_CHECKED // max(len(graph.nodes), 1)
    search = find or (lambda changed: check(changed, report).problems)
    found: list[tuple[Fix, ...]] = []
    for problem in problems:
        offered, tried = _fixes(graph, report, problem, search, min(budget, MOST_TRIED)) if budget > 0 else ((), 0)
        budget -= tried
        found.append(offered)
    return found


def _fixes(graph: Graph, report: Report, problem: Problem, find: Find, most: int) -> tuple[tuple[Fix, ...], int]:
    """Return the fixes of a problem, and how many candidates were tried."""
    clean: dict[str, Fix] = {}
    others: dict[str, Fix] = {}
    tried = 0
    before = report.problems if problem in report.problems else find(graph)
    for last_resort, plan in _plans(Case(graph, report, problem)):
        if last_resort and (clean or others):
            break
        tried += 1
        fix = _tried(graph, report, problem, plan, before, find(plan.graph))
        if fix is not None:
            (others if fix.uncovers else clean).setdefault(fix.label, fix)
        if tried >= most or len(clean) >= MOST_FIXES:
            break
    return tuple((clean or others).values())[:MOST_FIXES], tried


def _plans(case: Case) -> Iterator[tuple[bool, Plan]]:
    """Yield the candidates, each with whether it is meant only for where nothing else helps: to take out what was put in."""
    for candidates in (*_CANDIDATES.get(case.problem.code, _ANYWHERE), tensors.without):
        try:
            for plan in candidates(case):
                yield candidates is tensors.without, plan
        except UserError:
            continue  # an edit that does not fit a damaged document is no way out


def _tried(graph: Graph, report: Report, problem: Problem, plan: Plan, before: Iterable[Problem], now: Iterable[Problem]) -> Fix | None:
    """Return the fix where it removes the problem; what it newly shows may only stand where nothing could be seen before."""
    now = list(now)
    counts, left = Counter(map(_place, before)), Counter(map(_place, now))
    if left[_place(problem)] >= counts[_place(problem)]:
        return None
    more = left - counts
    new = [other for other in now if other.severity == "error" and more[_place(other)] > 0]
    if all(_was_hidden(graph, report, problem, other) for other in new):
        return Fix(plan.label, plan.edit, tuple(new))
    return None


def _was_hidden(graph: Graph, report: Report, problem: Problem, other: Problem) -> bool:
    if problem.code in ("no_input", "unknown_block", "empty") and other.code in ("missing_input", "no_output", "no_loss", "no_input"):
        return True
    if other.node is None or (other.node == problem.node and problem.code != "cycle"):
        return False
    known = report.nodes.get(other.node)
    return other.node in graph.nodes and (known is None or (not known.outputs and not known.wires))


def _place(problem: Problem) -> tuple[str | None, ...]:
    return problem.code, problem.node, problem.port, problem.parameter


_TYPICAL: Mapping[Kind, TensorSpec] = {
    "image": TensorSpec(("B", 4, 4, 4), "float", "image"),
    "series": TensorSpec(("B", 4, 9), "float", "series"),
    "vector": TensorSpec(("B", 16), "float", "vector"),
    "sequence": TensorSpec(("B", 9, 4), "float", "sequence"),
    "tokens": TensorSpec(("B", 9), "int", "tokens", 16),
    "state": TensorSpec((1, "B", 4), "float", "state"),
}


@cache
def possible_insertions() -> Mapping[str, Mapping[str, str]]:
    """Return for each kind of tensor what makes another kind of it: a wire between the two is refused, and can be had with these blocks."""
    return {
        kind: {
            other: " and ".join(block_class(step.type).title for step in ways[0]) for other in _TYPICAL if (ways := bridges(spec, (other,)))
        }
        for kind, spec in _TYPICAL.items()
    }
