"""Ask, before anything runs, whether a recipe's phases suit a graph; each answer names the phase and says what to change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from blocks.problems import Problem
from engine.check import Report, title_of
from engine.graph.document import Graph
from engine.train.phases import Phase
from engine.train.recipe import Recipe

MOST_NAMED = 5
"""A sentence with more blocks than this helps nobody."""


def phase_problems(graph: Graph, report: Report, recipe: Recipe) -> list[Problem]:
    """Return every reason why the phases cannot train this graph, and as a warning which blocks no phase trains."""
    if not recipe.phases:
        return []
    found = [problem for number, phase in enumerate(recipe.phases) for problem in _one(graph, report, phase, number)]
    return found or list(_left_out(graph, report, recipe.phases))


def losses_of(graph: Graph, report: Report) -> list[str]:
    """Return the graph's losses, in the order of the document."""
    return [id for id in graph.nodes if id in report.nodes and getattr(report.nodes[id].block, "role", "") == "loss"]


def parts_of(graph: Graph, report: Report) -> list[str]:
    """Return the blocks with weights of their own, in the order of the document: what a phase can update."""
    return [id for id in graph.nodes if id in report.nodes and report.nodes[id].num_parameters > 0]


def updated_parts(graph: Graph, report: Report, phase: Phase) -> list[str]:
    """Return the blocks whose weights a phase updates: a block that shares weights stands for the one that owns them."""
    owners = {graph.nodes[id].shares_weights_with or id for id in phase.parts if id in graph.nodes}
    return [id for id in parts_of(graph, report) if (id in owners or not phase.parts) and not graph.nodes[id].frozen]


def _one(graph: Graph, report: Report, phase: Phase, number: int) -> Iterator[Problem]:
    title, place = phase.title(number), f"phases.{number}"
    losses, parts = losses_of(graph, report), parts_of(graph, report)
    strange = [id for id in phase.losses if id not in losses]
    if strange:
        yield _gone(graph, title, "loss", strange[0], f"{place}.losses")
    unknown = [id for id in phase.parts if id not in graph.nodes or (graph.nodes[id].shares_weights_with or id) not in parts]
    if unknown:
        yield _gone(graph, title, "part", unknown[0], f"{place}.parts")
    if strange or unknown:
        return
    updated = updated_parts(graph, report, phase)
    if not updated:
        frozen = [id for id in phase.parts or parts if graph.nodes[graph.nodes[id].shares_weights_with or id].frozen]
        if frozen:
            message = f"{title} has nothing to update: {_titles(graph, frozen)} {'is' if len(frozen) == 1 else 'are'} frozen."
            yield Problem("phase_idle", message, "Unfreeze one of them, or choose other parts.", parameter=f"{place}.parts")
        else:
            message = f"{title} has nothing to update: no block of this network has weights."
            yield Problem("phase_idle", message, "Add a block with weights, a Linear say.", parameter=f"{place}.parts")
        return
    reached = _before(graph, phase.losses or losses)
    if not {graph.nodes[id].shares_weights_with or id for id in reached} & set(updated):
        chosen = _titles(graph, phase.losses or losses) or "no loss"
        message = f"{title} minimises {chosen}, and no way leads there from the parts it updates ({_titles(graph, updated)})."
        fix = "Choose a loss that comes after these parts, or parts that come before this loss."
        yield Problem("phase_disconnected", message, fix, parameter=f"{place}.losses")


def _left_out(graph: Graph, report: Report, phases: tuple[Phase, ...]) -> Iterator[Problem]:
    touched = {id for phase in phases for id in updated_parts(graph, report, phase)}
    unused = {problem.node for problem in report.problems if problem.code == "unused"}
    for id in parts_of(graph, report):
        if id not in touched and not graph.nodes[id].frozen and id not in unused:
            message = f"{title_of(graph.nodes[id], graph)} is updated in no phase, so it stays as it began."
            yield Problem("phase_left_out", message, "Add it to the parts of a phase, or freeze it.", id, severity="warning")


def _gone(graph: Graph, title: str, what: str, id: str, parameter: str) -> Problem:
    if id not in graph.nodes:
        message = f"{title} names a {what} ({id[:40]!r}) that is not in the network any more."
    elif what == "loss":
        message = f"{title} is to minimise {title_of(graph.nodes[id], graph)}, which is no loss."
    else:
        message = f"{title} is to update {title_of(graph.nodes[id], graph)}, which has no weights."
    return Problem("phase_unknown", message, f"Choose this phase's {'losses' if what == 'loss' else 'parts'} anew.", parameter=parameter)


def _before(graph: Graph, ends: Iterable[str]) -> set[str]:
    """Return the blocks that lead to one of these, itself included."""
    found, stack = set(ends), list(ends)
    while stack:
        for edge in graph.arriving(stack.pop()):
            if edge.source in graph.nodes and edge.source not in found:
                found.add(edge.source)
                stack.append(edge.source)
    return found


def _titles(graph: Graph, ids: Iterable[str]) -> str:
    names = [title_of(graph.nodes[id], graph) for id in ids]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
