"""The palette that draws plots and the theme that draws widgets are the same; the shell shows none of Streamlit's own chrome."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import get_args

import pytest

from app.theme import DARK, LIGHT, Palette, style_sheet
from blocks.spec import Category

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=lambda colours: colours.name)
def test_the_palette_is_the_widgets_theme(colours: Palette) -> None:
    theme = CONFIG["theme"][colours.name]
    named = {
        "primaryColor": colours.primary,
        "backgroundColor": colours.background,
        "secondaryBackgroundColor": colours.surface,
        "textColor": colours.text,
        "borderColor": colours.border,
        "redColor": colours.bad,
        "greenColor": colours.good,
        "orangeColor": colours.warning,
        "blueColor": colours.info,
        "grayColor": colours.muted,
    }
    assert {name: theme[name] for name in named} == named


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=lambda colours: colours.name)
def test_text_can_be_read(colours: Palette) -> None:
    for name in ("text", "muted", "good", "warning", "bad", "info", "primary"):
        assert contrast(getattr(colours, name), colours.background) >= 4.5, f"{colours.name}: {name} is too faint"


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=lambda colours: colours.name)
def test_every_category_has_a_colour_of_its_own(colours: Palette) -> None:
    assert set(colours.categories) == set(get_args(Category))
    assert len(set(colours.categories.values())) == len(colours.categories)


def test_the_app_is_private_and_without_chrome() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["enableStaticServing"] is True
    assert CONFIG["server"]["fileWatcherType"] == "none"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"] == {"toolbarMode": "minimal", "showErrorDetails": "none", "showErrorLinks": False}


def test_every_font_is_served_by_the_app_itself() -> None:
    for font in CONFIG["theme"]["fontFaces"]:
        assert (ROOT / "app" / "static" / font["url"].removeprefix("app/static/")).is_file()


def test_the_style_sheet_knows_every_colour_it_uses() -> None:
    css = style_sheet()
    used = {part.split(")")[0].split(",")[0] for part in css.split("var(--gl-")[1:]}
    assert used and all(f"--gl-{name}:" in css for name in used), used


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, as WCAG defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
