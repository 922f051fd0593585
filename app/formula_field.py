"""A field of a block that holds a number or a formula: written as in a spreadsheet, with its value and its mistake."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.canvas.level import Level
from app.forms import Field, widget, written
from engine.check import Report
from engine.composites.formula import FormulaError, Number, evaluate, is_formula

FORMULA_WIDGETS = ("int", "float", "size", "bool")


def field_or_formula(level: Level, field: Field, value: Any, key: str, changed: Callable[[Any], None]) -> None:
    """Show a field with a small button that makes its value a formula, or a formula a number."""
    if field.widget not in FORMULA_WIDGETS:
        widget(field, value, key, changed)
        return
    with st.container(key=f"gl-fx-{key.replace(':', '-').replace('/', '-')}", gap=None):
        widget(field, value, key, changed)
        values = values_at(level)
        if is_formula(value):
            _value_of(value, values)
            st.button("123", key=f"{key}:number", help="Make it a number", on_click=lambda: changed(_number(value, values, field)))
        elif not isinstance(value, (list, tuple)) or not any(map(is_formula, value)):
            st.button("fx", key=f"{key}:formula", help=_help(values), on_click=lambda: changed(f"={_first(value, field)}"))


def values_at(level: Level) -> Mapping[str, Number]:
    """Return what the names in formulas stand for in the copy that is looked at."""
    if level.definition is None:
        return {}
    whole = level.session.report
    expanded = whole.expanded if isinstance(whole, Report) else None
    place = expanded.places.get(level.scope.place) if expanded is not None else None
    if place is not None:
        return place.values
    return {each.name: each.default for each in level.definition.parameters} | {"copy": 0, "copies": 1}


def marked(formula: str, position: int) -> str:
    """Return a formula as HTML with the character marked at which its mistake is (from 1)."""
    at = min(max(position - 1, 0), len(formula))
    before, here, after = formula[:at], formula[at : at + 1] or " ", formula[at + 1 :]
    return f"<code>{html.escape(before)}<mark>{html.escape(here)}</mark>{html.escape(after)}</code>"


def _value_of(formula: str, values: Mapping[str, Number]) -> None:
    try:
        said = f"= {written(evaluate(formula, values))}"
    except FormulaError as error:
        said = marked(formula, error.position)
        st.html(f'<p class="gl-formula gl-error" title="{html.escape(error.message)}">{said}</p>')  # the sentence is below, at the row
        return
    st.html(f'<p class="gl-formula" role="status">{html.escape(said)}</p>')


def _number(formula: str, values: Mapping[str, Number], field: Field) -> Any:
    try:
        number = evaluate(formula, values)
    except FormulaError:
        return field.default
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _first(value: Any, field: Field) -> str:
    given = value if value is not None else field.default
    first = given[0] if isinstance(given, (list, tuple)) and given else given
    return written(first) if isinstance(first, (bool, int, float)) else "1"


def _help(values: Mapping[str, Number]) -> str:
    names = ", ".join(values)
    return f"Write a formula, as in a spreadsheet. Its names: {names}." if names else "Write a formula, as in a spreadsheet: =4 * 64"
