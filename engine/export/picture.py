"""Draw a network as an SVG that stands alone: blocks, ports, shapes and wires as on the canvas, in the colours of one theme or of both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from blocks.problems import UserError
from blocks.registry import registry
from blocks.spec import Block, Port
from blocks.validation import build
from engine.check import NodeReport, Report
from engine.export.lettering import broken, shortened, width_of
from engine.export.picture_style import FRAMES, Colours, class_of, style_sheet
from engine.export.wiring import Box, Ends, path_of
from engine.graph.document import Edge, Graph, Node, port_of

# The canvas draws blocks in these sizes: app/canvas/frontend/src/flow.ts and styles/block.css.
WIDTH, FRAME, HEAD, FOOT, PORT, PADDING, RADIUS = 204, 76, 34, 30, 20, 5, 10
INDENT, PORT_INDENT = 11, 12
MARGIN, CAPTION = 32, 36
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class _Drawn:
    """Hold one block as it is drawn."""

    node: Node
    title: str
    category: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    report: NodeReport | None
    box: Box

    def place(self, port: str, *, output: bool) -> tuple[float, float]:
        """Return the middle of a port."""
        names = [known.name for known in (self.outputs if output else self.inputs)]
        y = HEAD / 2 if self.node.collapsed else HEAD + PADDING + PORT * names.index(port) + PORT / 2
        return (self.box.right if output else self.box.left), self.box.top + y


def picture(graph: Graph, report: Report, *themes: Colours) -> str:
    """Return the network as an SVG document. Of two themes the second is for those whose system is dark."""
    assert 1 <= len(themes) <= 2, "a picture has one theme, or one for light and one for dark"
    frames = [_frame(node, block) for node in graph.nodes.values() if (block := _note(node)) is not None]
    framed = {frame.box.id for frame in frames}
    drawn = {id: _drawn(graph, report, node) for id, node in graph.nodes.items() if id not in framed}
    boxes = [block.box for block in drawn.values()]
    everything = [*boxes, *(frame.box for frame in frames)]
    left = min((box.left for box in everything), default=0) - MARGIN
    top = min((box.top for box in everything), default=0) - MARGIN - CAPTION
    width = max((box.right for box in everything), default=WIDTH) + MARGIN - left
    height = max((box.bottom for box in everything), default=0) + MARGIN - top
    view = f"{left:g} {top:g} {width:g} {height:g}"
    caption = f"{report.num_parameters:,} parameters"
    room = width - 2 * MARGIN
    title = shortened(graph.name, 19, room - width_of(caption, 13) - 16, bold=True)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" width="{width:g}" height="{height:g}" role="img">',
        f"<title>{_text(graph.name)}</title>",
        f"<style>{style_sheet(themes)}</style>",
        f'<rect class="ground" x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}"/>',
        _label("name", left + MARGIN, top + MARGIN + 8, title),
        _label("quiet", left + width - MARGIN, top + MARGIN + 8, caption, end=True),
        *(line for frame in frames for line in frame.lines),
        '<g class="wires">',
        *(_wire(edge, drawn, boxes) for edge in graph.edges.values() if _has_ends(edge, drawn)),
        "</g>",
        *(line for block in drawn.values() for line in _block(block, graph)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Frame:
    """Hold a box with a title behind blocks."""

    box: Box
    lines: tuple[str, ...]


def _note(node: Node) -> Block | None:
    """Return a node's block where it has no part in the network."""
    kind = registry().get(node.type)
    if kind is None or kind.role != "note":
        return None
    try:
        return build(node.type, node.parameters)
    except UserError:
        return kind()


