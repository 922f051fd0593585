"""What the training loop yields: plain events with arrays, which know neither the store nor the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Stream = Literal["step", "probe", "epoch"]
"""step: every optimizer step; probe: the steps at which the error signal was measured; epoch: after each validation."""


@dataclass(frozen=True)
class Started:
    """Say what is about to be trained: sizes, the steps to come, and the names of every series by stream."""

    total_steps: int
    total_epochs: int
    steps_per_epoch: int
    num_parameters: int
    device: str
    series: dict[Stream, list[str]]
    """step: "loss", "lr", "accuracy", then "grad_norm/<parameter name>" each; probe: "A/<node id>" each, in depth order;
    epoch: "train_loss", "val_loss", "val_accuracy" (or "val_mae" for regression), "seconds"."""


@dataclass(frozen=True)
class Points:
    """Carry rows of one stream, columns as in `Started.series`; NaN and Inf are kept as they are."""

    stream: Stream
    steps: NDArray[np.int64]
    """(S,) optimizer steps counted from 0; an epoch's row stands at the last step of the epoch."""
    values: NDArray[np.float32]
    """(S, number of series)."""


@dataclass(frozen=True)
class Verdict:
    """Say that something is wrong with the signal, or that it no longer is."""

    kind: str
    severity: Literal["info", "warning", "severe"]
    node: str | None
    step: int
    message: str
    evidence: dict[str, Any] = field(default_factory=dict)
    cleared_step: int | None = None


WeightsKind = Literal["final", "best"]
"""final: after the last step; best: after the epoch with the best validation."""


@dataclass(frozen=True)
class Weights:
    """Carry the network's weights as a safetensors file; told before `Done`, where they are asked for."""

    kinds: tuple[WeightsKind, ...]
    """Both, where the last epoch was the best."""
    step: int
    """The step after which they were so, counted from 0."""
    content: bytes


@dataclass(frozen=True)
class Done:
    """Say that the last epoch is over."""

    best: dict[str, float]
    seconds: float
    steps_per_s: float


@dataclass(frozen=True)
class Failed:
    """Say that training ended by a mistake in the graph, the recipe or the data, in the user's words."""

    reason: Literal["user_error", "out_of_memory", "crashed"]
    message: str
    fix: str
    node: str | None = None


Event = Started | Points | Verdict | Weights | Done | Failed
Events = Sequence[Event]
