"""The one way a figure reaches a page: no theme of Streamlit's, our own tool-bar settings, and a fixed key."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from app.plots.layout import CONFIG


def live_plot(figure: go.Figure, key: str) -> None:
    """Draw a figure. Streamlit 1.67 names the element by a hash of its data besides the key, so that new points mount it anew."""
    st.plotly_chart(figure, key=key, theme=None, config=CONFIG)
