"""How one block is trained: frozen or not, its learning rate, how its weights begin, and whether it uses another block's."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from app import desk
from app.canvas import Session
from app.canvas.level import Level
from app.forms import Field, bind, widget
from app.messages import text
from app.viewer import title_of
from blocks.problems import UserError
from engine.check import Report
from engine.check.whole import sharing
from engine.graph.document import MARKS, Graph, Node
from engine.graph.edits import SetMarks
from engine.graph.marks import SCHEMES, read_mark, write_mark

LARGEST_FACTOR = 1e6
NONE = ""
"""No block has this id."""

_FROZEN = Field("frozen", "Frozen", "bool", False, "Weights stay as they are while everything else is trained.")
_FACTOR = Field(
    "lr_factor", "Learning rate ×", "float", 1.0, "Factor on the recipe's learning rate; 0.1 for a part that knows much.", min=0.0,
    max=LARGEST_FACTOR, step=0.1,
)  # fmt: skip
_INITIALISATION = Field(
    "initialisation",
    "Weights begin",
    "choice",
    "default",
    "What weights are before the first step. Biases begin at 0, unless PyTorch chooses.",
    choices=tuple(SCHEMES),
    titles={name: scheme.title for name, scheme in SCHEMES.items()},
)


def training_marks(session: Session | Level, node: Node) -> None:
    """Show the marks of a block that has weights, or uses another's; nothing for other blocks."""
    report = desk.report(session)
    candidates = lenders(session.graph, report, node)
    known = report.nodes.get(node.id)
    marked = any(getattr(node, mark) != MARKS[mark] for mark in ("frozen", "lr_factor", "initialisation", "shares_weights_with"))
    if not (known and known.num_parameters) and not marked:
        return
    with st.expander("Training", icon=":material/tune:", expanded=marked, key=f"marks:{session.graph_id}:{node.id}"):
        if node.shares_weights_with is None:
            _own(session, node)
        _sharing(session, node, candidates)


def lenders(graph: Graph, report: Report, node: Node) -> list[str]:
    """Return the blocks whose weights a block could use: those that have weights of their own, of the same shapes."""
    if node.id not in report.nodes or any(other.shares_weights_with == node.id for other in graph.nodes.values()):
        return []  # who lends weights does not borrow any
    return [
        id
        for id, other in graph.nodes.items()
        if id != node.id
        and other.shares_weights_with is None
        and (known := report.nodes.get(id)) is not None
        and known.num_parameters > 0
        and _alike(graph, report, node, other)
    ]


def _alike(graph: Graph, report: Report, node: Node, other: Node) -> bool:
    if graph.definition_of(node) is not None or graph.definition_of(other) is not None:
        return other.type == node.type and dict(other.parameters) == dict(node.parameters)
    return not any(sharing(graph, replace(node, shares_weights_with=other.id), report.nodes, report.nodes.keys()))


def _own(session: Session | Level, node: Node) -> None:
    key = f"mark:{session.graph_id}:{node.id}"
    widget(_FROZEN, node.frozen, f"{key}:frozen", partial(_set, session, node.id, "frozen"))
    widget(_FACTOR, node.lr_factor, f"{key}:lr_factor", partial(_set_factor, session, node.id))
    read = read_mark(node.initialisation)
    widget(_INITIALISATION, read.scheme.name, f"{key}:initialisation", partial(_set, session, node.id, "initialisation"))
    if read.scheme.number:
        number = Field(
            "number", read.scheme.number, "float", read.scheme.default, read.scheme.help, min=read.scheme.least, max=read.scheme.most
        )
        changed = partial(_set_number, session, node.id, read.scheme.name)
        widget(number, read.number, f"{key}:{read.scheme.name}", changed)
    source = f" {read.scheme.source}." if read.scheme.source and not read.scheme.source.startswith("https") else ""
    st.caption(text(read.scheme.help + source))


def _sharing(session: Session | Level, node: Node, candidates: list[str]) -> None:
    chosen = node.shares_weights_with
    if chosen is None and not candidates:
        return
    graph = session.graph
    options = [NONE, *candidates, *([chosen] if chosen is not None and chosen not in candidates else [])]
    bound = bind(f"mark:{session.graph_id}:{node.id}:shares", chosen or NONE, partial(_share, session, node.id))
    st.selectbox(
        "Shares weights with",
        options,
        index=options.index(bound.held),
        format_func=lambda id: (
            "No other block" if id == NONE else title_of(graph.nodes[id], graph) if id in graph.nodes else "A block that is gone"
        ),
        help="One set of weights for both, which learns from both: the two encoders of a Siamese network. "
        "Offered are the blocks whose weights have the same shapes.",
        **bound.wiring,
    )
    if chosen in graph.nodes:
        st.caption(text(f"It is trained as {title_of(graph.nodes[chosen], graph)} is."))


def _set(session: Session | Level, node_id: str, mark: str, value: Any) -> None:
    try:
        session.edit(SetMarks(node_id, {mark: value}))
    except UserError as refused:
        _refuse(refused)


def _share(session: Session | Level, node_id: str, owner: str) -> None:
    _set(session, node_id, "shares_weights_with", None if owner == NONE else owner)


def _set_factor(session: Session | Level, node_id: str, value: Any) -> None:
    factor = 1.0 if value is None else value
    if not isinstance(factor, (int, float)) or not 0 <= factor <= LARGEST_FACTOR:
        st.toast(f"The learning rate's factor must be from 0 to {LARGEST_FACTOR:,.0f}. Set it to 1.", icon=":material/error:")
        return
    _set(session, node_id, "lr_factor", float(factor))


def _set_number(session: Session | Level, node_id: str, scheme: str, value: Any) -> None:
    try:
        mark = write_mark(scheme, value)
        read_mark(mark)
    except UserError as refused:
        _refuse(refused)
        return
    _set(session, node_id, "initialisation", mark)


def _refuse(refused: UserError) -> None:
    st.toast(text(str(refused.problems[0])), icon=":material/error:")
