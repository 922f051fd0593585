"""Figures from arrays: nothing that matters is lost, nothing a user typed is markup, and a zoom survives new data."""

from __future__ import annotations

import numpy as np
import pytest

from app.plots.curves import Curve, curves
from app.plots.gradients import MOST_COLUMNS, binned, by_layer, norm_heatmap, norm_lines, signal_colour, signal_heatmap
from app.plots.layout import label
from app.theme import LIGHT

STEPS = np.arange(100, dtype=np.int64)


def curve(values: np.ndarray, name: str = "Training") -> Curve:
    return Curve(name, np.arange(len(values), dtype=np.int64), values.astype(np.float32))


def test_a_curve_that_spans_decades_is_drawn_on_a_logarithmic_axis() -> None:
    assert curves([curve(np.logspace(0, -3, 50))], LIGHT, y_title="").layout.yaxis.type == "log"
    assert curves([curve(np.linspace(1, 2, 50))], LIGHT, y_title="").layout.yaxis.type is None


def test_a_curve_that_touches_zero_is_not_drawn_on_a_logarithmic_axis() -> None:
    assert curves([curve(np.array([10.0, 0.0, 1e-4]))], LIGHT, y_title="").layout.yaxis.type is None


def test_what_is_not_finite_leaves_a_gap_and_a_mark() -> None:
    figure = curves([curve(np.array([1.0, np.nan, 2.0, np.inf]))], LIGHT, y_title="")
    assert [np.isfinite(value) for value in figure.data[0].y] == [True, False, True, False]
    assert list(figure.data[1].x) == [1, 3]
    assert figure.data[0].connectgaps is False


def test_a_spike_in_a_long_curve_is_drawn() -> None:
    values = np.ones(200_000)
    values[123_456] = 50.0
    figure = curves([curve(values)], LIGHT, y_title="")
    assert len(figure.data[0].x) <= 2_000
    assert 123_456 in figure.data[0].x


def test_before_the_first_step_a_figure_says_so() -> None:
    assert "first step" in curves([], LIGHT, y_title="").layout.annotations[0].text
    nothing = np.empty((0, 2), np.float32)
    assert norm_lines(["a", "b"], np.empty(0, np.int64), nothing, LIGHT).layout.annotations
    assert signal_heatmap(["a", "b"], np.empty(0, np.int64), nothing, LIGHT).layout.annotations


def test_zoom_is_kept_over_refreshes() -> None:
    first, second = (curves([curve(np.linspace(1, 2, size))], LIGHT, y_title="") for size in (10, 20))
    assert first.layout.uirevision == second.layout.uirevision is not None


def test_norms_of_a_layer_are_joined_as_one_vector() -> None:
    layers, norms = by_layer(["conv1.weight", "conv1.bias", "fc.weight"], np.array([[3.0, 4.0, 2.0]], np.float32))
    assert layers == ["conv1", "fc"]
    assert norms.tolist() == [[5.0, 2.0]]


def test_a_finite_gradient_with_a_square_beyond_float32_stays_finite() -> None:
    _, norms = by_layer(["a.weight", "a.bias"], np.array([[3e30, 4e30]], np.float32))
    assert norms[0, 0] == pytest.approx(5e30, rel=1e-6)


def test_the_heatmap_shows_the_first_layer_on_top_and_log10_of_the_norm() -> None:
    figure = norm_heatmap(["first", "last"], STEPS[:2], np.array([[1.0, 100.0], [0.1, 10.0]]), LIGHT)
    assert figure.layout.yaxis.autorange == "reversed"
    assert np.allclose(figure.data[0].z, [[0, -1], [2, 1]])


def test_zero_and_nan_are_marked_and_told_apart_in_a_heatmap() -> None:
    figure = norm_heatmap(["layer"], STEPS[:3], np.array([[1.0], [0.0], [np.nan]]), LIGHT)
    marks = figure.data[1]
    assert [None if np.isnan(kind) else kind for kind in marks.z[0]] == [None, 0.0, 1.0]
    assert list(marks.text[0][1:]) == ["zero", "not a finite number"]


def test_binning_keeps_the_largest_magnitude_and_what_is_not_finite() -> None:
    values = np.zeros((10_000, 2))
    values[5_001, 0] = -9.0
    values[7_777, 1] = np.nan
    steps, kept = binned(np.arange(10_000, dtype=np.int64), values)
    assert len(steps) == len(kept) == MOST_COLUMNS
    assert kept[:, 0].min() == -9.0
    assert np.isnan(kept[:, 1]).sum() == 1


def test_a_hundred_layers_share_a_bounded_number_of_points() -> None:
    values = np.random.default_rng(0).random((5_000, 100)) + 0.1
    figure = norm_lines([f"layer{index}" for index in range(100)], np.arange(5_000, dtype=np.int64), values, LIGHT)
    assert sum(len(trace.x) for trace in figure.data) <= 13_000
    assert figure.layout.showlegend is False


def test_names_are_text() -> None:
    name = "<b>x</b><img src=x onerror=alert(1)>"
    for figure in (
        curves([curve(np.ones(3), name), curve(np.ones(3), name)], LIGHT, y_title=""),
        norm_lines([name], STEPS[:2], np.ones((2, 1)), LIGHT),
        signal_heatmap([name], STEPS[:2], np.ones((2, 1)), LIGHT),
    ):
        assert "<img" not in figure.to_json() and "<b>" not in figure.to_json()
    assert label(name).startswith("&lt;b&gt;")


def test_the_signals_colours_tell_vanishing_healthy_and_exploding_apart() -> None:
    vanishing, healthy, exploding = (signal_colour(value, LIGHT) for value in (-5.0, 0.0, 5.0))
    assert len({vanishing, healthy, exploding}) == 3
    assert signal_colour(-np.inf, LIGHT) == vanishing
    assert signal_colour(np.nan, LIGHT) == signal_colour(np.inf, LIGHT) == exploding
    assert signal_colour(-300.0, LIGHT) == vanishing


def test_a_chart_that_was_empty_at_first_does_not_keep_the_range_of_nothing() -> None:
    for figure in (curves([], LIGHT, y_title=""), curves([curve(np.linspace(1, 2, 9))], LIGHT, y_title="")):
        assert figure.layout.xaxis.autorange is True and figure.layout.yaxis.autorange is True
    fixed = curves([curve(np.ones(3))], LIGHT, y_title="").layout.yaxis
    assert (fixed.autorange, tuple(fixed.range)) == (False, (0, 2))


def test_a_zoom_on_a_linear_axis_is_not_kept_for_a_logarithmic_one() -> None:
    linear, log = (curves([curve(values)], LIGHT, y_title="").layout for values in (np.linspace(1, 2, 9), np.logspace(0, -3, 9)))
    assert log.yaxis.uirevision != linear.uirevision
