"""Buttons that hand out a network or a run in each form. A file is made when its button is pressed, drawing them costs nothing."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.exports import FORMS, Subject, made
from app.messages import show
from app.services import file_name
from blocks.problems import Problem, UserError
from engine.export.onnx_model import INSTALL, PACKAGES

_ICONS = {
    "json": ":material/data_object:",
    "python": ":material/code:",
    "script": ":material/model_training:",
    "onnx": ":material/deployed_code:",
    "safetensors": ":material/database:",
    "svg": ":material/image:",
}
_IN_TWO_STEPS = ("script", "onnx")
"""Forms that may take seconds and whose reason to fail is found out while they are made: first they are prepared, then saved."""
_READY, _REFUSED = "export_ready", "export_refused"
COLUMNS = 2


@dataclass(frozen=True)
class Offer:
    """Describe one button."""

    form: str
    subject: Callable[[], Subject]
    """Gives what is exported once somebody asks for it; called outside the page's own thread."""
    key: str
    """Names what is exported, and changes whenever it does."""
    label: str = ""
    """What the button says instead of the form's title."""
    refusal: str | None = None
    """Why it cannot be had now."""


def downloads(name: str, offers: Iterable[Offer]) -> None:
    """Show a button for each offer; `name` is what the files are called after."""
    columns: list[DeltaGenerator] = []
    for position, offer in enumerate(offers):
        if position % COLUMNS == 0:
            columns = st.columns(COLUMNS, gap="small")
        with columns[position % COLUMNS]:
            _button(name, offer)


def _button(name: str, offer: Offer) -> None:
    form = FORMS[offer.form]
    label = offer.label or form.title
    refusal = offer.refusal or (_missing_packages() if form.name == "onnx" else None)
    place = f"{form.name}_{offer.key}"
    if form.name in _IN_TWO_STEPS and (refusal or st.session_state.get(_READY) != place):
        st.button(
            label,
            key=f"prepare_{place}",
            icon=_ICONS[form.name],
            width="stretch",
            disabled=refusal is not None,
            help=refusal or form.help,
            on_click=_prepare,
            args=(offer, place),
        )
        told: tuple[str, Sequence[Problem]] = st.session_state.get(_REFUSED, ("", ()))
        if told[0] == place:
            show(told[1])
        return
    st.download_button(
        f"Save {label}" if form.name in _IN_TWO_STEPS else label,
        partial(_bytes, offer),
        file_name(f"{name} {offer.label}" if offer.label else name, form.ending),
        form.mime,
        key=f"export_{place}",
        type="primary" if form.name in _IN_TWO_STEPS else "secondary",
        icon=_ICONS[form.name],
        width="stretch",
        disabled=refusal is not None,
        help=refusal or form.help,
        on_click="ignore",
    )


def _prepare(offer: Offer, place: str) -> None:
    """Make a form, so that its button can save it, or keep what there is to say instead."""
    try:
        _prepared(offer.form, offer.key, offer.subject)
    except UserError as error:
        st.session_state[_REFUSED] = (place, error.problems)
    else:
        st.session_state[_READY] = place
        st.session_state.pop(_REFUSED, None)


def _bytes(offer: Offer) -> bytes:
    return _prepared(offer.form, offer.key, offer.subject) if offer.form in _IN_TWO_STEPS else made(offer.form, offer.subject())


@st.cache_data(max_entries=6, ttl=600, show_spinner=False)
def _prepared(form: str, key: str, _subject: Callable[[], Subject]) -> bytes:
    """Make a form once, for the moment between preparing and saving it."""
    return made(form, _subject())


def _missing_packages() -> str | None:
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    return f"Not installed here. {INSTALL}" if missing else None
