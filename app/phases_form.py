"""The phases of a recipe as a fold: what is trained in turns, with which losses, parts and optimizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from typing import Any

import streamlit as st

from app import desk, setups
from app.canvas import Session
from app.forms import Field, bind, rows, show_problems, widget
from app.setups import Setup
from app.viewer import title_of
from blocks.problems import Problem
from engine.train.phase_check import losses_of, parts_of
from engine.train.phases import LONGEST_NAME, MOST_PHASES, STEPS, OptimizerSettings
from engine.train.recipe import OPTIMIZERS, fields_for
from engine.train.recipe_fields import LABELS

Raw = dict[str, Any]
"""A phase as plain JSON: what was typed stays, even where it cannot be used yet."""

AS_THE_RECIPE = "as_the_recipe"
_STEPS = Field("steps", "Steps in turn", "int", 1, STEPS.help, min=STEPS.min, max=STEPS.max)
_OPTIMIZER = Field(
    "optimizer",
    "Optimizer",
    "choice",
    AS_THE_RECIPE,
    "Each phase has an optimizer of its own; its settings can be the recipe's or others.",
    choices=(AS_THE_RECIPE, *OPTIMIZERS),
    titles={AS_THE_RECIPE: "As the recipe", **LABELS},
)
_SETTINGS = {field.name for field in fields(OptimizerSettings)} - {"optimizer"}


def phases_of(setup: Setup) -> list[Raw]:
    """Return the phases of a setup as they were typed."""
    raw = setup.recipe.get("phases", [])
    return [dict(phase) for phase in raw if isinstance(phase, Mapping)] if isinstance(raw, Sequence) else []


def phases_form(session: Session, setup: Setup, problems: Sequence[Problem]) -> None:
    """Show the fold; each change is kept in the graph's setup."""
    phases = phases_of(setup)
    title = f"Phases ({len(phases)})" if phases else "Phases"
    with st.expander(title, expanded=bool(phases), key=f"phases:{session.graph_id}"):
        st.caption("Train parts in turns, each on its own losses: a critic, then a generator. Without phases every step trains everything.")
        for number, phase in enumerate(phases):
            with st.container(border=True, key=f"gl-phase-{number}", gap="small"):
                _phase(session, phases, number, phase, [problem for problem in problems if _place(problem) == str(number)])
        show_problems(problem for problem in problems if not _place(problem).isdigit())
        st.button(
            "Add a phase",
            key=f"add_phase:{session.graph_id}",
            icon=":material/add:",
            width="stretch",
            disabled=len(phases) >= MOST_PHASES,
            on_click=_save,
            args=(session.graph_id, [*phases, {"name": _fresh_name(phases)}]),
        )


def _place(problem: Problem) -> str:
    return (problem.parameter or "").removeprefix("phases.").partition(".")[0] if (problem.parameter or "").startswith("phases.") else ""


def _phase(session: Session, phases: list[Raw], number: int, phase: Raw, problems: Sequence[Problem]) -> None:
    key, graph, report = f"phase:{session.graph_id}:{number}", session.graph, desk.report(session)
    change = partial(_change, session.graph_id, number)
    _head(session.graph_id, number, phase, key)
    for name, label, known, all_words, help in (
        ("losses", "Losses", losses_of(graph, report), "All losses", "What this phase minimises: the sum of these, each with its weight."),
        ("parts", "Parts", parts_of(graph, report), "All parts", "The blocks whose weights this phase changes; all others stay."),
    ):
        held = [id for id in phase.get(name) or [] if isinstance(id, str)]
        bound = bind(f"{key}:{name}", held, partial(change, name))
        st.multiselect(
            label,
            [*known, *(id for id in held if id not in known)],
            default=bound.held,
            format_func=lambda id: title_of(graph.nodes[id], graph) if id in graph.nodes else f"{id} (gone)",
            placeholder=all_words,
            help=help,
            **bound.wiring,
        )
    _optimizer(key, phase, change)
    show_problems(problems)
    _order(session.graph_id, phases, number, key)


def _head(graph_id: str, number: int, phase: Raw, key: str) -> None:
    name, steps = st.columns([3, 2], gap="small")
    with name:
        widget(Field("name", "Name", "text"), phase.get("name"), f"{key}:name", partial(_rename, graph_id, number))
    with steps:
        widget(_STEPS, phase.get("steps", 1), f"{key}:steps", partial(_change, graph_id, number, "steps"))


def _order(graph_id: str, phases: list[Raw], number: int, key: str) -> None:
    with st.container(horizontal=True, gap="small", horizontal_alignment="right"):
        for words, icon, others, possible in (
            ("Earlier", "arrow_upward", _swapped(phases, number, number - 1), number > 0),
            ("Later", "arrow_downward", _swapped(phases, number, number + 1), number + 1 < len(phases)),
            ("Remove this phase", "delete", phases[:number] + phases[number + 1 :], True),
        ):
            st.button(
                "",
                key=f"{key}:{icon}",
                icon=f":material/{icon}:",
                help=words,
                type="tertiary",
                disabled=not possible,
                on_click=_save,
                args=(graph_id, others),
            )


def _optimizer(key: str, phase: Raw, change: partial[None]) -> None:
    own = phase.get("optimizer")
    own = dict(own) if isinstance(own, Mapping) else None
    chosen = AS_THE_RECIPE if own is None else own.get("optimizer", "adam")
    widget(_OPTIMIZER, chosen, f"{key}:optimizer", lambda name: change("optimizer", _defaults(name)))
    if own is None or chosen not in OPTIMIZERS:
        return
    settings: Raw = own

    def draw(field: Field) -> None:
        def changed(value: Any) -> None:
            change("optimizer", {**settings, field.name: value})

        widget(field, settings.get(field.name, field.default), f"{key}:{field.name}", changed)

    rows([_field(described) for described in fields_for(chosen) if described["name"] in _SETTINGS], draw)


def _field(described: Mapping[str, Any]) -> Field:
    return Field.of({**described, "widget": "bool" if described["widget"] == "switch" else described["widget"]})


def _defaults(optimizer: str) -> Raw | None:
    """Return the settings a phase begins with under an optimizer, or None for the recipe's own."""
    if optimizer == AS_THE_RECIPE:
        return None
    return {"optimizer": optimizer} | {field["name"]: field["default"] for field in fields_for(optimizer) if field["name"] in _SETTINGS}


def _rename(graph_id: str, number: int, name: Any) -> None:
    _change(graph_id, number, "name", str(name or "").strip()[:LONGEST_NAME])


def _change(graph_id: str, number: int, name: str, value: Any) -> None:
    phases = phases_of(setups.load(graph_id))
    if number < len(phases):
        phases[number] = {**phases[number], name: value}
        _save(graph_id, phases)


def _save(graph_id: str, phases: list[Raw]) -> None:
    setup = setups.load(graph_id)
    recipe = {name: value for name, value in setup.recipe.items() if name != "phases"}
    setups.save(graph_id, replace(setup, recipe={**recipe, "phases": phases} if phases else recipe))


def _swapped(phases: list[Raw], one: int, other: int) -> list[Raw]:
    after = list(phases)
    if 0 <= other < len(after):
        after[one], after[other] = after[other], after[one]
    return after


def _fresh_name(phases: list[Raw]) -> str:
    names = {phase.get("name") for phase in phases}
    return next(name for number in range(1, MOST_PHASES + 2) if (name := f"phase {number}") not in names)
