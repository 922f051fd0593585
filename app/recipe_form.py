"""The recipe as a form: the few choices that matter on top, all other settings in a fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from app import setups
from app.canvas import Session
from app.forms import Field, rows, widget
from app.messages import show
from app.phases_form import phases_form
from app.setups import Setup
from blocks.problems import Problem
from engine.train.recipe import OPTIMIZERS, Recipe, fields_for

_FIRST = ("optimizer", "lr", "epochs", "batch_size")
_WIDGETS = {"switch": "bool", "optional_number": "number"}


def recipe_form(session: Session, setup: Setup, problems: Sequence[Problem]) -> None:
    """Show the form; each change is kept in the graph's setup, and a value that cannot be is shown with its problem at the field."""
    graph_id = session.graph_id
    optimizer = setup.recipe.get("optimizer")
    fields = {described["name"]: _read(described) for described in fields_for(optimizer if optimizer in OPTIMIZERS else Recipe().optimizer)}

    def draw(field: Field) -> None:
        changed = partial(_choose_optimizer, graph_id) if field.name == "optimizer" else partial(_keep, graph_id, field.name)
        widget(field, setup.recipe.get(field.name, field.default), f"recipe:{graph_id}:{field.name}", changed)

    rows([fields[name] for name in _FIRST], draw, problems)
    rest = [field for name, field in fields.items() if name not in _FIRST]
    wrong = {problem.parameter for problem in problems}
    with st.expander("More settings", expanded=bool(wrong & {field.name for field in rest}), key=f"recipe_more:{graph_id}"):
        rows(rest, draw, problems)
    of_phases = [problem for problem in problems if problem.code.startswith("phase_") or (problem.parameter or "").startswith("phases")]
    phases_form(session, setup, of_phases)
    show([problem for problem in problems if problem.parameter not in fields and problem not in of_phases])


def _read(described: Mapping[str, Any]) -> Field:
    kind = described["widget"]
    return Field.of(
        {**described, "widget": _WIDGETS.get(kind, kind), "optional": kind == "optional_number", "titles": described.get("choice_labels")}
    )


def _keep(graph_id: str, name: str, value: Any) -> None:
    setup = setups.load(graph_id)
    setups.save(graph_id, replace(setup, recipe={**setup.recipe, name: value}))


def _choose_optimizer(graph_id: str, optimizer: str) -> None:
    """Change the optimizer; settings that stood at the old one's defaults go to the new one's."""
    setup = setups.load(graph_id)
    before = setup.recipe.get("optimizer")
    old = {field["name"]: field["default"] for field in fields_for(before)} if before in OPTIMIZERS else {}
    new = {field["name"]: field["default"] for field in fields_for(optimizer)}
    moved = {name: value for name, value in new.items() if setup.recipe.get(name, old.get(name)) == old.get(name)}
    setups.save(graph_id, replace(setup, recipe={**setup.recipe, **moved, "optimizer": optimizer}))
