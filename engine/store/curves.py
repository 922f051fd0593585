"""The small curves and best values of the Runs page, kept up as points arrive, so that listing runs reads no metrics."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from engine.train.events import Points

SPARKLINE_POINTS = 60
_HIGHER_IS_BETTER = "accuracy"
_RANKED = ("val_accuracy", "val_mae", "val_loss")


def extended(curve: Mapping[str, Any] | None, values: Iterable[float]) -> dict[str, Any]:
    """Return a thinned curve with more values: every `stride`-th is kept, and the stride doubles whenever they become too many.

    The newest value is always known, as `last`. What is not finite is None.
    """
    stride, seen, kept = (curve["stride"], curve["seen"], list(curve["kept"])) if curve else (1, 0, [])
    last = curve["last"] if curve else None
    for value in values:
        last = round(float(value), 6) if math.isfinite(value) else None
        if seen % stride == 0:
            kept.append(last)
        seen += 1
        if len(kept) >= SPARKLINE_POINTS:
            kept, stride = kept[::2], stride * 2
    return {"stride": stride, "seen": seen, "kept": kept, "last": last}


def drawn(curves: Mapping[str, Any]) -> tuple[float | None, ...]:
    """Return at most 60 values to draw: the validation loss by epoch, or the training loss while there are not two epochs yet."""
    for name in ("val_loss", "train_loss", "loss"):
        curve = curves.get(name)
        if curve and (len(curve["kept"]) >= 2 or name == "loss"):
            is_kept = (curve["seen"] - 1) % curve["stride"] == 0
            return tuple(curve["kept"]) if is_kept else (*curve["kept"], curve["last"])
    return ()


def sparklines(curves: Mapping[str, Any], points: Iterable[Points], layout: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the curves with what new points say of losses."""
    out = dict(curves)
    for part in points:
        for name in ("loss",) if part.stream == "step" else ("val_loss", "train_loss") if part.stream == "epoch" else ():
            if name in layout.get(part.stream, ()):
                out[name] = extended(out.get(name), part.values[:, layout[part.stream].index(name)].tolist())
    return out


def best_values(best: Mapping[str, float], points: Iterable[Points], layout: Mapping[str, list[str]]) -> dict[str, float]:
    """Return the best finite value of every series of the epochs: the highest accuracy, the lowest of anything else."""
    out = dict(best)
    for part in points:
        if part.stream != "epoch":
            continue
        for column, name in enumerate(layout.get("epoch", ())):
            for value in part.values[:, column].tolist():
                if name != "seconds" and math.isfinite(value):
                    out[name] = value if name not in out else (max if _HIGHER_IS_BETTER in name else min)(out[name], value)
    return out


def headline(best: Mapping[str, float]) -> tuple[str | None, float | None]:
    """Return the one best value a list shows, by name: accuracy where there is one, else the error, else the loss."""
    for name in _RANKED:
        if name in best and math.isfinite(best[name]):
            return name, best[name]
    return None, None
