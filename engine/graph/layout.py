"""Lay a graph out by itself: in columns by depth, what belongs together side by side, and long networks broken into lines like text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from blocks.library.sketch import BAND_GAP, COLUMN_GAP, NODE_FRAME, NODE_WIDTH, PORT_HEIGHT, ROW_GAP
from blocks.registry import registry
from engine.graph.document import Graph
from engine.graph.order import topological_order

COLUMNS = range(4, 13)
"""Blocks in a line: as many as give the whole the shape nearest to a screen's."""
SCREEN_RATIO = 16 / 10
SWEEPS = 6
"""How often the order within the columns is improved; crossings hardly fall after the fourth."""

Positions = dict[str, tuple[float, float]]


def laid_out(graph: Graph) -> Graph:
    """Return the graph with every node at a new position; the document is otherwise the same."""
    positions = layered(graph)
    return replace(graph, nodes={id: replace(node, position=positions[id]) for id, node in graph.nodes.items()})


def layered(graph: Graph) -> Positions:
    """Return a position for each node: left to right along the wires, inputs pulled up to where they are used.

    Source: Sugiyama, Tagawa, Toda: Methods for Visual Understanding of Hierarchical System Structures (1981), sections 3 and 4.
    """
    if not graph.nodes:
        return {}
    columns = _ordered(graph, _depths(graph))
    choices = [_broken(graph, columns, per_line) for per_line in COLUMNS]
    return min(choices, key=lambda positions: _unlike_a_screen(graph, positions))


def _depths(graph: Graph) -> dict[str, int]:
    """Return the column of each node: as many steps in as its longest way from an input, then as late as what follows allows."""
    order, _ = topological_order(graph)
    order += [id for id in graph.nodes if id not in set(order)]  # what goes in circles stands behind
    depth: dict[str, int] = {}
    for id in order:
        depth[id] = 1 + max((depth[edge.source] for edge in graph.arriving(id) if edge.source in depth), default=-1)
    for id in reversed(order):
        following = [depth[edge.target] for edge in graph.leaving(id) if edge.target in depth and depth[edge.target] > depth[id]]
        if following and not any(edge.source in graph.nodes for edge in graph.arriving(id)):
            depth[id] = min(following) - 1
    return depth


def _ordered(graph: Graph, depth: Mapping[str, int]) -> list[list[str]]:
    """Return the nodes of each column from top to bottom, so that few wires cross: each beside the middle of its neighbours."""
    columns: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for id in graph.nodes:
        columns[depth[id]].append(id)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        row = {id: index - (len(column) - 1) / 2 for column in columns for index, id in enumerate(column)}
        for column in columns if forward else reversed(columns):
            middle: dict[str, float] = {}
            for id in column:
                edges = graph.arriving(id) if forward else graph.leaving(id)
                near = [row[other] for edge in edges if (other := edge.source if forward else edge.target) in row]
                middle[id] = sum(near) / len(near) if near else row[id]
            column.sort(key=lambda id: (middle[id], row[id]))
            row |= {id: index - (len(column) - 1) / 2 for index, id in enumerate(column)}
    return columns


def _broken(graph: Graph, columns: list[list[str]], per_line: int) -> Positions:
    """Return positions with that many columns in a line."""
    positions: Positions = {}
    top = 0.0
    for start in range(0, len(columns), per_line):
        line = columns[start : start + per_line]
        tallest = max(sum(height_of(graph, id) + ROW_GAP for id in column) - ROW_GAP for column in line)
        for number, column in enumerate(line):
            # A chain runs straight along the top of its line; columns with branches spread down from there.
            y = top
            for id in column:
                positions[id] = (float(number * (NODE_WIDTH + COLUMN_GAP)), y)
                y += height_of(graph, id) + ROW_GAP
        top += tallest + BAND_GAP
    return positions


def height_of(graph: Graph, id: str) -> float:
    """Return how tall the canvas draws a node."""
    block = registry().get(graph.nodes[id].type)
    ports = 1 if block is None else max(len(block.inputs), len(block.outputs))
    return float(NODE_FRAME + PORT_HEIGHT * ports)


def _unlike_a_screen(graph: Graph, positions: Positions) -> float:
    width = max(x for x, _ in positions.values()) + NODE_WIDTH
    height = max(y + height_of(graph, id) for id, (_, y) in positions.items())
    ratio = width / height
    return max(ratio / SCREEN_RATIO, SCREEN_RATIO / ratio)
