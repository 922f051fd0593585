"""Put the canvas on a Streamlit page: what the browser sent goes to the session, what it still has to hear goes to the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import streamlit as st

from app.bundle import component
from app.canvas.level import Level
from app.canvas.messages import Command
from app.canvas.scope import Trail
from app.canvas.session import Session
from app.levels import weakest

_mount = component("gradloom_canvas", "canvas.js", isolate_styles=True)


@dataclass(frozen=True)
class CanvasState:
    """What the page must know of its canvas: the level it shows, what is selected there, and what was asked for since the last run."""

    level: Level
    selection: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()


@dataclass
class _Heard:
    """What one browser session's canvas said last."""

    client: str | None = None
    selection: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    trail: Trail = ()


def canvas(
    session: Session,
    *,
    key: str,
    height: int | Literal["fill"] = "fill",
    bottom_gap: int = 16,
    reveal: tuple[int, str] | None = None,
    signal: Mapping[str, float] | None = None,
) -> CanvasState:
    """Draw the canvas of a session and return what is selected and asked for.

    Make edits before calling it (in callbacks, that is), so that what is drawn is up to date. One graph has one `key`, always the same, and
    another graph another. With `height="fill"` the canvas reaches down to `bottom_gap` pixels above the lower edge of the window.
    `reveal` is a number and the id of a node: the canvas selects and centres it once for each new number.
    `signal` is how much of the gradient reached each node in the last run, by their paths; nodes can be coloured by it.
    """
    if not _sync(key):  # this canvas has just come to the page and has said nothing yet
        st.session_state[f"{key}:heard"] = _Heard()
    heard: _Heard = st.session_state.setdefault(f"{key}:heard", _Heard())
    look = {"role": "editor", "height": height, "bottom_gap": bottom_gap, "reveal": list(reveal) if reveal else None}
    look["signal"] = weakest(signal, session.level(heard.trail).scope.place) if signal is not None else None
    data = session.payload(heard.client) | look
    result = _mount(key=key, data=data, height="content", on_sync_change=partial(_hear, session, key))
    before = session.revision
    _take(session, heard, result.get("sync"))
    if session.revision != before:  # no callback ran (the connection had been lost): what was just drawn is out of date
        st.rerun()
    commands, heard.commands = heard.commands, ()
    level = session.level(heard.trail, heard.client)
    return CanvasState(level, tuple(id for id in heard.selection if id in level.graph.nodes), commands)


def live_tint(key: str, tint: Mapping[str, float | str]) -> None:
    """Tint nodes of the canvas without touching its document: 0 to 1 for the strength of a signal, or the name of a state.

    States are "healthy", "vanishing", "exploding", "dead" and "saturated". Meant for a fragment that runs every second or so.
    """
    _mount(key=key, data={"role": "live", "tint": dict(tint)}, height="content")


def _hear(session: Session, key: str) -> None:
    _take(session, st.session_state.setdefault(f"{key}:heard", _Heard()), _sync(key))


def _sync(key: str) -> object:
    state = st.session_state.get(key)
    return state.get("sync") if state else None


def _take(session: Session, heard: _Heard, raw: object) -> None:
    if raw is None:
        return
    received = session.receive(raw)
    heard.client = received.client
    heard.selection = received.selection
    heard.commands += received.commands
    heard.trail = received.trail
