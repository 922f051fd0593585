"""Every run in one table: sort it, look at the curves, open, run again or delete."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from app import navigation, parts
from app.messages import guarded, user_errors
from app.services import again, data_title, store
from engine.store import RunSummary

REFRESH_S = 1.0
MOST_ROWS = 500
MOST_AT_ONCE = 14
_STATUS_MARK = {"queued": "◌ Queued", "running": "● Running", "finished": "✓ Finished", "failed": "✕ Failed", "cancelled": "– Cancelled"}


def page() -> None:
    """Show the list of runs; it refreshes only while one of them is under way."""
    runs = store().runs(limit=MOST_ROWS)
    under_way = sum(run.status in parts.LIVE for run in runs)
    parts.title("Runs", f"{len(runs)} run{'s' if len(runs) != 1 else ''}{f', {under_way} under way' if under_way else ''}" if runs else "")
    if not runs:
        parts.empty("Nothing trained yet", "Train a network and watch its loss and its gradients here.")
        with st.container(horizontal=True, horizontal_alignment="center"):
            navigation.link("build", "Go to Build", icon=":material/account_tree:")
            navigation.link("library", "Choose a network", icon=":material/local_library:")
        return
    st.fragment(guarded(_table), run_every=REFRESH_S if under_way else None)(under_way > 0)


def _table(was_live: bool) -> None:
    runs = store().runs(limit=MOST_ROWS)
    if was_live and not any(run.status in parts.LIVE for run in runs):
        st.rerun()
    if not runs:
        st.rerun()
    by_position = st.container()
    frame = _frame(runs)
    event = st.dataframe(
        frame,
        key="runs_table",
        hide_index=True,
        width="stretch",
        height="content" if len(frame) <= MOST_AT_ONCE else 620,
        row_height=38,
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        column_config=_columns(),
    )
    chosen = [runs[row] for row in event["selection"]["rows"] if row < len(runs)]
    with by_position:
        _actions(chosen)


def _frame(runs: Sequence[RunSummary]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Run": [run.name for run in runs],
            "Status": [_STATUS_MARK.get(run.status, run.status) for run in runs],
            "Data": [data_title(run.data_name) for run in runs],
            "Loss": [[value for value in run.sparkline if value is not None] for run in runs],
            "Accuracy": [run.best_value if run.best_name == "val_accuracy" else None for run in runs],
            "Best loss": [run.best.get("val_loss") for run in runs],
            "Parameters": [run.num_parameters for run in runs],
            "Duration": [run.seconds for run in runs],
            "Started": [datetime.fromtimestamp(run.started_at or run.created_at) for run in runs],
        }
    )


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "Run": column.TextColumn(width=150),
        "Status": column.TextColumn(width=95),
        "Data": column.TextColumn(width=130),
        "Loss": column.LineChartColumn("Loss", width=80, help="Validation loss by epoch, training loss before that."),
        "Accuracy": column.NumberColumn("Best accuracy", format="percent", width=100, help="Best validation accuracy."),
        "Best loss": column.NumberColumn(format="%.4g", width=75, help="Lowest validation loss."),
        "Parameters": column.NumberColumn(format="localized", width=85),
        "Duration": column.NumberColumn(format="%.1f s", width=70),
        "Started": column.DatetimeColumn(format="distance", width=125),
    }


def _actions(chosen: Sequence[RunSummary]) -> None:
    one = chosen[0] if len(chosen) == 1 else None
    live = any(run.status in parts.LIVE for run in chosen)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Open", icon=":material/open_in_full:", type="primary", disabled=one is None) and one:
            navigation.to_run(one.id)
        if st.button("Run again", icon=":material/replay:", disabled=one is None) and one:
            with user_errors():
                navigation.to_run(again(store().run(one.id)))
        with st.popover("Delete", icon=":material/delete:", disabled=not chosen or live):
            st.markdown(f"Delete {len(chosen)} run{'s' if len(chosen) != 1 else ''} and everything measured? This cannot be undone.")
            if st.button("Delete for good", type="primary", key="delete_runs"):
                with user_errors():
                    for run in chosen:
                        store().delete_run(run.id)
                st.rerun()
        hint = "Select a run on the left of its row." if not chosen else f"{len(chosen)} selected"
        st.caption("A run that is under way is cancelled first, on its own page." if live else hint)
