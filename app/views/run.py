"""One run: what becomes of it, live, with a verdict in plain words; its curves, its gradients, its network and how to go on from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from app import desk, navigation, parts, setups, wording
from app.feed import Feed
from app.live_plot import live_plot
from app.messages import guarded, user_errors
from app.plots.curves import Curve, curves
from app.plots.gradients import by_layer, norm_heatmap, norm_lines, signal_colour, signal_heatmap
from app.services import again, data_title, file_name, python_source, store
from app.theme import palette
from app.viewer import title_of, viewer
from app.views import verdict_words
from blocks.problems import UserError
from engine.graph.document import Graph
from engine.store import RunDetail, RunSummary
from engine.train.recipe import fields_for

REFRESH_S = 0.5
TINT_S = 1.0
PLOT_HEIGHT = 230
GRADIENT_HEIGHT = 400
_GRADIENT_VIEWS = ("Lines", "Heatmap", "Error signal")


def page() -> None:
    """Show the run that the address names."""
    run_id = st.query_params.get("run", "")
    try:
        run = store().run(run_id)
    except UserError:
        _unknown(run_id)
        return
    live = run.status in parts.LIVE
    st.fragment(guarded(_progress), run_every=REFRESH_S if live else None)(run_id, live)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        st.fragment(guarded(_gradients), run_every=REFRESH_S if live else None)(run_id)
    with right:
        st.fragment(guarded(_network), run_every=TINT_S if live else None)(run_id)
    _details(run)


def _unknown(run_id: str) -> None:
    if run_id:
        parts.empty("There is no such run", f"No run has the id “{run_id[:40]}”. It may have been deleted.")
    else:
        parts.empty("No run chosen", "Choose one from the list of runs.")
    with st.container(horizontal=True, horizontal_alignment="center"):
        navigation.link("runs", "All runs", icon=":material/stacked_line_chart:")
        navigation.link("build", "Build a network", icon=":material/account_tree:")


def _feed(run_id: str) -> Feed:
    """Return what this browser session has read of the run so far; only the run that is looked at is kept."""
    feed = st.session_state.get("run_feed")
    if not isinstance(feed, Feed) or feed.run_id != run_id:
        feed = st.session_state["run_feed"] = Feed(run_id)
    return feed


def _progress(run_id: str, was_live: bool) -> None:
    """Show header, verdict and curves. When the run has ended since the page was drawn, draw the page once more, without refreshing."""
    run = store().summary(run_id)
    if was_live and run.status not in parts.LIVE:
        st.rerun()
    _header(run)
    verdict_words.show(run, store().verdicts(run_id), _graph(run_id))
    _curves(run)


def _header(run: RunSummary) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    with left:
        data = data_title(run.data_name)
        parts.title(run.name, f"{data} · started {wording.age(run.started_at or run.created_at)}", extra=parts.pill(run.status))
    if run.status in parts.LIVE:
        with right, st.container(horizontal=True, horizontal_alignment="right"):
            if run.cancel_requested:
                st.button("Cancelling…", disabled=True, icon=":material/stop_circle:")
            else:
                st.button("Cancel", key="cancel", icon=":material/stop_circle:", on_click=_cancel, args=(run.id,))
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
    if run.steps_per_s:
        words.append(f"{run.steps_per_s:,.0f} steps/s" if run.steps_per_s >= 10 else f"{run.steps_per_s:.1f} steps/s")
    tone = {"running": "--gl-info", "finished": "--gl-good", "failed": "--gl-bad", "cancelled": "--gl-warning"}.get(
        run.status, "--gl-muted"
    )
    parts.bar(progress.fraction, " · ".join(words), tone)


def _cancel(run_id: str) -> None:
    with user_errors():
        store().request_cancel(run_id)


def _curves(run: RunSummary) -> None:
    feed, colours = _feed(run.id), palette()
    steps, epochs = feed.series(store(), "step"), feed.series(store(), "epoch")
    drawn = {
        name: Curve(wording.metric_title(name), steps.steps, steps.column(name))
        for name in ("loss", "accuracy", "lr")
        if name in steps.names
    }
    drawn |= {
        name: Curve(wording.metric_title(name), epochs.steps, epochs.column(name), points=True)
        for name in epochs.names
        if name.startswith("val_")
    }
    loss = (
        [
            Curve("Training", *_parts(drawn["loss"])),
            *([Curve("Validation", *_parts(drawn["val_loss"]), points=True)] if "val_loss" in drawn else []),
        ]
        if "loss" in drawn
        else []
    )
    quality = "accuracy" if "val_accuracy" in drawn or "accuracy" in drawn else "mae"
    measured = [Curve("Training", *_parts(drawn["accuracy"]))] if "accuracy" in drawn else []
    if f"val_{quality}" in drawn:
        measured.append(Curve("Validation", *_parts(drawn[f"val_{quality}"]), points=True))
    wide, middle, narrow = st.columns([5, 5, 3], gap="medium")
    with wide, st.container(border=True):
        parts.section("Loss", _latest("loss", drawn, "val_loss"))
        live_plot(curves(loss, colours, y_title="", height=PLOT_HEIGHT), "plot_loss")
    with middle, st.container(border=True):
        parts.section("Accuracy" if quality == "accuracy" else "Mean absolute error", _latest(f"val_{quality}", drawn, f"val_{quality}"))
        figure = curves(
            measured, colours, y_title="", height=PLOT_HEIGHT, percent=quality == "accuracy", log=False if quality == "accuracy" else None
        )
        live_plot(figure, "plot_quality")
    with narrow, st.container(border=True):
        parts.section("Learning rate")
        figure = curves([drawn["lr"]] if "lr" in drawn else [], colours, y_title="", height=PLOT_HEIGHT, log=False)
        live_plot(figure, "plot_lr")


def _parts(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    return curve.steps, curve.values


def _latest(first: str, drawn: dict[str, Curve], second: str) -> str:
    curve = drawn.get(second) if second in drawn and drawn[second].values.size else drawn.get(first)
    if curve is None or not curve.values.size:
        return ""
    name = second if curve is drawn.get(second) else first
    return f"{wording.metric(name, float(curve.values[-1]))}{' validation' if name.startswith('val_') else ''}"


def _gradients(run_id: str) -> None:
    """Show the gradients by layer: lines, heatmap, or the error signal A."""
    feed, colours = _feed(run_id), palette()
    with st.container(border=True, key="gl-gradients"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            parts.section("Gradient flow")
            chosen = st.segmented_control(
                "View", _GRADIENT_VIEWS, default="Lines", key="gradient_view", label_visibility="collapsed", required=True
            )
        if chosen == "Error signal":
            probes = feed.series(store(), "probe")
            nodes = [name.partition("/")[2] for name in probes.names if name.startswith("A/")]
            columns = [column for column, name in enumerate(probes.names) if name.startswith("A/")]
            graph = _graph(run_id)
            titles = [title_of(graph.nodes[node]) if node in graph.nodes else node for node in nodes]
            figure = signal_heatmap(titles, probes.steps, probes.values[:, columns], colours, height=GRADIENT_HEIGHT)
            words = (
                "A: how much of the error at the output arrives at each block, as a power of ten. "
                "0 is all of it, below −3 too little, above 3 far too much."
            )
        else:
            steps = feed.series(store(), "step")
            columns = [column for column, name in enumerate(steps.names) if name.startswith("grad_norm/")]
            names, norms = by_layer([steps.names[column].partition("/")[2] for column in columns], steps.values[:, columns])
            draw = norm_lines if chosen == "Lines" else norm_heatmap
            figure = draw(names, steps.steps, norms, colours, height=GRADIENT_HEIGHT)
            words = "Norm of the gradient of each layer's weights at every step, from the first layer to the last."
        live_plot(figure, f"plot_gradients_{chosen}")
        st.caption(words)


def _network(run_id: str) -> None:
    """Show the network, each node tinted by the last measured error signal."""
    graph, colours = _graph(run_id), palette()
    probes = _feed(run_id).series(store(), "probe")
    tints, captions = {}, {}
    if len(probes):
        for column, name in enumerate(probes.names):
            stream, _, node = name.partition("/")
            if stream == "A" and node in graph.nodes:
                value = float(probes.values[-1, column])
                tints[node] = signal_colour(value, colours)
                captions[node] = f"signal {_power(value)}"
    with st.container(border=True, key="gl-network"):
        parts.section("Network", f"tinted by the error signal at step {int(probes.steps[-1]):,}" if len(probes) else "")
        viewer(graph, key=f"network_{run_id}", height=GRADIENT_HEIGHT + 12, tints=tints, captions=captions)
        st.caption("Green: the error signal arrives. Violet: it vanishes on the way back. Red: it explodes.")


def _power(value: float) -> str:
    if np.isneginf(value):
        return "0"
    return f"×{10**value:.2g}" if np.isfinite(value) else "not finite"


@st.cache_resource(max_entries=64, show_spinner=False)
def _graph(run_id: str) -> Graph:
    """Return the version that was trained; it never changes."""
    return store().run(run_id).graph


def _details(run: RunDetail) -> None:
    """Show what was asked for, and the ways on from here."""
    graph = _graph(run.id)
    with st.container(border=True):
        parts.section("What was trained")
        recipe = [(field["label"], _setting(field, run.recipe)) for field in fields_for(str(run.recipe.get("optimizer")))]
        options = {name: value for name, value in dict(run.data.get("options") or {}).items() if value is not None and name != "upload"}
        asked = [
            ("Data", data_title(run.data_name)),
            *((name.replace("_", " ").capitalize(), str(value)) for name, value in options.items()),
            ("Validation part", f"{float(run.data.get('validation_fraction', 0.2)):.0%}"),
            ("Parameters", wording.count(run.num_parameters)),
            ("Trained on", run.device or wording.MISSING),
            ("Network version", run.graph_hash[:12]),
            ("Run", run.id),
        ]
        half = -(-len(recipe) // 2)
        for column, pairs in zip(st.columns(3, gap="large"), (asked, recipe[:half], recipe[half:]), strict=True):
            with column:
                parts.facts(pairs, as_list=True)
        _ways(run, graph)
    _fulfil(run, graph)


def _setting(field: Mapping[str, Any], recipe: Mapping[str, Any]) -> str:
    value = recipe.get(field["name"])
    if field["name"] == "optimizer":
        return str(field["choice_labels"].get(value, value))
    if isinstance(value, bool):
        return "on" if value else "off"
    return wording.MISSING if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _ways(run: RunDetail, graph: Graph) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button("Open this version in Build", icon=":material/account_tree:", on_click=_wish, args=("open",))
        st.button("Run again", icon=":material/replay:", on_click=_wish, args=("again",))
        _export(graph)
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown("Delete this run and everything it measured? This cannot be undone.")
            st.button("Delete the run", type="primary", on_click=_wish, args=("delete",), disabled=run.status in parts.LIVE)


def _export(graph: Graph) -> None:
    try:
        source = python_source(graph, graph.content_hash)
    except UserError:
        st.button(
            "Export Python",
            key="export_refused",
            icon=":material/code:",
            disabled=True,
            help="This network has problems: open it in Build.",
        )
        return
    st.download_button("Export Python", source, file_name(graph.name, "py"), "text/x-python", icon=":material/code:", on_click="ignore")


def _wish(what: str) -> None:
    st.session_state["run_wish"] = what


def _fulfil(run: RunDetail, graph: Graph) -> None:
    """Do what a button asked for; done in the page and not in its callback, since it leads to another page."""
    wish = st.session_state.pop("run_wish", None)
    if wish is None:
        return
    with user_errors():
        if wish == "open":
            navigation.to_graph(desk.create(graph, setups.of_run(run.id)))
        elif wish == "again":
            navigation.to_run(again(run))
        elif wish == "delete":
            store().delete_run(run.id)
            navigation.to("runs")
