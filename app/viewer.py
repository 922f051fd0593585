"""Look at a network without editing it: streamlit-flow-component fed from the document, its nodes tinted by their gradient signal."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit_flow import streamlit_flow
from streamlit_flow.elements import StreamlitFlowEdge, StreamlitFlowNode
from streamlit_flow.layouts import ManualLayout
from streamlit_flow.state import StreamlitFlowState

from app import wording
from app.theme import FONT, Palette, palette
from blocks.registry import registry
from engine.graph.document import COMPOSITE, Graph, Node

LONGEST_NAME = 40
ANSWERS_OF_A_DRAWING = 2
"""The component answers when it has taken the nodes, and again when it has laid them out."""
LONGEST_DRAWING_S = 5.0
_LINE = "display:block;max-width:150px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;"


def as_text(words: str) -> str:
    """Encode a string such that neither HTML nor Markdown in it means anything.

    The component renders Markdown with raw HTML. Every character that is no letter, digit or space becomes a numeric
    reference, which both take as text.
    """
    short = words if len(words) <= LONGEST_NAME else words[: LONGEST_NAME - 1] + "…"
    return "".join(
        character if character.isalnum() and character.isascii() or character == " " else f"&#{ord(character)};" for character in short
    )


def title_of(node: Node, graph: Graph | None = None) -> str:
    """Return what a node is called: the user's name, else the block's title; a composite's, where the graph is given that defines it."""
    block = registry().get(node.type)
    definition = graph.definition_of(node) if graph is not None else None
    return node.name or (block.title if block else definition.name if definition else node.type)


def category_of(node: Node) -> str:
    """Return a node's category; an unknown block counts as regularisation, drawn grey."""
    block = registry().get(node.type)
    return block.category if block else "composite" if node.type.startswith(COMPOSITE) else "regularisation"


def blocks_of(graph: Graph) -> list[Node]:
    """Return what takes part in the network: every node but the notes."""
    return [node for node in graph.nodes.values() if category_of(node) != "note"]


def flow_nodes(graph: Graph, colours: Palette, tints: Mapping[str, str], captions: Mapping[str, str]) -> list[StreamlitFlowNode]:
    """Draw the nodes where the document has them; a tint fills the node, a caption is its second line."""
    horizontal = _runs_sideways(graph)
    source, target = ("right", "left") if horizontal else ("bottom", "top")
    nodes = []
    for node in blocks_of(graph):
        colour = colours.categories[category_of(node)]
        name, caption = as_text(title_of(node, graph)), as_text(captions.get(node.id, ""))
        second = f"<span style='{_LINE}font-size:12px;opacity:.75'>{caption}</span>" if caption else ""
        nodes.append(
            StreamlitFlowNode(
                id=node.id,
                pos=node.position,
                data={"content": f"<span style='{_LINE}font-weight:600'>{name}</span>{second}"},
                node_type="default",
                source_position=source,
                target_position=target,
                draggable=False,
                selectable=False,
                connectable=False,
                deletable=False,
                focusable=False,
                style=_style(colours, colour, tints.get(node.id)),
            )
        )
    return nodes


def flow_edges(graph: Graph, colours: Palette) -> list[StreamlitFlowEdge]:
    """Draw the wires whose ends exist, under our own ids: two wires may join the same pair of nodes."""
    return [
        StreamlitFlowEdge(
            id=f"wire-{edge.id}",
            source=edge.source,
            target=edge.target,
            edge_type="default",
            marker_start={},
            marker_end={"type": "arrowclosed", "color": colours.muted},
            style={"stroke": colours.muted, "strokeWidth": 1.4},
            label_style={},
            label_bg_style={},
        )
        for edge in graph.edges.values()
        if edge.source in graph.nodes and edge.target in graph.nodes
    ]


