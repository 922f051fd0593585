"""One run: what becomes of it, live, with a verdict in plain words; its curves, its gradients, its network and how to go on from it."""

from __future__ import annotations

import time

import streamlit as st

from app import navigation, parts, wording
from app.messages import guarded, user_errors
from app.services import data_title, store
from app.views import verdict_words
from app.views.run_details import details
from app.views.run_plots import curve_plots, gradient_plots, graph_of, is_drawn, network, phases_of
from blocks.problems import UserError
from engine.store import RunSummary
from engine.train.phases import phase_at

REFRESH_S = 0.5
EAGER_S = 0.15
"""While somebody waits for the next thing to happen: the first step, or the end that was asked for."""
TINT_S = 1.0
LONGEST_WAIT_S = 0.25


def page() -> None:
    """Show the run that the address names."""
    run_id = st.query_params.get("run", "")
    try:
        run = store().run(run_id)
    except UserError:
        _unknown(run_id)
        return
    live = run.status in parts.LIVE
    pace = _pace(run)
    st.fragment(guarded(_progress), run_every=pace)(run_id, pace)
    # The network of a run that was over sooner than it was drawn still waits for its last tints.
    drawing = live or not is_drawn(run_id)
    left, right = st.columns([1, 1], gap="small")
    with left:
        st.fragment(guarded(gradient_plots), run_every=REFRESH_S if live else None)(run_id)
    with right:
        st.fragment(guarded(network), run_every=TINT_S if drawing else None)(run_id, drawing and not live)
    details(run)


def _unknown(run_id: str) -> None:
    if run_id:
        parts.empty("There is no such run", f"No run has the id “{run_id[:40]}”. It may have been deleted.")
    else:
        parts.empty("No run chosen", "Choose one from the list of runs.")
    with st.container(horizontal=True, horizontal_alignment="center"):
        navigation.link("runs", "All runs", icon=":material/stacked_line_chart:")
        navigation.link("build", "Build a network", icon=":material/account_tree:")


def _pace(run: RunSummary) -> float | None:
    """Return after how many seconds to look again; never for a run that has ended."""
    if run.status not in parts.LIVE:
        return None
    return EAGER_S if run.cancel_requested or not run.progress.step else REFRESH_S


def _progress(run_id: str, pace: float | None) -> None:
    """Show header, verdict and curves. When the pace is no longer right, draw the page once more with the one that is."""
    run = store().summary(run_id)
    _header(run)
    verdict_words.show(run, store().verdicts(run_id), graph_of(run_id))
    curve_plots(run)
    if _pace(run) != pace:
        st.rerun()


def _header(run: RunSummary) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    with left:
        data = data_title(run.data_name)
        parts.title(
            run.name,
            f"{data} · started {wording.age(run.started_at or run.created_at)}",
            extra=parts.pill("cancelling" if run.cancel_requested and run.status in parts.LIVE else run.status),
        )
    if run.status in parts.LIVE:
        with right, st.container(horizontal=True, horizontal_alignment="right"):
            st.button(
                "Cancel", key="cancel", icon=":material/stop_circle:", disabled=run.cancel_requested, on_click=_cancel, args=(run.id,)
            )
    if run.status == "queued":
        parts.bar(0, "Waiting for a free worker", "--gl-muted")
    elif run.progress.total_steps:
        _bar(run)
    else:  # always one element here, or all that follows would be drawn anew when the bar appears
        parts.bar(0, "Starting" if run.status == "running" else "Ended before the first step", "--gl-muted")


def _bar(run: RunSummary) -> None:
    progress = run.progress
    epoch = min(progress.epoch + (run.status == "running"), progress.total_epochs or 1)
    words = [f"Epoch {epoch} of {progress.total_epochs}", f"step {progress.step:,} of {progress.total_steps or 0:,}"]
    if run.status == "running":
        words.append(f"{wording.duration(run.seconds_left)} left" if run.seconds_left is not None else "estimating the time left")
    elif run.seconds is not None:
        words.append(f"took {wording.duration(run.seconds)}")
    if (phases := phases_of(run.id)) and run.status == "running":
        words.append(f"phase “{phases[phase_at(phases, progress.step)].name}”")
    if run.steps_per_s:
        words.append(f"{run.steps_per_s:,.0f} steps/s" if run.steps_per_s >= 10 else f"{run.steps_per_s:.1f} steps/s")
    tone = {"running": "--gl-info", "finished": "--gl-good", "failed": "--gl-bad", "cancelled": "--gl-warning"}.get(
        run.status, "--gl-muted"
    )
    parts.bar(progress.fraction, " · ".join(words), tone)


def _cancel(run_id: str) -> None:
    """Ask for the end and wait a moment for it: mostly it comes sooner than the page could be drawn twice."""
    with user_errors():
        store().request_cancel(run_id)
        deadline = time.monotonic() + LONGEST_WAIT_S
        while time.monotonic() < deadline and store().summary(run_id).status in parts.LIVE:
            time.sleep(0.02)
