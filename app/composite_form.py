"""Forms for composites: one use of one, with the values of its parameters, and the definition whose inside is shown."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from app import parts
from app.canvas.level import Level
from app.forms import Field, bind, rows, widget
from app.formula_field import field_or_formula
from app.messages import text
from app.solving import show_with_fixes
from blocks.problems import Problem, UserError
from engine.composites.exposing import exposed_anew
from engine.composites.grouping import unpack
from engine.composites.uses import unused, uses_of
from engine.composites.values import MOST_COPIES
from engine.graph.document import REPEAT, Definition, Exposed, Node
from engine.graph.edits import Define, Edit, RenameGraph, SetParameters

LONGEST_HELP = 1000


def parameters_form(level: Level, node: Node, definition: Definition, problems: list[Problem]) -> None:
    """Show what one use of a composite gives to its parameters, and how often it is repeated."""
    fields = [*(field_of(exposed) for exposed in definition.parameters), repeat_field()]

    def draw(field: Field) -> None:
        value = node.parameters.get(field.name, field.default)
        changed = partial(_set, level, node.id, field.name)
        field_or_formula(level, field, value, f"field:{level.graph_id}:{node.id}:{field.name}", changed)

    def show(found: list[Problem]) -> None:
        if found:
            show_with_fixes(level, found, f"field-{node.id}-{found[0].parameter}")

    rows(fields, draw, problems, show)
    count = uses_of(level.document, definition.id)
    st.caption(f"Used {count} times: a change inside changes all of them." if count > 1 else "Used once.")
    one, two = st.columns(2, gap="small")
    one.button("Open", icon=":material/open_in_full:", key="open_composite", width="stretch", on_click=level.open, args=(node.id,))
    two.button("Unpack", icon=":material/unarchive:", key="unpack_composite", width="stretch", on_click=_unpack, args=(level, node.id))


def field_of(exposed: Exposed) -> Field:
    """Return the field for one exposed parameter."""
    kind = "bool" if isinstance(exposed.default, bool) else "int" if isinstance(exposed.default, int) else "float"
    return Field(exposed.name, exposed.label or exposed.name, kind, exposed.default, exposed.help, min=exposed.minimum, max=exposed.maximum)


def repeat_field() -> Field:
    """Return the field for the number of copies."""
    help = "How many copies follow each other, each with its own weights."
    return Field(REPEAT, "Repeat", "int", 1, help, min=1, max=MOST_COPIES)


def definition_form(level: Level, definition: Definition) -> None:
    """Show the composite whose inside the canvas shows: its name, help and parameters."""
    parts.section("Composite", f"used {uses_of(level.document, definition.id)} ×")
    key = f"definition:{level.graph_id}"
    name = bind(f"{key}:name", definition.name, lambda given: _edit(level, RenameGraph(given.strip() or definition.name)))
    st.text_input("Name", max_chars=200, value=name.held, **name.wiring)
    described = Field("help", "Help", "prose", "", "What it is for; shown in the list of blocks.")
    widget(
        described, definition.help, f"{key}:help", lambda given: _edit(level, Define(replace(_now(level, definition), help=given or "")))
    )
    parts.section("Parameters", "for formulas inside")
    for exposed in definition.parameters:
        _exposed_form(level, definition, exposed, f"{key}:{exposed.name}")
    if not definition.parameters:
        st.caption("None yet. A parameter can be set at every use, and formulas inside use its name, as in =4 * width.")
    st.button("Add a parameter", icon=":material/add:", key="add_parameter", width="stretch", on_click=_add, args=(level, definition))
    st.button(
        "Back to the level above", icon=":material/arrow_upward:", key="leave_composite", width="stretch", on_click=level.open, args=(None,)
    )


def _exposed_form(level: Level, definition: Definition, exposed: Exposed, key: str) -> None:
    def set_to(what: str, value: Any) -> None:
        _expose(level, definition, exposed.name, replace(exposed, **{what: value}))

    with st.expander(text(f"{exposed.name} = {exposed.default}"), key=f"fold:{key}"):
        one, two = st.columns(2, gap="small")
        with one:
            widget(Field("name", "Name", "text"), exposed.name, f"{key}:name", lambda given: set_to("name", given or exposed.name))
        with two:
            widget(Field("default", "Default", "size", 1), exposed.default, f"{key}:default", partial(set_to, "default"))
        one, two = st.columns(2, gap="small")
        with one:
            least = Field("minimum", "Smallest", "float", None, optional=True)
            widget(least, exposed.minimum, f"{key}:minimum", partial(set_to, "minimum"))
        with two:
            most = Field("maximum", "Largest", "float", None, optional=True)
            widget(most, exposed.maximum, f"{key}:maximum", partial(set_to, "maximum"))
        widget(Field("help", "Help", "text"), exposed.help, f"{key}:help", lambda given: set_to("help", given or ""))
        st.button(
            "Remove", icon=":material/delete:", key=f"remove:{key}", type="tertiary", on_click=_expose,
            args=(level, definition, exposed.name, None),
        )  # fmt: skip


def _add(level: Level, definition: Definition) -> None:
    taken = {each.name for each in _now(level, definition).parameters}
    _expose(level, definition, None, Exposed(unused("width", taken), 64, minimum=1))


def _expose(level: Level, definition: Definition, name: str | None, changed: Exposed | None) -> None:
    try:
        level.edit(exposed_anew(level.document, _now(level, definition), name, changed))
    except UserError as refused:
        _refuse(refused)


def _now(level: Level, definition: Definition) -> Definition:
    return level.document.definitions.get(definition.id, definition)


def _unpack(level: Level, node_id: str) -> None:
    try:
        level.session.edit(unpack(level.document, node_id, level.scope.definition))
    except UserError as refused:
        _refuse(refused)


def _set(level: Level, node_id: str, name: str, value: Any) -> None:
    _edit(level, SetParameters(node_id, {name: value}))


def _edit(level: Level, edit: Edit) -> None:
    try:
        level.edit(edit)
    except UserError as refused:
        _refuse(refused)


def _refuse(refused: UserError) -> None:
    st.toast(text(str(refused.problems[0])), icon=":material/error:")
