"""The pages with their addresses, and the ways from one to another."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NoReturn

import streamlit as st

_STATIC = Path(__file__).parent / "static"
ICON = str(_STATIC / "icon.svg")


def brand() -> None:
    """Show the product's name in the bar."""
    st.logo(ICON, size="medium")
    st.html('<div class="gl-brand">Gradloom</div>')


@cache
def _views() -> dict[str, Callable[[], None]]:
    # Imported here: a view leads to other pages and so imports this module.
    from app.views import build, library, run, runs

    return {"build": build.page, "runs": runs.page, "library": library.page, "run": run.page}


def pages() -> list[st.Page]:
    """Return every page; a run's own page is reached from Runs or by Train."""
    views = _views()
    return [
        st.Page(views["build"], title="Build", icon=":material/account_tree:", default=True),
        st.Page(views["runs"], title="Runs", icon=":material/stacked_line_chart:", url_path="runs"),
        st.Page(views["library"], title="Library", icon=":material/local_library:", url_path="library"),
        st.Page(views["run"], title="Run", icon=":material/monitoring:", url_path="run", visibility="hidden"),
        # Streamlit gives the first page the address "/" alone.
        st.Page(_to_build, title="Build", url_path="build", visibility="hidden"),
    ]


def _page(name: str) -> st.Page:
    return pages()[["build", "runs", "library", "run"].index(name)]


def _to_build() -> NoReturn:
    st.switch_page(_page("build"), query_params=st.query_params.to_dict())


def to_graph(graph_id: str) -> NoReturn:
    """Go to Build with a network open."""
    st.switch_page(_page("build"), query_params={"graph": graph_id})


def to_run(run_id: str) -> NoReturn:
    """Go to a run's page."""
    st.switch_page(_page("run"), query_params={"run": run_id})


def to(name: str) -> NoReturn:
    """Go to a page by its name."""
    st.switch_page(_page(name))


def link(name: str, label: str, *, icon: str | None = None, query: dict[str, str] | None = None) -> None:
    """Show a link to a page."""
    st.page_link(_page(name), label=label, icon=icon, query_params=query)
