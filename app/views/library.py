"""Ready networks, drawn; one click opens a copy of one in Build."""

from __future__ import annotations

import html

import streamlit as st

from app import desk, navigation, parts, wording
from app.messages import user_errors
from app.services import data_title
from app.theme import palette
from app.thumbnail import thumbnail
from engine.check import check
from engine.library import ready, templates


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
        size = f"{wording.count(num_parameters)} parameters · {num_blocks} blocks"
        st.html(f'<div class="gl-tag">{html.escape(data_title(entry.data["name"]))}<br>{size}</div>', width="content")
        opened = st.button("Open", key=f"open_{name}", icon=":material/arrow_forward:")
    if opened:
        with user_errors():
            navigation.to_graph(desk.from_template(name))


@st.cache_data(show_spinner=False, max_entries=128)
def _drawn(name: str, theme: str) -> tuple[str, int, int]:
    """Return a template's drawing in a theme, its parameters and its number of blocks."""
    graph = ready(name)
    return thumbnail(graph, palette()), check(graph).num_parameters, len(graph.nodes)
