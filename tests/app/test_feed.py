"""What a page keeps of a run is bounded, and nothing that shows in a drawing is lost by that."""

from __future__ import annotations

import numpy as np
import pytest

from app.feed import Feed, thinned
from engine.store.metrics import Series

ROWS = 300_000


def long_series() -> Series:
    rng = np.random.default_rng(0)
    values = rng.normal(1.0, 0.01, (ROWS, 4)).astype(np.float32)
    values[123_457, 0] = 9.0
    values[200_003, 0] = -9.0
    values[77_777, 2] = np.nan
    values[250_001, 3] = np.inf
    return Series(("loss", "lr", "grad_norm/a.weight", "grad_norm/b.weight"), np.arange(ROWS, dtype=np.int64), values)


def test_spikes_and_what_is_not_finite_outlive_thinning() -> None:
    series = thinned(long_series(), 20_000)
    assert len(series) < ROWS / 20
    assert {0, ROWS - 1, 123_457, 200_003, 77_777, 250_001} <= set(series.steps.tolist())
    assert (np.diff(series.steps) > 0).all()


def test_rows_that_are_kept_are_as_they_were() -> None:
    whole = long_series()
    series = thinned(whole, 20_000)
    assert np.array_equal(series.values, whole.values[series.steps], equal_nan=True)


def test_thinning_again_and_again_stays_bounded() -> None:
    series = long_series()
    for _ in range(4):
        series = Series(
            series.names,
            np.concatenate([series.steps, series.steps[-1] + 1 + np.arange(ROWS)]),
            np.tile(series.values[:1], (len(series) + ROWS, 1)),
        )
        series = thinned(series, 20_000)
    assert series.values.size < 40_000


class _Store:
    """Give rows as a store does, and count how many were asked for."""

    def __init__(self, whole: Series) -> None:
        self.whole, self.known, self.given = whole, 10, 0

    def series(self, run_id: str, stream: str) -> Series:
        return self.series_since(run_id, stream, -1)

    def series_since(self, run_id: str, stream: str, after: int) -> Series:
        rows = slice(after + 1, self.known)
        self.given += len(self.whole.steps[rows])
        return Series(self.whole.names, self.whole.steps[rows], self.whole.values[rows])


def test_a_refresh_reads_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.feed.MOST_VALUES", 4_000)
    store, feed = _Store(long_series()), Feed("run")
    assert len(feed.series(store, "step")) == 10
    store.known = 100_000
    assert feed.series(store, "step").steps[-1] == 99_999
    store.known = 100_005
    seen = feed.series(store, "step")
    assert store.given == 100_005
    assert seen.steps[-1] == 100_004 and seen.values.size < 8_100
