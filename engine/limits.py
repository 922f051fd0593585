"""Bound what a run may take before it is queued, from counts made on the meta device."""

from __future__ import annotations

import psutil

from blocks.problems import Problem
from engine.check import Report, title_of
from engine.graph.document import Graph

SHARE_OF_MEMORY = 0.8
"""How much of the machine's memory one run may plan to take; the rest is for the system, the app and the other workers."""


def resource_problems(graph: Graph, report: Report, batch_size: int, memory_bytes: int | None = None) -> list[Problem]:
    """Return a problem where training would need more memory than there is.

    Args:
        memory_bytes: What a run may take; by default a share of this machine's memory.
    """
    allowed = int(psutil.virtual_memory().total * SHARE_OF_MEMORY) if memory_bytes is None else memory_bytes
    needed = report.memory_bytes(batch_size)
    if needed <= allowed:
        return []
    largest = max(report.nodes, key=lambda id: report.nodes[id].num_parameters)
    short = f"Training would need about {gigabytes(needed)}, this machine can give {gigabytes(allowed)}"
    if report.num_parameters and report.memory_bytes(1) > allowed:
        message = f"{short}: the network has {report.num_parameters:,} parameters."
        return [Problem("too_large", message, f"Make {title_of(graph.nodes[largest])} narrower, which has the most.", node=largest)]
    message = f"{short}, with batches of {batch_size}."
    return [Problem("too_large", message, f"Set the batch size to {max(1, batch_size * allowed // needed // 2)}.", parameter="batch_size")]


def gigabytes(size_bytes: int) -> str:
    """Write a number of bytes for a person."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:,.1f} {unit}"
    return f"{size_bytes} bytes"
