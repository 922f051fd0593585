"""The metrics of one run as a page has read them so far: each refresh asks the store only for what is new."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.store import Store
from engine.store.metrics import Series
from engine.train.events import Stream

MOST_VALUES = 2_000_000
"""Of one stream; beyond twice as many, rows are left out. The store keeps every point."""
FEWEST_STRETCHES = 32


@dataclass
class Feed:
    """Hold the series of one run by stream."""

    run_id: str
    _read: dict[str, Series] = field(default_factory=dict)

    def series(self, store: Store, stream: Stream) -> Series:
        """Return the rows of a stream up to now: all of them, or of a very long run those that matter in a drawing."""
        had = self._read.get(stream)
        if had is None or not had.names or not len(had):
            series = store.series(self.run_id, stream)
        else:
            new = store.series_since(self.run_id, stream, int(had.steps[-1]))
            if not len(new):
                return had
            assert new.names == had.names, f"the columns of {stream!r} must not change during a run"
            series = Series(had.names, np.concatenate([had.steps, new.steps]), np.concatenate([had.values, new.values]))
        self._read[stream] = thinned(series, MOST_VALUES) if series.values.size > 2 * MOST_VALUES else series
        return self._read[stream]


def thinned(series: Series, most_values: int) -> Series:
    """Keep the first and last row, and of each stretch of steps the rows where a column is highest, lowest or not a number.

    Of gradient norms the highest alone: there are many, and their lowest say little.
    """
    steps, values = series.steps, series.values
    columns = max(1, values.shape[1])
    lowest_of = [column for column, name in enumerate(series.names) if not name.startswith("grad_norm/")]
    stretches = max(FEWEST_STRETCHES, most_values // (columns * (columns + len(lowest_of) + 2)))
    stretch = (steps - steps[0]) * stretches // (steps[-1] - steps[0] + 1)
    first = np.flatnonzero(np.diff(stretch, prepend=-1))
    last = np.append(first[1:], len(steps)) - 1
    kept = [first[:1], last[-1:]]
    for column in range(values.shape[1]):
        order = np.lexsort((values[:, column], stretch))  # NaN comes last, as if it were the highest
        kept.append(order[last])
        if column in lowest_of:
            kept.append(order[first])
    rows = np.unique(np.concatenate(kept))
    return Series(series.names, steps[rows], values[rows])
