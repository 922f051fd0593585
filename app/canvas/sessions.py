"""The sessions of this process, one a graph, so that several browser tabs of one graph edit the same document."""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.canvas.session import Session
from app.canvas.views import Check
from engine.check import check as check_graph
from engine.graph.document import Graph

MOST_SESSIONS = 128

_sessions: dict[str, Session] = {}
_lock = threading.Lock()


def session_for(
    graph_id: str,
    load: Callable[[], Graph],
    save: Callable[[Graph], None],
    check: Check = check_graph,
) -> Session:
    """Return the session of a graph; the first call makes it from `load`, and `save` is called with the document after each change.

    The longest unused one is forgotten when there are very many: everything is saved, only its undo history goes.
    """
    with _lock:
        session = _sessions.pop(graph_id, None) or Session(graph_id, load(), check, save)
        _sessions[graph_id] = session
        if len(_sessions) > MOST_SESSIONS:
            del _sessions[next(iter(_sessions))]
        return session


def forget(graph_id: str) -> None:
    """Drop a graph's session: the graph was deleted, or replaced from outside."""
    with _lock:
        _sessions.pop(graph_id, None)
