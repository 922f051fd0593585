"""Metrics: every point comes back bit for bit, ranges are exact, and a reduced curve keeps what one would miss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.store import Claim, Store, kept_points
from engine.train.events import Points, Verdict
from tests.engine.store.conftest import STARTED


def rows(steps: list[int]) -> Points:
    return Points("step", np.array(steps), np.array([[step, -step] for step in steps], np.float32))


@pytest.fixture
def filled(store: Store, claim: Claim) -> Claim:
    """Record steps 0 to 99, but for every tenth, in chunks of several sizes."""
    steps = [step for step in range(100) if step % 10]
    store.append(claim, [rows(steps[:1])], started=STARTED)
    store.append(claim, [rows(steps[1:20]), rows(steps[20:21])])
    store.append(claim, [rows(steps[21:88])])
    store.append(claim, [rows(steps[88:])])
    return claim


def test_every_value_comes_back_bit_for_bit(store: Store, claim: Claim) -> None:
    values = np.array([[np.nan, np.inf], [-np.inf, -0.0], [1e-45, 3.4e38]], np.float32)
    store.append(claim, [Points("step", np.array([0, 1, 2**31 - 1]), values)], started=STARTED)
    series = store.series(claim.run_id, "step")
    assert series.names == ("loss", "lr")
    assert series.steps.tolist() == [0, 1, 2**31 - 1]
    assert series.values.tobytes() == values.tobytes()


@pytest.mark.parametrize(
    ("first", "last"), [(None, None), (0, 99), (1, 1), (10, 10), (21, 23), (50, None), (None, 50), (99, 200), (200, None), (-5, 0)]
)
def test_a_range_is_exact(store: Store, filled: Claim, first: int | None, last: int | None) -> None:
    expected = [step for step in range(100) if step % 10 and step >= (first or 0) and step <= (99 if last is None else last)]
    series = store.series(filled.run_id, "step", ["lr", "loss"], first, last)
    assert series.steps.tolist() == expected
    assert series.values.tolist() == [[-step, step] for step in expected]


def test_what_came_since(store: Store, filled: Claim) -> None:
    assert store.series_since(filled.run_id, "step", 95).steps.tolist() == [96, 97, 98, 99]
    assert len(store.series_since(filled.run_id, "step", 99)) == 0
    assert len(store.series_since(filled.run_id, "step", None)) == 90


def test_what_is_not_there_is_empty_or_nan(store: Store, filled: Claim) -> None:
    assert np.isnan(store.series(filled.run_id, "step", ["nothing"]).column("nothing")).all()
    assert len(store.series(filled.run_id, "probe")) == 0
    empty = store.series("unknown", "step", ["loss"])
    assert (len(empty), empty.names, empty.values.shape) == (0, ("loss",), (0, 1))
    assert store.layout("unknown") == {}


def test_a_verdict_is_kept_until_it_clears_and_after(store: Store, claim: Claim) -> None:
    began = Verdict("vanishing", "warning", "n1", 10, "Layer 1 hears little.", {"A": float("-inf")})
    store.append(claim, verdicts=[began, Verdict("nonfinite", "severe", None, 20, "NaN.", {})])
    store.append(claim, verdicts=[Verdict("vanishing", "severe", "n1", 10, "Layer 1 hears nothing.", {"A": -9.0}, cleared_step=40)])
    said = [(v.kind, v.severity, v.node, v.step, v.cleared_step, v.evidence) for v in store.verdicts(claim.run_id)]
    assert said == [("vanishing", "severe", "n1", 10, 40, {"A": -9.0}), ("nonfinite", "severe", None, 20, None, {})]


curves = arrays.arrays(np.float32, st.integers(1, 400), elements=st.floats(width=32, allow_nan=True, allow_infinity=True) | st.just(0.0))


@settings(max_examples=200, deadline=None)
@given(curves, st.integers(10, 60))
def test_a_reduced_curve_keeps_its_ends_and_extrema(values: np.ndarray, limit: int) -> None:
    kept = kept_points(np.arange(len(values)), values, limit)
    assert len(kept) <= max(limit, 10) and (np.diff(kept) > 0).all()
    assert kept[0] == 0 and kept[-1] == len(values) - 1
    finite, shown = values[np.isfinite(values)], values[kept]
    if len(finite):
        assert shown[np.isfinite(shown)].min() == finite.min() and shown[np.isfinite(shown)].max() == finite.max()
    if not np.isfinite(values).all():
        assert (~np.isfinite(values)).argmax() in kept


def test_a_million_points_are_drawn_with_two_thousand_and_every_spike() -> None:
    steps = np.arange(1_000_000)
    values = np.sin(steps / 10_000).astype(np.float32)
    spikes = [123_456, 500_001, 999_998]
    values[spikes] = [9.0, -9.0, 8.0]
    values[700_000:700_010] = np.nan
    kept = kept_points(steps, values)
    assert len(kept) <= 2_000
    assert {*spikes, 0, 999_999, 700_000, 700_009} <= set(kept.tolist())
