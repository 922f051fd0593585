"""The losses of a network that are held against the data's own target, and what decides the size of their predictions."""

from __future__ import annotations

from dataclasses import dataclass

from blocks.spec import LossBlock, TargetForm
from blocks.tensors import TensorSpec
from engine.check import Report
from engine.graph.document import Graph


@dataclass(frozen=True)
class OpenLoss:
    """Describe a loss that is held against the data's own target."""

    node: str
    form: TargetForm
    prediction: TensorSpec | None
    """None where nothing rightly arrives; the check of the graph says so."""
    source: str | None
    """The node that gives the prediction."""


def open_losses(graph: Graph, report: Report) -> list[OpenLoss]:
    """Return the losses without a target of their own, in the order of the document."""
    found = []
    for id in graph.nodes:
        block = report.nodes[id].block if id in report.nodes else None
        if not isinstance(block, LossBlock) or block.target_form is None or graph.arriving(id, "target"):
            continue
        edges = [edge for edge in graph.arriving(id, "prediction") if edge.source in report.nodes]
        prediction = report.nodes[edges[0].source].outputs.get(edges[0].source_port) if edges else None
        found.append(OpenLoss(id, block.target_form, prediction, edges[0].source if edges else None))
    return found


def giving(graph: Graph, report: Report, node: str | None, parameter: str) -> str | None:
    """Return the block with this parameter that decides the prediction's size, looking back through blocks that keep it."""
    seen: set[str] = set()
    while node is not None and node not in seen and node in report.nodes:
        seen.add(node)
        if hasattr(report.nodes[node].block, parameter):
            return node
        edges = graph.arriving(node)
        if len(edges) != 1 or edges[0].source not in report.nodes:
            return None
        before = report.nodes[edges[0].source].outputs.get(edges[0].source_port)
        after = next(iter(report.nodes[node].outputs.values()), None)
        if before is None or after is None or before.shape != after.shape:
            return None
        node = edges[0].source
    return None
