"""Curves over steps: loss, accuracy or error, and learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.plots.layout import blank, label, note
from app.theme import Palette
from engine.store.reduction import kept_points

DECADES_FOR_LOG = 1.5
"""A positive curve that spans more than this many decades is drawn on a logarithmic axis."""


@dataclass(frozen=True)
class Curve:
    """One series with its name. `points` draws a dot at each value, for the few values of an epoch stream."""

    name: str
    steps: NDArray[np.int64]
    values: NDArray[np.floating[Any]]
    points: bool = False


def curves(
    drawn: Sequence[Curve], palette: Palette, *, y_title: str, height: int = 260, percent: bool = False, log: bool | None = None
) -> go.Figure:
    """Draw curves over steps. `log=None` chooses the axis by the range of the values.

    A value that is NaN or infinite leaves a gap, and a mark at the foot of the plot where it was.
    """
    figure = blank(palette, height=height, y_title=y_title)
    shown = [curve for curve in drawn if curve.steps.size]
    if not shown:
        return note(figure, "Waiting for the first step", palette)
    for index, curve in enumerate(shown):
        _draw(figure, curve, palette.series[index % len(palette.series)], percent)
    _mark_nonfinite(figure, shown, palette)
    if log is None:
        log = _spans_decades(shown)
    if log:
        # A zoom on the linear axis means nothing on this one.
        figure.update_yaxes(type="log", dtick=1, exponentformat="power", uirevision="log")
    if percent:
        figure.update_yaxes(tickformat=".0%", range=[0, 1.02], autorange=False)
    constant = _constant(shown)
    if constant is not None and not percent:
        figure.update_yaxes(range=[0, 2 * constant] if constant else [-1, 1], autorange=False)
    if len(shown) == 1:
        figure.update_layout(showlegend=False)
    return figure


def _draw(figure: go.Figure, curve: Curve, colour: str, percent: bool) -> None:
    kept = kept_points(curve.steps, np.ascontiguousarray(curve.values, dtype=np.float32))
    values = curve.values[kept]
    figure.add_scatter(
        x=curve.steps[kept],
        y=np.where(np.isfinite(values), values, np.nan),
        name=label(curve.name),
        mode="lines+markers" if curve.points else "lines",
        line={"color": colour, "width": 2 if curve.points else 1.5},
        marker={"size": 6, "color": colour},
        connectgaps=False,
        hovertemplate="%{y:.2%}" if percent else "%{y:.4g}",
    )


def _mark_nonfinite(figure: go.Figure, shown: Sequence[Curve], palette: Palette) -> None:
    steps = np.unique(np.concatenate([curve.steps[~np.isfinite(curve.values)] for curve in shown]))
    if not steps.size:
        return
    figure.add_scatter(
        x=steps,
        y=np.zeros(steps.size),
        yaxis="y2",
        mode="markers",
        name="NaN or infinite",
        marker={"symbol": "x", "size": 7, "color": palette.bad},
        hovertemplate="not a finite number",
    )
    figure.update_layout(yaxis2={"overlaying": "y", "range": [-0.03, 1], "visible": False, "fixedrange": True})


def _spans_decades(shown: Sequence[Curve]) -> bool:
    values = np.concatenate([curve.values[np.isfinite(curve.values)] for curve in shown])
    if not values.size or values.min() <= 0:
        return False
    return bool(np.log10(values.max() / values.min()) > DECADES_FOR_LOG)


def _constant(shown: Sequence[Curve]) -> float | None:
    """Return the one value that every curve has all the time, which plotly would draw in a range of its own making."""
    values = np.concatenate([curve.values[np.isfinite(curve.values)] for curve in shown])
    return float(values[0]) if values.size and values.min() == values.max() and values[0] >= 0 else None
