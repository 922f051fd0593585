"""The metrics of one run as a page has read them so far: each refresh asks the store only for what is new."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.store import Store
from engine.store.metrics import Series
from engine.train.events import Stream


@dataclass
class Feed:
    """Hold the series of one run by stream."""

    run_id: str
    _read: dict[str, Series] = field(default_factory=dict)

    def series(self, store: Store, stream: Stream) -> Series:
        """Return every row of a stream, up to now."""
        had = self._read.get(stream)
        if had is None or not had.names or not len(had):
            self._read[stream] = store.series(self.run_id, stream)
        else:
            new = store.series_since(self.run_id, stream, int(had.steps[-1]))
            if len(new):
                assert new.names == had.names, f"the columns of {stream!r} must not change during a run"
                self._read[stream] = Series(had.names, np.concatenate([had.steps, new.steps]), np.concatenate([had.values, new.values]))
        return self._read[stream]
