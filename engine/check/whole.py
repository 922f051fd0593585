"""What can be wrong with a graph as a whole: no way in or out, weights shared with nobody, blocks that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from blocks.problems import Problem
from engine.check.node import MOST_PARAMETERS, title_of
from engine.check.report import NodeReport
from engine.graph.document import Graph, Node
from engine.shapes import weight_shape


@dataclass(frozen=True)
class Uses:
    """Hold which nodes lead to an output or a loss, and the warnings on the others."""

    ends: frozenset[str] = frozenset()
    needed: AbstractSet[str] = frozenset()
    unused: Mapping[str, Problem] = field(default_factory=dict)


def roles_of(reports: Mapping[str, NodeReport]) -> dict[str, list[str]]:
    """Return the nodes that have each role, in the order of the document."""
    roles: dict[str, list[str]] = {}
    for id, report in reports.items():
        if report.block is not None and report.block.role != "layer":
            roles.setdefault(report.block.role, []).append(id)
    return roles


def missing_roles(graph: Graph, roles: Mapping[str, list[str]]) -> Iterator[Problem]:
    """Report what every network needs and this one lacks, or has twice."""
    if not roles.get("input"):
        yield Problem("no_input", "The network has no input: no data can enter it.", "Add an image, vector, sequence or token input.")
    outputs = roles.get("output", [])
    if not outputs:
        message = "The network has no output: nobody can say what it predicts."
        yield Problem("no_output", message, "Add an Output block and connect the prediction to it.")
    yield from _unclear_outputs(graph, outputs)
    if not roles.get("loss"):
        yield Problem(
            "no_loss",
            "The network has no loss: it does not know what to get better at.",
            "Add a loss (cross-entropy for classes, MSE for numbers) and connect the prediction to it.",
        )


def _unclear_outputs(graph: Graph, outputs: list[str]) -> Iterator[Problem]:
    """Report outputs that cannot be told apart. The first output is the prediction that is scored."""
    first_with: dict[str, str] = {}
    for id in outputs if len(outputs) > 1 else ():
        name = graph.nodes[id].name.strip()
        if not name or name in first_with:
            same = f"two of them are called '{name}'" if name else "this one has no name"
            message = f"The network has {len(outputs)} outputs, and {same}: nobody could tell them apart."
            yield Problem("several_outputs", message, "Give each output a name of its own, or remove this one.", id)
        first_with.setdefault(name, id)


def sharing(graph: Graph, node: Node, reports: Mapping[str, NodeReport], worked_out: AbstractSet[str]) -> Iterator[Problem]:
    """Two blocks share all weights where both would be built by the same call, and blocks of two types their `weight`."""
    other = graph.nodes.get(node.shares_weights_with or "")
    if other is None or other.id == node.id or other.shares_weights_with is not None:
        message = f"{title_of(node)} shares the weights of a block that has none of its own."
        yield Problem("shared_weights", message, "Choose a block with weights of its own, or stop sharing.", node.id)
    elif other.id in worked_out and other.type != node.type:
        mine_shape, other_shape = (weight_shape(reports[id].block, reports[id].wires) for id in (node.id, other.id))
        if mine_shape is None or mine_shape != other_shape:
            message = f"{title_of(node)} cannot share the weight of {title_of(other)}: its own is {mine_shape}, the other {other_shape}."
            yield Problem("shared_weights", message, "Give both weights of the same shape, or stop sharing.", node.id)
    elif other.id in worked_out and (mine := reports[node.id].constructor) != (theirs := reports[other.id].constructor):
        message = f"{title_of(node)} cannot share the weights of {title_of(other)}: it would be {mine}, the other is {theirs}."
        yield Problem("shared_weights", message, "Give both the same parameters and the same kind of input, or stop sharing.", node.id)


def too_many_parameters(reports: Mapping[str, NodeReport]) -> Iterator[Problem]:
    """Report a network whose blocks are each small enough, and too many."""
    counts = [report.num_parameters for report in reports.values()]
    if (total := sum(counts)) > MOST_PARAMETERS >= max(counts):
        message = f"The network would have {total:,} parameters, more than {MOST_PARAMETERS:,}."
        yield Problem("too_large", message, "Make its widest blocks narrower.")


def uses_of(
    graph: Graph, reports: Mapping[str, NodeReport], ends: frozenset[str], before: Uses, *, rewired: bool, renamed: AbstractSet[str]
) -> Uses:
    """Find the nodes that lead neither to an output nor to a loss. Only what changed is looked at again."""
    needed = before.needed if not rewired and ends == before.ends else _leading_to(graph, ends)
    unused: dict[str, Problem] = {}
    for id, report in reports.items():
        if id in needed or report.block is None:
            continue
        known = before.unused.get(id)
        unused[id] = known if known is not None and id not in renamed else _unused(graph.nodes[id])
    return Uses(ends, needed, unused)


def _unused(node: Node) -> Problem:
    message = f"{title_of(node)} leads neither to the output nor to a loss, so it is left out."
    return Problem("unused", message, "Connect it, or remove it.", node.id, severity="warning")


def _leading_to(graph: Graph, ends: frozenset[str]) -> AbstractSet[str]:
    needed = set(ends)
    waiting = list(ends)
    while waiting:
        for edge in graph.arriving_edges.get(waiting.pop(), ()):
            if edge.source not in needed and edge.source in graph.nodes:
                needed.add(edge.source)
                waiting.append(edge.source)
    return needed
