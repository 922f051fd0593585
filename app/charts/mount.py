"""Put a figure on a Streamlit page such that new data changes the chart that is there, with its zoom, instead of drawing another."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from app.bundle import component

# Plotly puts its style sheet into the page's head, which does not reach into a shadow root.
_mount = component("gradloom_chart", "charts.js", isolate_styles=False)

_CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "displayModeBar": "hover",
    "modeBarButtons": [["toImage", "resetScale2d"]],
    "doubleClick": "reset",
    "scrollZoom": False,
    "toImageButtonOptions": {"format": "png", "scale": 2},
}
"""A drag zooms, a double click goes back; the tool bar is there while the pointer is."""


def chart(figure: go.Figure, key: str, label: str) -> None:
    """Draw a figure of a fixed height. `label` says what it shows to those who cannot see it.

    One chart has one `key`, always the same, and the chart of another run another: its zoom belongs to it.
    """
    # Plotly's own JSON: arrays as base64, in which a number that is none stays so.
    data = {"figure": figure.to_json(), "config": _CONFIG, "label": label, "height": int(figure.layout.height)}
    _mount(key=key, data=data, height=data["height"])
