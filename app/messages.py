"""Mistakes and problems as sentences on the page: what, where, and the fix; never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec

import streamlit as st

from blocks.problems import Problem, UserError

P = ParamSpec("P")
log = logging.getLogger("gradloom.app")

MOST_SHOWN = 6
_MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]()#+-.!|<>~$:&"})


def text(words: str) -> str:
    """Return words such that Markdown shows them exactly as they are."""
    return " ".join(words.split()).translate(_MARKDOWN)


def sentence(problem: Problem) -> str:
    """Return a problem as Markdown: the message, and the fix set apart."""
    fix = f" **{text(problem.fix)}**" if problem.fix else ""
    return text(problem.message) + fix


def show(problems: Sequence[Problem], *, severity: str = "error") -> None:
    """Show problems as one box: each a sentence with its fix."""
    if not problems:
        return
    lines = [sentence(problem) for problem in problems[:MOST_SHOWN]]
    if len(problems) > MOST_SHOWN:
        lines.append(f"and {len(problems) - MOST_SHOWN} more.")
    box = st.error if severity == "error" else st.warning
    box("\n\n".join(lines), icon=":material/error:" if severity == "error" else ":material/warning:")


@contextmanager
def user_errors() -> Iterator[None]:
    """Show a `UserError` raised inside as sentences, and go on with the page."""
    try:
        yield
    except UserError as error:
        show(error.problems)


@contextmanager
def page_errors() -> Iterator[None]:
    """Guard a whole page: a user's mistake in its own words; a mistake of ours is logged with its traceback and owned up to."""
    try:
        yield
    except UserError as error:
        show(error.problems)
    except Exception:
        # Streamlit's own reruns and stops are no Exceptions, so that only faults of ours arrive here.
        log.exception("a page failed")
        st.error(
            "Something went wrong in Gradloom, not in your network. Nothing you made is lost; reload the page to go on.",
            icon=":material/error:",
        )


def guarded(draw: Callable[P, None]) -> Callable[P, None]:
    """Guard what is drawn in a fragment, which runs again on its own, outside the page's guard."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        with page_errors():
            draw(*args, **kwargs)

    return drawn
