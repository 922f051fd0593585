"""Ready networks, drawn; one click opens a copy of one in Build."""

from __future__ import annotations

import streamlit as st

from app import navigation, parts, setups, wording
from app.messages import text, user_errors
from app.services import data_title, store
from app.theme import palette
from app.thumbnail import thumbnail
from engine.check import check
from engine.library import template, templates

COLUMNS = 3


def page() -> None:
    """Show a card for each network, by family."""
    parts.title("Library", "Networks that are ready to train: open one, press Train, then change it.")
    families: dict[str, list[str]] = {}
    for name, entry in templates().items():
        families.setdefault(entry.family, []).append(name)
    for family, names in families.items():
        parts.section(family)
        for first in range(0, len(names), COLUMNS):
            for column, name in zip(st.columns(COLUMNS, gap="medium"), names[first : first + COLUMNS], strict=False):
                with column, st.container(border=True, key=f"gl-card-{name}"):
                    _card(name)


def _card(name: str) -> None:
    entry = templates()[name]
    drawing, num_parameters, num_blocks = _drawn(name, palette().name)
    st.html(drawing)
    st.markdown(f"**{text(entry.title)}**")
    st.caption(text(entry.summary))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(text(f"{data_title(entry.data['name'])} · {wording.count(num_parameters)} parameters · {num_blocks} blocks"))
        opened = st.button("Open", key=f"open_{name}", icon=":material/arrow_forward:")
    if opened:
        with user_errors():
            row = store().create_graph(template(name))
            setups.save(row.id, setups.of_template(name))
            navigation.to_graph(row.id)


@st.cache_data(show_spinner=False, max_entries=128)
def _drawn(name: str, theme: str) -> tuple[str, int, int]:
    """Return a template's drawing in a theme, its parameters and its number of blocks."""
    graph = template(name)
    return thumbnail(graph, palette()), check(graph).num_parameters, len(graph.nodes)
