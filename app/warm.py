"""What nobody should wait for later: pages imported, the first figure built, and all of it left out of garbage collection."""

from __future__ import annotations

import gc

import numpy as np
import streamlit as st

from app import navigation
from app.plots.curves import Curve, curves
from app.plots.gradients import norm_heatmap
from app.theme import LIGHT


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Make the process ready, once.

    Streamlit collects garbage after each run of a script. The modules of torch, scikit-learn and plotly hold 300,000 objects that
    never become garbage; looking through them takes 130 ms on a slow machine, each time, so they are set aside.
    """
    navigation.pages()
    steps = np.arange(2, dtype=np.int64)
    curves([Curve("", steps, np.ones(2, np.float32))], LIGHT, y_title="").to_json()
    norm_heatmap([""], steps, np.ones((2, 1)), LIGHT).to_json()
    gc.collect()
    gc.freeze()
