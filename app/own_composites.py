"""One's own composites: those of other saved networks, to be brought into this one."""

from __future__ import annotations

import streamlit as st

from app.canvas import Session
from app.messages import text
from app.services import store
from blocks.problems import UserError
from engine.composites.borrowing import borrowed

MOST_NETWORKS = 50
_CHOICE = "own_composite"


def own_composites(graph_id: str, session: Session) -> None:
    """Let a composite of another saved network be chosen, and bring it into the list of blocks."""
    found = {
        (row.id, id): f"{name} · {row.name}"
        for row in store().graphs(limit=MOST_NETWORKS)
        if row.id != graph_id
        for id, name in _definitions(row.id, row.revision).items()
    }
    if not found:
        return
    key = f"{_CHOICE}:{graph_id}:{st.session_state.get(_CHOICE, 0)}"

    def bring() -> None:
        chosen = st.session_state.get(key)
        st.session_state[_CHOICE] = st.session_state.get(_CHOICE, 0) + 1  # the next field has nothing chosen
        if chosen is None:
            return
        try:
            source = store().graph(chosen[0]).graph
            edit, id = borrowed(session.graph, source, chosen[1])
            session.edit(edit)
        except UserError as refused:
            st.toast(text(str(refused.problems[0])), icon=":material/error:")
            return
        name = session.graph.definitions[id].name
        st.toast(text(f"“{name}” is in the list of blocks now, under Composites."), icon=":material/check:")

    st.selectbox(
        "My composites",
        list(found),
        index=None,
        format_func=lambda choice: found.get(choice, ""),
        placeholder="Bring one in from another network",
        key=key,
        on_change=bring,
    )


@st.cache_data(max_entries=256, show_spinner=False)
def _definitions(graph_id: str, revision: int) -> dict[str, str]:
    """Return the names of a network's composites; the revision makes a changed network another question."""
    try:
        graph = store().graph(graph_id).graph
    except UserError:  # deleted meanwhile
        return {}
    return {id: definition.name for id, definition in graph.definitions.items()}
