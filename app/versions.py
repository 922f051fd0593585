"""Saved versions of a network: kept with Ctrl+S, found in the menu, restored as one step of undo or opened as another network."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from app import desk, navigation, setups
from app.canvas import Session
from app.forms import bind
from app.inspector import send
from app.messages import text, user_errors
from app.services import store
from engine.graph.restore import edits_between
from engine.store import VersionSummary


def save(graph_id: str, session: Session) -> None:
    """Save the network as it is now as a version, and say so."""
    with user_errors():
        version, new = store().save_version(graph_id, session.graph)
        said = f"Saved as “{version.name}”." if new else f"Nothing has changed since “{version.name}”."
        st.toast(text(said), icon=":material/bookmark:" if new else ":material/bookmark_added:")


def menu(graph_id: str, session: Session) -> None:
    """Show the saved versions of a network, and what can be done with the one that is chosen."""
    if st.button("Save a version", icon=":material/bookmark_add:", width="stretch", help="Ctrl+S on the canvas"):
        save(graph_id, session)
    versions = {version.id: version for version in store().versions(graph_id)}
    if not versions:
        return
    chosen = st.selectbox(
        "Versions",
        list(versions),
        index=None,
        format_func=lambda id: _title(versions[id]) if id in versions else "",
        placeholder=f"{len(versions)} saved" if len(versions) > 1 else "One saved",
        key=f"version:{graph_id}",
    )
    if chosen in versions:
        _chosen(graph_id, session, versions[chosen])


def _chosen(graph_id: str, session: Session, version: VersionSummary) -> None:
    bound = bind(
        f"version_name:{version.id}",
        version.name,
        lambda name: store().rename_version(version.id, name.strip() or version.name),
        settled=lambda name: name.strip() or version.name,
    )
    st.text_input("Name of this version", max_chars=200, value=bound.held, **bound.wiring)
    one, two = st.columns(2, gap="small")
    one.button(
        "Restore",
        icon=":material/settings_backup_restore:",
        width="stretch",
        help="The network becomes what it was then; Ctrl+Z takes that back.",
        on_click=_restore,
        args=(session, version.id),
    )
    if two.button("Open as new", icon=":material/open_in_new:", width="stretch", help="This network stays as it is."):
        graph = store().version(version.id).graph
        navigation.to_graph(desk.create(graph.renamed(f"{graph.name} · {version.name}"[:200]), setups.load(graph_id)))


def _restore(session: Session, version_id: str) -> None:
    with user_errors():
        version = store().version(version_id)
        edit = edits_between(session.graph, version.graph, f"restore {version.name}"[:200])
        if edit.edits:
            send(session, edit)


def _title(version: VersionSummary) -> str:
    when = datetime.fromtimestamp(version.created_at)
    return f"{version.name} · {when:%-d %b %Y, %H:%M}"