@dataclass
class _Shown:
    """Remember what the browser was last sent, so that nothing is sent twice."""

    state: StreamlitFlowState
    tints: dict[str, str]
    theme: str
    pushed: int = 0
    answers: int = 0
    drawn_at: float = field(default_factory=time.monotonic)
    captions: dict[str, str] = field(default_factory=dict)

    @property
    def has_settled(self) -> bool:
        """Return whether the browser has laid the first drawing out and fitted it: a push before that would leave the view where it is."""
        return self.answers >= ANSWERS_OF_A_DRAWING or time.monotonic() - self.drawn_at > LONGEST_DRAWING_S


def viewer(
    graph: Graph, *, key: str, height: int = 420, tints: Mapping[str, str] | None = None, captions: Mapping[str, str] | None = None
) -> None:
    """Show a graph, read-only. Call it in a fragment of its own: the component answers each push with a rerun of where it stands.

    Args:
        key: fixed for as long as the same graph is shown.
        tints: a CSS colour for each node id.
        captions: a second line for each node id.
    """
    colours = palette()
    tints, captions = dict(tints or {}), dict(captions or {})
    memory: dict[str, _Shown] = st.session_state.setdefault("viewer_states", {})
    shown = memory.get(key)
    if shown is None:
        state = StreamlitFlowState(
            flow_nodes(graph, colours, tints, captions), flow_edges(graph, colours), timestamp=int(time.time() * 1000)
        )
        shown = memory[key] = _Shown(state, tints, colours.name, captions=captions)
    elif (tints, captions, colours.name) != (shown.tints, shown.captions, shown.theme) and shown.has_settled:
        # The component takes a push only when it is later by the browser's own clock.
        stamp = shown.state.timestamp + 1
        shown.state = StreamlitFlowState(flow_nodes(graph, colours, tints, captions), flow_edges(graph, colours), timestamp=stamp)
        shown.tints, shown.captions, shown.theme = tints, captions, colours.name
        shown.pushed += 1
    answer = streamlit_flow(
        key,
        shown.state,
        height=height,
        fit_view=shown.pushed == 0,
        show_controls=False,
        style={"background": "transparent", "fontFamily": FONT},
        layout=ManualLayout(),
        pan_on_drag=True,
        allow_zoom=True,
        min_zoom=0.1,
        hide_watermark=True,
    )
    if answer.timestamp > shown.state.timestamp:
        shown.state.timestamp = answer.timestamp
        shown.answers += 1


def is_laid_out(key: str) -> bool:
    """Return whether a drawing takes new tints: there is none yet, which starts with them, or the browser has laid it out."""
    shown = st.session_state.get("viewer_states", {}).get(key)
    return shown is None or shown.has_settled


def _style(colours: Palette, category: str, tint: str | None) -> dict[str, Any]:
    ground = f"color-mix(in srgb, {tint} 34%, {colours.background})" if tint else colours.surface
    return {
        "background": ground,
        "color": colours.text,
        "border": f"1px solid {tint or colours.border}",
        "borderLeft": f"4px solid {category}",
        "borderRadius": "8px",
        "padding": "8px 12px",
        "fontSize": "15px",
        "lineHeight": "1.35",
        "textAlign": "left",
        "width": "auto",
        "height": "auto",
        "minWidth": "130px",
        "boxShadow": "none",
    }


def _runs_sideways(graph: Graph) -> bool:
    """Tell whether most wires run to the right rather than down."""
    spans = [
        (
            graph.nodes[edge.target].position[0] - graph.nodes[edge.source].position[0],
            graph.nodes[edge.target].position[1] - graph.nodes[edge.source].position[1],
        )
        for edge in graph.edges.values()
        if edge.source in graph.nodes and edge.target in graph.nodes
    ]
    return sum(abs(x) for x, _ in spans) >= sum(abs(y) for _, y in spans)


def shape_captions(shapes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return each node's first output shape as its second line."""
    return {node: wording.shape(next(iter(outputs.values())).shape) for node, outputs in shapes.items() if outputs}