def _frame(node: Node, block: Block) -> _Frame:
    x, y = node.position
    width, height = (float(getattr(block, name, 0)) for name in ("width", "height"))
    category = FRAMES.get(str(getattr(block, "colour", "grey")), "note")
    lines = [
        f'<g class="frame of-{class_of(category)}">',
        f'<rect class="region" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{RADIUS}"/>',
        _label("title", x + INDENT, y + 22, shortened(node.name or block.title, 14, width - 2 * INDENT, bold=True)),
    ]
    room = max(0, int(height - 34) // 17)
    for number, line in enumerate(broken(str(getattr(block, "text", "")), 12, width - 2 * INDENT)[:room]):
        lines.append(_label("quiet small", x + INDENT, y + 42 + 17 * number, line))
    return _Frame(Box(node.id, x, y, x + width, y + height), (*lines, "</g>"))


def _drawn(graph: Graph, report: Report, node: Node) -> _Drawn:
    known = report.nodes.get(node.id)
    block: Block | type[Block] | None = (known.block if known else None) or registry().get(node.type)
    definition = graph.definition_of(node)
    if definition is not None:
        inputs = tuple(Port(port_of(entry)) for entry in definition.entries)
        outputs = tuple(Port(port_of(exit)) for exit in definition.exits)
        title, category = definition.name, "composite"
        repeat = node.parameters.get("repeat", 1)
        title += f" × {repeat}" if repeat != 1 else ""
    elif block is None:  # a type that this version does not know has the ports that its wires speak of
        inputs = tuple(map(Port, dict.fromkeys(edge.target_port for edge in graph.arriving(node.id))))
        outputs = tuple(map(Port, dict.fromkeys(edge.source_port for edge in graph.leaving(node.id))))
        title, category = node.type, "regularisation"
    else:
        inputs, outputs, title, category = block.inputs, block.outputs, block.title, block.category
    x, y = node.position
    height = HEAD if node.collapsed else FRAME + PORT * max(len(inputs), len(outputs))
    box = Box(node.id, x, y, x + WIDTH, y + height)
    return _Drawn(node, title, category, inputs, outputs, known, box)


def _has_ends(edge: Edge, drawn: Mapping[str, _Drawn]) -> bool:
    return (
        edge.source in drawn
        and edge.target in drawn
        and any(port.name == edge.source_port for port in drawn[edge.source].outputs)
        and any(port.name == edge.target_port for port in drawn[edge.target].inputs)
    )


def _wire(edge: Edge, drawn: Mapping[str, _Drawn], boxes: Sequence[Box]) -> str:
    start = drawn[edge.source].place(edge.source_port, output=True)
    end = drawn[edge.target].place(edge.target_port, output=False)
    return f'<path d="{path_of(Ends(edge.source, edge.target, start, end), boxes)}"/>'


def _block(block: _Drawn, graph: Graph) -> list[str]:
    """Return one block: box, head with name and type, ports, and foot with shape and count."""
    box, category = block.box, class_of(block.category)
    height = box.bottom - box.top
    name = block.node.name or block.title
    tooltip = f"{name} · {block.title}" if block.node.name else block.title
    lines = [
        f'<g class="block of-{category}{" bypassed" if block.node.bypassed else ""}">',
        f"<title>{_text(tooltip)}</title>",
        f'<rect class="box" x="{box.left:g}" y="{box.top:g}" width="{WIDTH}" height="{height:g}" rx="{RADIUS}"/>',
        f'<path class="head" d="{_head(box, closed=block.node.collapsed)}"/>',
        f'<rect class="swatch" x="{box.left + INDENT:g}" y="{box.top + HEAD / 2 - 4.5:g}" width="9" height="9" rx="3"/>',
        *_heading(block, name),
    ]
    if not block.node.collapsed:
        for port in block.inputs:
            lines += _port(block, port, output=False, open=not graph.arriving(block.node.id, port.name))
        for port in block.outputs:
            lines += _port(block, port, output=True)
        lines += _foot(block)
    return [*lines, "</g>"]


def _head(box: Box, *, closed: bool) -> str:
    """Return the outline of a block's head: round above, and below where nothing follows."""
    r, inner = RADIUS, WIDTH - 2 * RADIUS
    top = f"M{box.left:g},{box.top + r:g}q0,{-r} {r},{-r}h{inner}q{r},0 {r},{r}"
    if closed:
        return f"{top}v{HEAD - 2 * r}q0,{r} {-r},{r}h{-inner}q{-r},0 {-r},{-r}z"
    return f"{top}v{HEAD - r}h{-WIDTH}z"


def _heading(block: _Drawn, name: str) -> list[str]:
    """Return the name, and the type beside it where there is room."""
    left, middle = block.box.left + INDENT + 16, block.box.top + HEAD / 2 + 5
    room = WIDTH - 2 * INDENT - 16
    title = shortened(name, 14, room, bold=True)
    lines = [_label("title", left, middle, title)]
    beside = [*(["frozen"] if block.node.frozen else []), *([block.title] if block.node.name else [])]
    while beside and width_of(title, 14, bold=True) + 8 + width_of("  ".join(beside), 12) > room:
        beside.pop()
    if beside:
        lines.append(_label("quiet small", block.box.right - INDENT, middle, "  ".join(beside), end=True))
    return lines


def _port(block: _Drawn, port: Port, *, output: bool, open: bool = False) -> list[str]:
    x, y = block.place(port.name, output=output)
    kind = port.kinds[0] if len(port.kinds) == 1 else "any"
    spec = block.report.outputs.get(port.name) if block.report is not None and output else None
    look = f"port kind-{class_of(spec.kind if spec is not None else kind)}{' optional' if port.optional else ''}"
    shape = (
        f'<rect class="{look}" x="{x - 4.5:g}" y="{y - 4.5:g}" width="9" height="9" rx="2.5"/>'
        if port.many
        else f'<circle class="{look}" cx="{x:g}" cy="{y:g}" r="4.5"/>'
    )
    words = shortened(port.name, 12, WIDTH / 2)
    lines = [_label("quiet small", x - PORT_INDENT if output else x + PORT_INDENT, y + 4, words, end=output), shape]
    if open and port.optional:
        told = "data set’s own" if "target" in port.kinds else "optional"
        lines.append(_label("quiet small told", x + PORT_INDENT + width_of(words, 12) + 6, y + 4, told))
    return lines


def _foot(block: _Drawn) -> list[str]:
    box, report = block.box, block.report
    y = box.bottom - FOOT
    lines = [f'<path class="rule" d="M{box.left:g},{y:g}h{WIDTH}"/>']
    shapes = [str(spec) if spec.shape else "scalar" for spec in report.outputs.values()] if report is not None else []
    count = report.num_parameters if report is not None else 0
    words = f"{_briefly(count)} param{'s' if count != 1 else ''}" if count else ""
    shape = f"{shapes[0]}{f' +{len(shapes) - 1}' if len(shapes) > 1 else ''}" if shapes else "—"
    room = WIDTH - 2 * INDENT
    if words and width_of(shape, 12, mono=True) + 8 + width_of(words, 12) > room:
        words = _briefly(count)
    shape = shortened(shape, 12, room - (width_of(words, 12) + 8 if words else 0), mono=True)
    lines.append(_label("shape", box.left + INDENT, y + 19, shape))
    if words:
        lines.append(_label("quiet small", box.right - INDENT, y + 19, words, end=True))
    return lines


def _label(look: str, x: float, y: float, words: str, *, end: bool = False) -> str:
    return f'<text class="{look}{" end" if end else ""}" x="{x:g}" y="{y:g}">{_text(words)}</text>'


def _text(words: str) -> str:
    """Return a user's words as XML: escaped, and without the characters that no XML may hold."""
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", words), {'"': "&quot;", "'": "&#39;"})


def _briefly(count: int) -> str:
    """Write a count in at most five characters, as the canvas does: 850, 2.42K, 61.7K, 138M."""
    value, unit = float(count), ""
    for larger in ("K", "M", "B", "T"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.3g}{unit}"
