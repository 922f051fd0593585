"""A plotly chart that is updated in place: new points do not redraw it from nothing, and what the user zoomed to stays."""

from __future__ import annotations

import hashlib
import json

import plotly.graph_objects as go
import streamlit as st
from streamlit.elements.lib.layout_utils import LayoutConfig
from streamlit.proto.PlotlyChart_pb2 import PlotlyChart

from app.plots.layout import CONFIG


def live_plot(figure: go.Figure, key: str) -> None:
    """Draw a figure under a name that stays the same while its data changes.

    `st.plotly_chart` names its element by a hash of the figure's data, whatever key it is given, so that each new point makes the browser
    throw the chart away and build another (seen with Streamlit 1.67). Here the same message is sent under the key alone.
    """
    message = PlotlyChart()
    message.spec = figure.to_json(validate=False)
    message.config = json.dumps(CONFIG)
    message.theme = ""
    message.id = f"$$ID-{hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()}-{key}"
    st.container()._enqueue("plotly_chart", message, layout_config=LayoutConfig(width="stretch", height=int(figure.layout.height)))
