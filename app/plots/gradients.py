"""Gradient health over depth and time: lines by layer, and heatmaps layer × step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.colors import sample_colorscale

from app.plots.layout import blank, label, note
from app.theme import Palette
from engine.store.reduction import kept_points

MOST_COLUMNS = 240
"""A heatmap's columns; more steps than this are binned, the largest magnitude of each bin kept."""
MOST_POINTS = 12_000
"""All lines of a figure together."""
MOST_LEGEND = 8
Matrix = NDArray[np.floating[Any]]
SIGNAL_RANGE = (-5.0, 5.0)
"""log10 of the signal against the output's: beyond 10^±5 everything is equally lost."""


def by_layer(names: Sequence[str], values: Matrix) -> tuple[list[str], Matrix]:
    """Join the gradient norms of a layer's parameters: the root of the sum of their squares.

    Shapes: names (n,) like "conv1.weight", values (S, n) -> layers (m,) in order, norms (S, m)
    """
    layers: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        layers.setdefault(name.rpartition(".")[0] or name, []).append(column)
    wide = values.astype(np.float64)
    joined = [np.sqrt(np.square(wide[:, columns]).sum(axis=1)) for columns in layers.values()]
    return list(layers), np.stack(joined, axis=1) if joined else np.empty((values.shape[0], 0))


