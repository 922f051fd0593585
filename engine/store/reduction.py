"""Choose which points of a long curve to draw: few enough for a browser, and none of those one would miss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

DRAWN_POINTS = 2_000


def kept_points(steps: NDArray[np.int64], values: NDArray[np.float32], limit: int = DRAWN_POINTS) -> NDArray[np.int64]:
    """Return the indices, in order, of at most `limit` points that draw like all of them.

    Kept for certain: the first and last point, the lowest and highest, and where a stretch of NaN or Inf begins and ends; if such
    stretches alone are more than the limit allows, they are thinned evenly. Of the others, those that MinMaxLTTB chooses.

    Shapes: steps (S,), values (S,) -> indices (at most limit,)
    """
    assert limit >= 8, f"a curve needs at least 8 points, got a limit of {limit}"
    assert steps.shape == values.shape and steps.ndim == 1, f"steps {steps.shape} and values {values.shape} must be one column each"
    if len(values) <= limit:
        return np.arange(len(values))
    finite = np.isfinite(values)
    certain = _certain(values, finite)
    broken = _thinned(_stretch_ends(finite), (limit - len(certain)) // 2)
    certain = np.union1d(certain, broken)
    room = limit - len(certain)
    places = np.flatnonzero(finite)
    chosen = places if len(places) <= room else _sampled(steps, values, places, room)
    return np.union1d(certain, chosen).astype(np.int64)


def _certain(values: NDArray[np.float32], finite: NDArray[np.bool_]) -> NDArray[np.int64]:
    kept = [0, len(values) - 1]
    if finite.any():
        kept += [int(np.where(finite, values, np.inf).argmin()), int(np.where(finite, values, -np.inf).argmax())]
    if not finite.all():
        # The first step that was not a number is what a diagnosis names: thinning must not lose it.
        kept += [int((~finite).argmax())]
    return np.unique(np.array(kept, dtype=np.int64))


def _stretch_ends(finite: NDArray[np.bool_]) -> NDArray[np.int64]:
    bad = np.concatenate(([False], ~finite, [False]))
    begins = np.flatnonzero(bad[1:-1] & ~bad[:-2])
    ends = np.flatnonzero(bad[1:-1] & ~bad[2:])
    return np.union1d(begins, ends).astype(np.int64)


def _thinned(places: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    if len(places) <= limit:
        return places
    return places[np.linspace(0, len(places) - 1, limit).astype(np.int64)]


def _sampled(steps: NDArray[np.int64], values: NDArray[np.float32], places: NDArray[np.int64], room: int) -> NDArray[np.int64]:
    x, y = np.ascontiguousarray(steps[places]), np.ascontiguousarray(values[places])
    chosen: NDArray[np.unsignedinteger] = MinMaxLTTBDownsampler().downsample(x, y, n_out=room)  # type: ignore[no-untyped-call]
    return places[chosen.astype(np.int64)]
