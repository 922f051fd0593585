"""Numbers, times and shapes as people read them."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import datetime

MISSING = "–"


def count(value: int | None) -> str:
    """Write 61706 as "61,706" and 12400000 as "12.4 M"."""
    if value is None:
        return MISSING
    for size, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M")):
        if abs(value) >= 10 * size or (unit != "M" and abs(value) >= size):
            return f"{value / size:.1f} {unit}"
    return f"{value:,}"


def size(num_bytes: int | None) -> str:
    """Write a number of bytes with the unit that fits."""
    if num_bytes is None:
        return MISSING
    amount = float(num_bytes)
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.0f} PB"


def duration(seconds: float | None) -> str:
    """Write 4.2 as "4.2 s", 75 as "1 min 15 s" and 4000 as "1 h 7 min"."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def age(when: float | None, now: float | None = None) -> str:
    """Write how long ago something was; times are seconds since 1970."""
    if when is None:
        return MISSING
    seconds = (time.time() if now is None else now) - when
    if seconds < 45:
        return "just now"
    for limit, unit, name in ((3600, 60, "min"), (86_400, 3600, "h"), (7 * 86_400, 86_400, "d")):
        if seconds < limit:
            return f"{max(1, round(seconds / unit))} {name} ago"
    return datetime.fromtimestamp(when).strftime("%-d %b %Y")


def shape(dimensions: Sequence[int | str]) -> str:
    """Write ("B", 6, 28, 28) as "B × 6 × 28 × 28"."""
    return " × ".join(map(str, dimensions)) or "scalar"


def metric(name: str, value: float | None) -> str:
    """Write a metric's value: an accuracy in per cent, everything else with four digits."""
    if value is None:
        return MISSING
    if not math.isfinite(value):
        return "not finite"
    return f"{value:.1%}" if name.endswith("accuracy") else f"{value:.4g}"


METRICS = {
    "train_loss": "Training loss",
    "val_loss": "Validation loss",
    "val_accuracy": "Validation accuracy",
    "val_mae": "Validation error (MAE)",
    "accuracy": "Training accuracy",
    "lr": "Learning rate",
    "loss": "Training loss",
}


def metric_title(name: str) -> str:
    """Return a metric's name in words."""
    return METRICS.get(name, name.replace("_", " "))
