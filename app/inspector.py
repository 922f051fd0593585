"""The inspector: everything about the one block that is selected, as a form that sends edits."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

import streamlit as st

from app import desk, parts, wording
from app.canvas import Session
from app.canvas.level import Level
from app.composite_form import parameters_form
from app.forms import Field, bind, rows
from app.formula_field import field_or_formula
from app.solving import show_with_fixes
from app.theme import palette
from app.training_marks import training_marks
from app.viewer import category_of, title_of
from blocks.problems import Problem, UserError
from blocks.registry import registry
from blocks.validation import describe
from engine.graph.document import REPEAT, Node
from engine.graph.edits import Edit, RemoveNode, RenameNode, SetParameters

LONGEST_NAME = 200


def inspector(session: Level, node: Node) -> None:
    """Show a block: name, parameters with their problems, shapes and counts, help, delete."""
    block, definition = registry().get(node.type), session.graph.definition_of(node)
    report = desk.report(session).nodes.get(node.id)
    problems = list(report.problems) if report else []
    colour = palette().categories[category_of(node)]
    kind = block.title if block else f"{definition.name} · composite" if definition else f"Unknown block “{node.type[:40]}”"
    st.html(f'<div class="gl-section"><span class="gl-chip" style="--tone: {colour}"></span>{html.escape(kind)}</div>')
    described = describe(node.type) if block else {"fields": []}
    fields = [Field.of(field) for field in described["fields"]]
    named = {field.name for field in fields} if definition is None else {REPEAT, *(exposed.name for exposed in definition.parameters)}
    general = [problem for problem in problems if problem.parameter not in named]
    show_with_fixes(session, general, f"node-{node.id}")
    _name(session, node)

    def draw(field: Field) -> None:
        value = node.parameters.get(field.name, field.default)
        changed = partial(_set, session, node.id, field.name)
        field_or_formula(session, field, value, f"field:{session.graph_id}:{node.id}:{field.name}", changed)

    def show(found: list[Problem]) -> None:
        if found:
            show_with_fixes(session, found, f"field-{node.id}-{found[0].parameter}")

    if definition is not None:
        parameters_form(session, node, definition, problems)
    rows(fields, draw, problems, show)
    training_marks(session, node)
    if report:
        _measures(session, node, report)
    if block:
        _help(described)
    st.button(
        "Delete block", icon=":material/delete:", key="delete_block", width="stretch", on_click=send, args=(session, RemoveNode(node.id))
    )


def send(session: Session | Level, edit: Edit) -> None:
    """Make an edit; one that no longer fits is refused with its sentence."""
    try:
        session.edit(edit)
    except UserError as refused:
        st.toast(str(refused.problems[0].message), icon=":material/error:")


def _set(session: Level, node_id: str, name: str, value: Any) -> None:
    send(session, SetParameters(node_id, {name: value}))


def _name(session: Level, node: Node) -> None:
    bound = bind(
        f"name:{session.graph_id}:{node.id}", node.name, lambda name: send(session, RenameNode(node.id, name.strip())), settled=str.strip
    )
    label = "Name of the port" if node.type in ("entry", "exit") else "Name"
    st.text_input(label, placeholder=title_of(node, session.graph), max_chars=LONGEST_NAME, value=bound.held, **bound.wiring)


def _measures(session: Level, node: Node, report: Any) -> None:
    pairs = {f"Output {port}" if len(report.outputs) > 1 else "Output": wording.shape(spec.shape) for port, spec in report.outputs.items()}
    pairs["Parameters"] = wording.count(report.num_parameters)
    if report.outputs:
        pairs["Activations"] = f"{wording.size(report.activation_bytes)} an example"
        pairs["Operations"] = f"{wording.count(desk.report(session).flops_of(node.id))} an example"
    parts.facts(pairs, as_list=True)


def _help(described: dict[str, Any]) -> None:
    with st.expander("About this block", icon=":material/help:"):
        paragraphs = [" ".join(paragraph.split()) for paragraph in described["help"].split("\n\n")]
        st.html(f'<div class="gl-help">{"".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)}</div>')
        if described["formula"]:
            st.latex(described["formula"])
        if described["source"].startswith("https://"):
            st.link_button("Source", described["source"], icon=":material/open_in_new:", type="tertiary")
        elif described["source"]:
            st.caption(described["source"])