def norm_lines(
    names: Sequence[str],
    steps: NDArray[np.int64],
    values: Matrix,
    palette: Palette,
    *,
    height: int = 320,
    phases: NDArray[np.floating[Any]] | None = None,
) -> go.Figure:
    """Draw the gradient norm of each layer over the steps on a logarithmic axis, coloured by depth.

    With `phases`, (S,) the phase of each step, a layer's line runs over the steps of the phases that train it.
    """
    figure = blank(palette, height=height, y_title="gradient norm")
    if not steps.size or not names:
        return note(figure, "Waiting for the first step", palette)
    places = np.linspace(0, 0.92, len(names)) if len(names) > 1 else np.array([0.4])
    colours = sample_colorscale([list(stop) for stop in palette.depth], list(places))
    positive = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    limit = max(MOST_POINTS // len(names), 64)
    for column, (name, colour) in enumerate(zip(names, colours, strict=True)):
        own = np.arange(len(steps)) if phases is None else trained_rows(phases, values[:, column])
        kept = own[kept_points(steps[own], np.ascontiguousarray(positive[own, column], dtype=np.float32), limit)]
        figure.add_scatter(
            x=steps[kept],
            y=positive[kept, column],
            name=label(name),
            mode="lines",
            line={"color": colour, "width": 1.4},
            hovertemplate="%{y:.2e}",
            connectgaps=False,
        )
    figure.update_yaxes(type="log", dtick=_decades_per_tick(positive), exponentformat="power")
    figure.update_layout(showlegend=len(names) <= MOST_LEGEND)
    if len(names) > MOST_LEGEND:
        figure.update_layout(hovermode="closest")
        for trace, name in zip(figure.data, names, strict=True):
            trace.hovertemplate = f"{label(name)}<br>step %{{x}}<br>%{{y:.2e}}<extra></extra>"
    return figure


def trained_rows(phases: NDArray[np.floating[Any]], norms: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """Return the rows of the phases in which a layer has a gradient at all; what is not a number in them is kept."""
    training = [phase for phase in np.unique(phases) if not np.isnan(norms[phases == phase]).all()]
    return np.flatnonzero(np.isin(phases, training)).astype(np.int64)


def norm_heatmap(names: Sequence[str], steps: NDArray[np.int64], values: Matrix, palette: Palette, *, height: int = 320) -> go.Figure:
    """Draw log10 of the gradient norm, layer × step, the first layer on top."""
    with np.errstate(divide="ignore"):
        logs = np.log10(values.astype(np.float64))
    finite = logs[np.isfinite(logs)]
    bounds = (float(np.floor(finite.min())), float(np.ceil(finite.max()))) if finite.size else (-6.0, 1.0)
    scale = [list(stop) for stop in palette.depth]
    return _heatmap(names, steps, logs, palette, height, scale=scale, bounds=bounds, title="log₁₀ of the norm")


def signal_heatmap(names: Sequence[str], steps: NDArray[np.int64], values: Matrix, palette: Palette, *, height: int = 320) -> go.Figure:
    """Draw A, log10 of the error signal against the output's, layer × step: faint is vanishing, red is exploding."""
    return _heatmap(
        names,
        steps,
        values.astype(np.float64),
        palette,
        height,
        scale=signal_scale(palette),
        bounds=SIGNAL_RANGE,
        title="A (log₁₀ of the ratio)",
    )


def signal_scale(palette: Palette) -> list[list[Any]]:
    """Return the colours of A from vanishing (violet) over healthy (the ground's own green) to exploding (red)."""
    vanished = palette.series[2]
    return [[0.0, vanished], [0.2, vanished], [0.4, palette.good], [0.6, palette.good], [0.8, palette.bad], [1.0, palette.bad]]


def signal_colour(value: float, palette: Palette) -> str:
    """Return the colour of one value of A as "rgb(…)"; what is not a number is red."""
    low, high = SIGNAL_RANGE
    if not np.isfinite(value):
        return str(sample_colorscale(signal_scale(palette), [0.0 if value == -np.inf else 1.0])[0])
    return str(sample_colorscale(signal_scale(palette), [(min(max(value, low), high) - low) / (high - low)])[0])


def _heatmap(
    names: Sequence[str],
    steps: NDArray[np.int64],
    values: Matrix,
    palette: Palette,
    height: int,
    *,
    scale: list[list[Any]],
    bounds: tuple[float, float],
    title: str,
) -> go.Figure:
    rows = len(names)
    figure = blank(palette, height=height)
    if not steps.size or not rows:
        return note(figure, "Waiting for the first measurement", palette)
    steps, values = binned(steps, values)
    positions = list(range(rows))
    shared: dict[str, Any] = {"x": steps, "y": positions, "xgap": 0, "ygap": 1}
    finite = np.where(np.isfinite(values), values, np.nan).T
    labels = np.repeat(np.array([label(name) for name in names], dtype=object)[:, None], steps.size, axis=1)
    figure.add_heatmap(
        **shared,
        z=finite,
        text=labels,
        zmin=bounds[0],
        zmax=bounds[1],
        colorscale=scale,
        colorbar={
            "title": {"text": title, "side": "right", "font": {"size": 11}},
            "thickness": 10,
            "outlinewidth": 0,
            "tickfont": {"size": 10},
        },
        hovertemplate="%{text}<br>step %{x}<br>%{z:.2f}<extra></extra>",
        hoverongaps=False,
    )
    broken = np.where(np.isfinite(values), np.nan, 1.0).T
    if np.isfinite(broken).any():
        words = np.where(np.isneginf(values), "zero", "not a finite number").T
        kind = np.where(np.isneginf(values), 0.0, 1.0).T
        figure.add_heatmap(
            **shared,
            z=np.where(np.isfinite(broken), kind, np.nan),
            text=words,
            zmin=0,
            zmax=1,
            showscale=False,
            colorscale=[[0, palette.text], [0.5, palette.text], [0.5, palette.bad], [1, palette.bad]],
            hovertemplate="step %{x}<br>%{text}<extra></extra>",
            hoverongaps=False,
        )
    shown = positions[:: max(1, -(-rows // 30))]
    figure.update_yaxes(autorange="reversed", tickvals=shown, ticktext=[label(names[row]) for row in shown], showgrid=False)
    figure.update_layout(hovermode="closest")
    return figure


def binned(steps: NDArray[np.int64], values: Matrix) -> tuple[NDArray[np.int64], Matrix]:
    """Keep at most `MOST_COLUMNS` columns: of each bin the value of largest magnitude, and NaN or infinity before any number."""
    if steps.size <= MOST_COLUMNS:
        return steps, values
    edges = np.linspace(0, steps.size, MOST_COLUMNS + 1).astype(int)
    weight = np.where(np.isfinite(values), np.abs(values), np.inf)
    picked = [
        values[first + weight[first:last].argmax(axis=0), np.arange(values.shape[1])]
        for first, last in zip(edges[:-1], edges[1:], strict=True)
    ]
    return steps[edges[:-1]], np.stack(picked)


def _decades_per_tick(values: Matrix) -> int:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 1
    return max(1, int(np.ceil(np.log10(finite.max() / finite.min()) / 6)))
