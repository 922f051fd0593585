"""The colours and letters of a picture, as one style sheet: those of a theme, or of a light one with a dark one for dark systems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

_SANS = "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_MONO = "ui-monospace, 'SF Mono', Menlo, Consolas, monospace"
FRAMES = {"grey": "note", "blue": "convolution", "green": "merge", "yellow": "normalisation", "orange": "activation", "violet": "linear"}
"""A category with each colour of a frame."""


class Colours(Protocol):
    """Be one theme."""

    @property
    def background(self) -> str: ...
    @property
    def surface(self) -> str: ...
    @property
    def border(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def warning(self) -> str: ...
    @property
    def good(self) -> str: ...
    @property
    def bad(self) -> str: ...
    @property
    def categories(self) -> Mapping[str, str]: ...


def class_of(word: str) -> str:
    """Return a category's or a kind's name as it may stand in a style sheet."""
    return re.sub(r"[^a-z]", "", word)


def style_sheet(themes: Sequence[Colours]) -> str:
    """Return the style sheet: what never changes, the first theme's colours, and the second's for dark systems."""
    fixed = (
        f"text{{font-family:{_SANS};font-size:12px}}.name{{font-size:19px;font-weight:650}}.title{{font-size:14px;font-weight:620}}"
        f".shape{{font-family:{_MONO}}}.end{{text-anchor:end}}.box,.rule{{stroke-width:1}}.wires{{fill:none;stroke-width:1.6}}"
        ".rule{fill:none}.port{stroke-width:2}.quiet{font-size:13px}.small{font-size:12px}.told{font-style:italic;font-size:11.5px}.bypassed{opacity:.5}"
    )
    sheets = [_coloured(theme) for theme in themes]
    dark = f"@media (prefers-color-scheme:dark){{{sheets[1]}}}" if len(sheets) == 2 else ""
    return f"{fixed}{sheets[0]}{dark}"


def _coloured(theme: Colours) -> str:
    ground, text = theme.background, theme.text
    box = ground if _lightness(ground) > 0.5 else _mixed(theme.surface, text, 0.02)
    rules = {
        ".ground": f"fill:{ground}",
        ".name,.title,.shape": f"fill:{text}",
        ".quiet": f"fill:{_mixed(ground, text, 0.66)}",
        ".wires": f"stroke:{_mixed(ground, text, 0.38)}",
        ".rule": f"stroke:{theme.border}",
        ".box": f"fill:{box}",
    }
    for category, colour in theme.categories.items():
        name = class_of(category)
        rules[f".of-{name} .box"] = f"stroke:{_mixed(theme.border, colour, 0.32)}"
        rules[f".of-{name} .head"] = f"fill:{_mixed(box, colour, 0.11)}"
        rules[f".of-{name} .swatch"] = f"fill:{colour}"
        rules[f".of-{name} .region"] = f"fill:{_mixed(ground, colour, 0.06)};stroke:{_mixed(ground, colour, 0.4)}"
    for kind, colour in _kinds(theme).items():
        rules[f".kind-{kind}"] = f"fill:{colour};stroke:{ground}"
        rules[f".kind-{kind}.optional"] = f"fill:{ground};stroke:{colour}"
    return "".join(f"{selector}{{{declaration}}}" for selector, declaration in rules.items())


def _kinds(theme: Colours) -> dict[str, str]:
    """Return a colour for each kind of tensor, as styles/block.css gives them."""
    blue, violet, yellow = (theme.categories[name] for name in ("convolution", "linear", "normalisation"))
    orange, ground = theme.warning, theme.background
    return {
        "any": _mixed(ground, theme.text, 0.4),
        "image": blue,
        "series": _mixed(ground, blue, 0.55),
        "vector": violet,
        "sequence": orange,
        "tokens": yellow,
        "state": _mixed(ground, orange, 0.5),
        "weights": _mixed(ground, violet, 0.5),
        "mask": theme.text,
        "target": theme.good,
        "loss": theme.bad,
    }


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _lightness(colour: str) -> float:
    return sum(_channels(colour)) / (3 * 255)


def _mixed(ground: str, colour: str, share: float) -> str:
    """Return a mixture of two colours: renderers other than browsers know no color-mix."""
    pairs: Iterable[tuple[int, int]] = zip(_channels(ground), _channels(colour), strict=True)
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in pairs)
