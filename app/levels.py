"""What was measured at the blocks of a run, told at the level that is drawn: a composite shows the weakest of what is in it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from app.viewer import title_of
from engine.graph.document import Graph


def weakest(measured: Mapping[str, float], place: str = "") -> dict[str, float]:
    """Return the least of the values at each node of a level; they are named by the paths of the network written out."""
    prefix = f"{place}/" if place else ""
    found: dict[str, float] = {}
    for path, value in measured.items():
        if path.startswith(prefix) and not math.isnan(value):
            node = path[len(prefix) :].split("/")[0].replace("~1", "/").replace("~0", "~")
            found[node] = min(value, found.get(node, math.inf))
    return found


def title_at(graph: Graph, path: str) -> str | None:
    """Return what the node at a path is called: "stage1 › rest 2 › conv1"; None where it leads nowhere."""
    level, titles, composite = graph, list[str](), False
    for step in path.split("/"):
        id = step.replace("~1", "/").replace("~0", "~")
        node = level.nodes.get(id)
        if node is not None:
            titles.append(title_of(node, graph))
            definition = graph.definition_of(node)
            composite = definition is not None
            level = graph.level(definition.id) if definition is not None else Graph()
        elif composite and id.isdigit():
            titles[-1] += f" {int(id) + 1}"
        else:
            return None
    return " › ".join(titles)
