"""Ready networks, drawn; one click opens a copy of one in Build."""

from __future__ import annotations

import html
from collections.abc import Mapping

import streamlit as st

from app import desk, navigation, parts, wording
from app.messages import text, user_errors
from app.services import data_title
from app.theme import palette
from app.thumbnail import thumbnail
from engine.check import check
from engine.library import ready, settings_of, templates


def page() -> None:
    """Show a card for each network."""
    parts.title("Library", "Networks that are ready to train: open one, press Train, then change it.")
    with st.container(key="gl-cards"):
        for name in templates():
            with st.container(border=True, key=f"gl-card-{name}"):
                _card(name)


def _card(name: str) -> None:
    entry = templates()[name]
    drawing, num_parameters, num_blocks = _drawn(name, palette().name)
    picture = parts.picture(drawing, f"{entry.title}, drawn", "gl-thumb")
    words = f"<h3>{html.escape(entry.title)}</h3><p>{html.escape(entry.summary)}</p>"
    st.html(f'<div class="gl-card">{picture}<span class="gl-tag">{html.escape(entry.family)}</span>{words}</div>')
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", wrap=False):
        apart = "<br>" if entry.ready else " · "  # a second button leaves less room
        size = f"{wording.count(num_parameters)} parameters{apart}{num_blocks} blocks"
        st.html(f'<div class="gl-tag">{html.escape(data_title(entry.data["name"]))}<br>{size}</div>', width="content")
        with st.container(horizontal=True, width="content", wrap=False, gap="small"):
            settings = _sizes(name) if entry.ready else None
            opened = st.button("Open", key=f"open_{name}", icon=":material/arrow_forward:")
    if opened or settings is not None:
        with user_errors():
            navigation.to_graph(desk.from_template(name, settings))


def _sizes(name: str) -> Mapping[str, int] | None:
    """Offer a network at other settings, and return those it is to be opened at, if it is; none of them is as published."""
    with (
        st.popover("", icon=":material/tune:", help="Open it at other sizes"),
        st.form(f"sizes_{name}", border=False, enter_to_submit=False),
    ):
        chosen = {}
        columns = st.columns(2, gap="small")
        for place, (setting, (default, least, most, help)) in enumerate(settings_of(name).items()):
            label = setting.replace("_", " ").capitalize()
            value = templates()[name].ready.get(setting, default)
            said = f"{text(help)} Published: {default}."
            chosen[setting] = int(columns[place % 2].number_input(label, least, most, value, help=said, key=f"size_{name}_{setting}"))
        with st.container(horizontal=True):
            opened = st.form_submit_button("Open at these", key=f"open_at_{name}", type="primary")
            published = st.form_submit_button("As published", key=f"open_published_{name}", help="The training data may not suit it then.")
    if published:
        return {}
    return chosen if opened else None


@st.cache_data(show_spinner=False, max_entries=128)
def _drawn(name: str, theme: str) -> tuple[str, int, int]:
    """Return a template's drawing in a theme, its parameters and its number of blocks."""
    graph = ready(name)
    return thumbnail(graph, palette()), check(graph).num_parameters, len(graph.nodes)
