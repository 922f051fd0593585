"""A small drawing of a network for the library's cards: SVG from the document's positions, names only as escaped titles."""

from __future__ import annotations

import html

from app.theme import Palette
from app.viewer import blocks_of, category_of, title_of
from engine.graph.document import Graph

WIDTH, HEIGHT = 320, 150
NODE_WIDTH, NODE_HEIGHT = 180.0, 64.0
"""About a node's size on the canvas, in the units of its positions."""
MARGIN = 12


def thumbnail(graph: Graph, palette: Palette) -> str:
    """Return the network as an SVG document that fits its card."""
    nodes = blocks_of(graph)
    if not nodes:
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"></svg>'
    xs = [node.position[0] for node in nodes]
    ys = [node.position[1] for node in nodes]
    span_x, span_y = max(xs) - min(xs) + NODE_WIDTH, max(ys) - min(ys) + NODE_HEIGHT
    scale = min((WIDTH - 2 * MARGIN) / span_x, (HEIGHT - 2 * MARGIN) / span_y, 0.42)
    left = (WIDTH - span_x * scale) / 2 - min(xs) * scale
    top = (HEIGHT - span_y * scale) / 2 - min(ys) * scale
    places = {node.id: (left + node.position[0] * scale, top + node.position[1] * scale) for node in nodes}
    wide, high = max(NODE_WIDTH * scale, 4.0), max(NODE_HEIGHT * scale, 3.0)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">']
    for edge in graph.edges.values():
        if edge.source in places and edge.target in places:
            parts.append(_wire(places[edge.source], places[edge.target], wide, high, palette))
    for node in nodes:
        x, y = places[node.id]
        colour = palette.categories[category_of(node)]
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="{min(4.0, high / 3):.1f}" fill="{colour}" '
            f'stroke="{palette.surface}" stroke-width=".8"><title>{html.escape(title_of(node, graph))}</title></rect>'
        )
    return "".join([*parts, "</svg>"])


def _wire(start: tuple[float, float], end: tuple[float, float], wide: float, high: float, palette: Palette) -> str:
    sideways = abs(end[0] - start[0]) >= abs(end[1] - start[1])
    if sideways:
        (x1, y1), (x2, y2) = (start[0] + wide, start[1] + high / 2), (end[0], end[1] + high / 2)
        middle = (x1 + x2) / 2
        path = f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    else:
        (x1, y1), (x2, y2) = (start[0] + wide / 2, start[1] + high), (end[0] + wide / 2, end[1])
        middle = (y1 + y2) / 2
        path = f"M{x1:.1f} {y1:.1f}C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}"
    return f'<path d="{path}" fill="none" stroke="{palette.muted}" stroke-width="1" opacity=".75"/>'
