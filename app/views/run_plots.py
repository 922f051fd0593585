"""The plots of one run, each drawn from what the page has read so far; and its network, tinted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from app import parts, wording
from app.charts import chart
from app.feed import Feed
from app.levels import title_at, weakest
from app.plots.curves import Curve, curves
from app.plots.gradients import by_layer, norm_heatmap, norm_lines, signal_colour, signal_heatmap
from app.services import store
from app.theme import palette
from app.viewer import is_laid_out, viewer
from engine.graph.document import Graph
from engine.store import RunSummary
from engine.train.phases import Phase
from engine.train.recipe import Recipe

PLOT_HEIGHT = 230
GRADIENT_HEIGHT = 400
_GRADIENT_VIEWS = ("Lines", "Heatmap", "Error signal")


@st.cache_resource(max_entries=64, show_spinner=False)
def graph_of(run_id: str) -> Graph:
    """Return the version that was trained; it never changes."""
    return store().run(run_id).graph


@st.cache_resource(max_entries=64, show_spinner=False)
def phases_of(run_id: str) -> tuple[Phase, ...]:
    """Return the phases it was trained in; empty where every step trained everything."""
    return Recipe.from_json(dict(store().run(run_id).recipe)).phases


def _feed(run_id: str) -> Feed:
    """Return what this browser session has read of the run so far; only the run that is looked at is kept."""
    feed = st.session_state.get("run_feed")
    if not isinstance(feed, Feed) or feed.run_id != run_id:
        feed = st.session_state["run_feed"] = Feed(run_id)
    return feed


def curve_plots(run: RunSummary) -> None:
    """Show loss, accuracy (or error) and learning rate over the steps, training and validation together."""
    known = _known_curves(run.id)
    quality = "accuracy" if {"accuracy", "val_accuracy"} & known.keys() or not known else "mae"
    loss, measured, rates = (
        [known[name] for name in names if name in known] for names in (("loss", "val_loss"), (quality, f"val_{quality}"), ("lr",))
    )
    phases = phases_of(run.id)
    if phases:
        loss = [*_by_phase(run.id, "phase_loss", phases), *(known[name] for name in ("val_loss",) if name in known)]
        rates = _by_phase(run.id, "lr", phases)
    in_percent = quality == "accuracy"
    wide, middle, narrow = st.columns([5, 5, 3], gap="small")
    with wide, st.container(border=True, gap="xxsmall"):
        parts.section(
            "Loss", _latest(loss, "loss") + (" of all losses; lines: each phase's own" if phases and len(loss) > len(phases) else "")
        )
        chart(curves(loss, palette(), y_title="", height=PLOT_HEIGHT), f"loss_{run.id}", "Loss over the steps")
    with middle, st.container(border=True, gap="xxsmall"):
        title = "Accuracy" if in_percent else "Mean absolute error"
        parts.section(title, _latest(measured, quality))
        figure = curves(measured, palette(), y_title="", height=PLOT_HEIGHT, percent=in_percent, log=False if in_percent else None)
        chart(figure, f"quality_{run.id}", f"{title} over the steps")
    with narrow, st.container(border=True, gap="xxsmall"):
        parts.section("Learning rate", " · ".join(filter(None, (_latest([rate], "lr") for rate in rates))))
        figure = curves(rates, palette(), y_title="", height=PLOT_HEIGHT, log=False)
        chart(figure, f"lr_{run.id}", "Learning rate over the steps")


def _known_curves(run_id: str) -> dict[str, Curve]:
    """Return the curves there are, by the name of their metric; of each epoch one point, of each step none."""
    feed = _feed(run_id)
    steps, epochs = feed.series(store(), "step"), feed.series(store(), "epoch")
    known = {name: Curve("Training", steps.steps, steps.column(name)) for name in ("loss", "accuracy", "lr") if name in steps.names}
    validated = [name for name in epochs.names if name.startswith("val_")]
    return known | {name: Curve("Validation", epochs.steps, epochs.column(name), points=True) for name in validated}


def _by_phase(run_id: str, name: str, phases: Sequence[Phase]) -> list[Curve]:
    """Return a curve for each phase, over the steps that were its own."""
    steps = _feed(run_id).series(store(), "step")
    if name not in steps.names or "phase" not in steps.names:
        return []
    turn, values = steps.column("phase"), steps.column(name)
    return [Curve(phase.name, steps.steps[turn == number], values[turn == number]) for number, phase in enumerate(phases)]


def _latest(drawn: Sequence[Curve], metric: str) -> str:
    """Return the last value in words, that of the validation where there is one."""
    values = [(curve, float(curve.values[-1])) for curve in drawn if curve.values.size]
    if not values:
        return ""
    curve, value = values[-1]
    return f"{wording.metric(metric, value)}{' in validation' if curve.points else ''}"


def gradient_plots(run_id: str) -> None:
    """Show the gradients by layer: lines, heatmap, or the error signal A."""
    feed, colours = _feed(run_id), palette()
    with st.container(border=True, key="gl-gradients", height="stretch", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            parts.section("Gradient flow")
            chosen = st.segmented_control(
                "View", _GRADIENT_VIEWS, default="Lines", key="gradient_view", label_visibility="collapsed", required=True
            )
        if chosen == "Error signal":
            probes = feed.series(store(), "probe")
            nodes = [name.partition("/")[2] for name in probes.names if name.startswith("A/")]
            columns = [column for column, name in enumerate(probes.names) if name.startswith("A/")]
            graph = graph_of(run_id)
            titles = [title_at(graph, node) or node for node in nodes]
            figure = signal_heatmap(titles, probes.steps, probes.values[:, columns], colours, height=GRADIENT_HEIGHT)
            words = (
                "A: how much of the error at the output arrives at each block, as a power of ten. "
                "0 is all of it, below −3 too little, above 3 far too much."
            )
        else:
            steps = feed.series(store(), "step")
            columns = [column for column, name in enumerate(steps.names) if name.startswith("grad_norm/")]
            names, norms = by_layer([steps.names[column].partition("/")[2] for column in columns], steps.values[:, columns])
            if chosen == "Lines":
                turns = steps.column("phase") if "phase" in steps.names else None
                figure = norm_lines(names, steps.steps, norms, colours, height=GRADIENT_HEIGHT, phases=turns)
            else:
                figure = norm_heatmap(names, steps.steps, norms, colours, height=GRADIENT_HEIGHT)
            words = "Norm of the gradient of each layer's weights at every step, from the first layer to the last."
        chart(figure, f"{chosen}_{run_id}", f"{chosen}: {words}")
        st.caption(words)


def is_drawn(run_id: str) -> bool:
    """Return whether the network shows what was measured last."""
    return is_laid_out(_drawing(run_id))


def _drawing(run_id: str) -> str:
    return f"network_{run_id}"


def network(run_id: str, until_drawn: bool = False) -> None:
    """Show the network, each node tinted by the last measured error signal. `until_drawn` ends the refreshing once that is so."""
    graph, colours = graph_of(run_id), palette()
    probes = _feed(run_id).series(store(), "probe")
    measured_last: dict[str, float] = {}
    phased = bool(phases_of(run_id))
    if len(probes):
        for column, name in enumerate(probes.names):
            stream, _, node = name.partition("/")
            if stream == "A":
                measured = probes.values[:, column]
                if phased:  # in the other phases' turns no signal reaches this block
                    measured = measured[~np.isnan(measured)]
                if not measured.size:
                    continue
                measured_last[node] = float(measured[-1])
    drawn = {node: value for node, value in weakest(measured_last).items() if node in graph.nodes}
    tints = {node: signal_colour(value, colours) for node, value in drawn.items()}
    captions = {node: f"{'weakest ' if node not in measured_last else ''}signal {_power(value)}" for node, value in drawn.items()}
    last = is_drawn(run_id)
    with st.container(border=True, key="gl-network", height="stretch"):
        parts.section("Network", f"tinted by the error signal at step {int(probes.steps[-1]):,}" if len(probes) else "")
        viewer(graph, key=_drawing(run_id), height=GRADIENT_HEIGHT + 12, tints=tints, captions=captions)
        st.caption("Green: the error signal arrives. Violet: it vanishes on the way back. Red: it explodes.")
    if until_drawn and last:
        st.rerun()


def _power(value: float) -> str:
    if np.isneginf(value):
        return "0"
    return f"×{10**value:.2g}" if np.isfinite(value) else "not finite"
