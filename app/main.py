"""The app's shell: page, theme, navigation and services. Everything else is in views/."""

from __future__ import annotations

import streamlit as st

from app import navigation, theme
from app.messages import page_errors
from app.warm import warm_up

st.set_page_config(page_title="Gradloom", page_icon=navigation.ICON, layout="wide", initial_sidebar_state="collapsed")
st.html(theme.style_sheet())
theme.follow()
navigation.brand()
warm_up()
page = st.navigation(navigation.pages(), position="top")
with page_errors():
    page.run()
