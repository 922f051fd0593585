"""What was asked of a run, and the ways on from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import desk, navigation, parts, setups, wording
from app.export_menu import Offer, downloads
from app.exports import of_run
from app.messages import user_errors
from app.services import again, data_title, store
from app.viewer import title_of
from engine.check import check
from engine.graph.document import Graph
from engine.store import RunDetail
from engine.train.events import WeightsKind
from engine.train.recipe import fields_for
from engine.train.recipe_fields import LABELS


def details(run: RunDetail) -> None:
    """Show what was asked for, and the ways on from here."""
    graph = run.graph
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
        recipe += [(f"Phase “{phase['name']}”", _phase(phase, graph)) for phase in run.recipe.get("phases", [])]
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


def _phase(phase: Mapping[str, Any], graph: Graph) -> str:
    """Return in words what a phase did: its steps in turn, its losses and parts, its optimizer where it had its own settings."""

    def named(ids: Sequence[str], what: str) -> str:
        return ", ".join(title_of(graph.nodes[id], graph) if id in graph.nodes else id for id in ids) or f"all {what}"

    words = [f"{phase['steps']} step{'s' if phase['steps'] != 1 else ''}", named(phase["losses"], "losses"), named(phase["parts"], "parts")]
    if phase["optimizer"] is not None:
        words.append(f"{LABELS[phase['optimizer']['optimizer']]} at {phase['optimizer']['lr']:g}")
    return " · ".join(words)


def _ways(run: RunDetail, graph: Graph) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button("Open this version in Build", icon=":material/account_tree:", on_click=_wish, args=("open",))
        st.button("Run again", icon=":material/replay:", on_click=_wish, args=("again",))
        _export(run, graph)
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown("Delete this run and everything it measured? This cannot be undone.")
            st.button("Delete the run", type="primary", on_click=_wish, args=("delete",), disabled=run.status in parts.LIVE)


def _export(run: RunDetail, graph: Graph) -> None:
    """Hand out what was trained and what it left; weights are those of the best epoch, unless the last ones are asked for."""
    broken = None if check(graph).ok else "This network has problems: open it in Build."
    without = broken or (None if store().weights(run.id) else _why_no_weights(run))

    def offer(form: str, weights: WeightsKind | None = None, label: str = "", refusal: str | None = None) -> Offer:
        return Offer(form, lambda: of_run(store(), run.id, weights), f"{run.id}_{weights}", label, refusal)

    with st.popover("Export", icon=":material/download:"), st.container(key="gl-export", gap="small"):
        parts.section("Export", "a file, made when it is asked for")
        downloads(
            run.name,
            [
                offer("safetensors", "best", "Best weights", without),
                offer("safetensors", "final", "Last weights", without),
                offer("script", refusal=broken),
                offer("onnx", "best", refusal=without),
                offer("python", refusal=broken),
                offer("svg"),
                offer("json"),
            ],
        )


def _why_no_weights(run: RunDetail) -> str:
    if run.status != "finished":
        return "Weights are kept of runs that finish."
    return "This run kept no weights: they were larger than GRADLOOM_WEIGHTS_LIMIT_MB, or it is older than that is done."


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
