"""Buttons below a problem on the page, each of which solves it as one step of undo."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from app import desk
from app.canvas import Session
from app.canvas.level import Level
from app.canvas.repair import Find
from app.forms import show_problems
from app.messages import text
from blocks.problems import Problem, UserError
from engine.fixes import fixes

MOST_BUTTONS = 3


def show_with_fixes(
    session: Session | Level, problems: Iterable[Problem], where: str, find: Find | None = None, most: int = MOST_BUTTONS
) -> None:
    """Show problems in small type, each with its fixes.

    `where` tells the place apart from others that show the same problem. `find` returns all problems of a graph, where these are not those
    of the check alone.
    """
    for number, problem in enumerate(problems):
        show_problems([problem])
        _buttons(session, problem, f"{where}-{number}", find, most)


def _buttons(session: Session | Level, problem: Problem, where: str, find: Find | None, most: int) -> None:
    report = desk.report(session)
    if problem in report.problems:
        found, find = session.offers(problem), None
    else:
        found = fixes(session.graph, report, problem, find)
    if not found:
        return
    with st.container(key=f"gl-fixes-{where}", gap=None, horizontal=True):
        for number, fix in enumerate(found[:most]):
            st.button(
                text(fix.label),
                key=f"fix:{where}:{number}",
                help=text("Then there is more to do: " + " ".join(str(other) for other in fix.uncovers[:3])) if fix.uncovers else None,
                on_click=_solve,
                args=(session, problem, fix.label, find),
            )


def _solve(session: Session | Level, problem: Problem, label: str, find: Find | None) -> None:
    try:
        session.solve(problem, label, find)
    except UserError as refused:
        st.toast(text(str(refused.problems[0].message)), icon=":material/error:")
