"""Colours for what Streamlit does not draw itself (plots, viewer, thumbnails), and the style sheet of the shell.

The widgets' colours are in .streamlit/config.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

FONT = "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"


@dataclass(frozen=True)
class Palette:
    """Hold one theme's colours by what they mean."""

    name: str
    background: str
    surface: str
    border: str
    text: str
    muted: str
    primary: str
    good: str
    warning: str
    bad: str
    info: str
    series: tuple[str, ...]
    """Told apart without colour vision: they differ in lightness as well as in hue."""
    depth: tuple[tuple[float, str], ...]
    """From the first layer to the last, and from a small to a large gradient."""
    categories: Mapping[str, str]
    """One colour for each category of blocks."""


LIGHT = Palette(
    name="light",
    background="#ffffff",
    surface="#f5f7f9",
    border="#dfe4ea",
    text="#16202b",
    muted="#5b6876",
    primary="#0e7490",
    good="#14804a",
    warning="#b45309",
    bad="#c92a37",
    info="#2563c9",
    series=("#0e7490", "#d9622b", "#7240c8", "#14804a", "#b8265f", "#94730a"),
    depth=((0.0, "#43206e"), (0.25, "#3b5ba9"), (0.5, "#1f9aa3"), (0.75, "#7cc76b"), (1.0, "#f2d338")),
    categories={
        "input": "#5b6876",
        "convolution": "#2563c9",
        "pooling": "#5b9bd5",
        "normalisation": "#94730a",
        "regularisation": "#a8a29e",
        "linear": "#7240c8",
        "activation": "#d9622b",
        "recurrent": "#0f766e",
        "attention": "#b8265f",
        "merge": "#4d7c0f",
        "loss": "#c92a37",
        "output": "#16202b",
        "note": "#9aa5b1",
        "composite": "#0369a1",
    },
)

DARK = Palette(
    name="dark",
    background="#10151c",
    surface="#18202a",
    border="#2a3542",
    text="#e6ebf1",
    muted="#93a1b0",
    primary="#22b8cf",
    good="#4fcb8d",
    warning="#f5a54a",
    bad="#ff7b83",
    info="#74a9f7",
    series=("#3fc7dc", "#f59a5e", "#b394f4", "#5fd39a", "#f278a8", "#e0bd4a"),
    depth=((0.0, "#5b3a94"), (0.25, "#4a74c9"), (0.5, "#27a7b0"), (0.75, "#86cf74"), (1.0, "#f7dc55")),
    categories={
        "input": "#93a1b0",
        "convolution": "#74a9f7",
        "pooling": "#a5c9f0",
        "normalisation": "#e0bd4a",
        "regularisation": "#bdb7b2",
        "linear": "#b394f4",
        "activation": "#f59a5e",
        "recurrent": "#45c2b4",
        "attention": "#f278a8",
        "merge": "#a3cf5b",
        "loss": "#ff7b83",
        "output": "#e6ebf1",
        "note": "#6b7987",
        "composite": "#7dd3fc",
    },
)


def palette() -> Palette:
    """Return the colours of the theme the browser shows now."""
    return DARK if st.context.theme.type == "dark" else LIGHT


# Streamlit changes its own colours with the system's and runs nothing; what is drawn in Python must be drawn once more.
_WATCH = """export default ({ setStateValue }) => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const tell = () => setTimeout(() => setStateValue("theme", dark.matches ? "dark" : "light"), 200);
  dark.addEventListener("change", tell);
  return () => dark.removeEventListener("change", tell);
};"""
_watch = st.components.v2.component("gradloom_theme", js=_WATCH)


def follow() -> None:
    """Run the page once more when the system goes from light to dark or back."""
    with st.container(key="gl-theme"):
        _watch(key="theme", on_theme_change=lambda: None)


def style_sheet() -> str:
    """Return the style sheet of the shell as a `<style>` element; like Streamlit's own theme it follows the system."""
    css = (Path(__file__).parent / "shell.css").read_text(encoding="utf-8")
    return f"<style>{_variables(LIGHT)}@media (prefers-color-scheme: dark) {{{_variables(DARK)}}}{css}</style>"


def _variables(colours: Palette) -> str:
    names = ("background", "surface", "border", "text", "muted", "primary", "good", "warning", "bad", "info")
    return ":root {" + "".join(f"--gl-{name}: {getattr(colours, name)};" for name in names) + "}"
