"""Judge recorded probes: pure rules that need no training, say when a fault began, how bad it is, and when it cleared."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.train.events import Verdict

CONSECUTIVE = 3
"""A fault, and its clearing, must be seen at so many probes in a row."""
WEAK, VANISHING, SEVERE = -2.0, -3.0, -5.0
"""Powers of ten of the error signal: worth a word, a fault, a grave fault. Mirrored for exploding."""
LASTING_STEPS = 50
"""A fault that lasts so long is grave, however small."""
FLAT = 0.98
"""A loss that is still above this part of its first value has not moved."""
FLAT_AFTER_STEPS = 20

Severity = Literal["info", "warning", "severe"]
_RANK: Mapping[str, int] = {"info": 0, "warning": 1, "severe": 2}

FIX = {
    "vanishing": "Use ReLU with He initialisation, add normalisation, or add residual connections.",
    "exploding": "Use He or Xavier initialisation, add normalisation or residual connections; in recurrent networks clip gradients at 1.",
    "nonfinite": "Divide the learning rate by 10, or clip gradients at 1; if it was at once, look for huge inputs, a log or a division.",
    "disconnected": "Connect it on the way to a loss, or freeze it.",
}


@dataclass
class _Fault:
    """Follow one rule over the probes: how long it has held, what has been said, how long it has been well again."""

    kind: Literal["vanishing", "exploding"]
    held: int = 0
    began: int = 0
    well: int = 0
    said: Verdict | None = None
    threshold: float = WEAK
    """What the signal must come back over, once something has been said."""


class Diagnosis:
    """Turn probes, in order, into verdicts.

    A verdict is given anew, with the same `kind` and `step`, when it gets graver and when it clears: `step` is where the fault began,
    `node` the block at which it was worst. `evidence` has `A` (the worst; None where it is infinite), `threshold`, `seen_at` (the step of
    the probe that gave this verdict) and `fix`.
    """

    def __init__(self, nodes: Sequence[str], names: Mapping[str, str], adaptive: bool = True) -> None:
        """Judge the given nodes, in depth order, under the names a user reads.

        `adaptive` says that the optimizer scales each weight's step by itself (all but SGD), which forgives a weak signal.
        """
        self.nodes = tuple(nodes)
        self.names = dict(names)
        self.adaptive = adaptive
        self._vanishing = _Fault("vanishing")
        self._exploding = _Fault("exploding")
        self._first_losses: list[float] = []
        self._recent_losses: deque[float] = deque(maxlen=CONSECUTIVE)
        self._num_probes = 0
        self._nonfinite = False

    def update(self, step: int, A: NDArray[np.float64], loss: float) -> list[Verdict]:
        """Take one probe: A (n,), as `probes.signal` gives it, and the loss at that step. Return what is new."""
        verdicts = self.loss_is(step, loss)
        known = ~np.isnan(A)
        # NaN says that nothing was measured, or that there is no signal at all to compare with: no ground for any verdict.
        if self._nonfinite or not known.any():
            return verdicts
        if len(self._first_losses) < CONSECUTIVE:
            self._first_losses.append(loss)
        self._recent_losses.append(loss)
        self._num_probes += 1
        weakest, strongest = int(np.nanargmin(A)), int(np.nanargmax(A))
        verdicts += self._judge(self._vanishing, step, weakest, float(A[weakest]), self._vanishing_severity(step, float(A[weakest])))
        verdicts += self._judge(self._exploding, step, strongest, float(A[strongest]), _exploding_severity(float(A[strongest])))
        return verdicts

    def loss_is(self, step: int, loss: float) -> list[Verdict]:
        """Take the loss of a step that may have been no probe; return a verdict at the first one that is NaN or infinite."""
        if math.isfinite(loss) or self._nonfinite:
            return []
        self._nonfinite = True
        what = "NaN" if math.isnan(loss) else "infinite"
        message = f"The loss became {what} at step {step}: from here on the weights learn nothing. {FIX['nonfinite']}"
        return [Verdict("nonfinite", "severe", None, step, message, {"loss": str(loss), "seen_at": step, "fix": FIX["nonfinite"]})]

    def disconnected(self, step: int, node: str | None, parameters: Sequence[str]) -> Verdict:
        """Return the verdict on a block whose trainable parameters got no gradient."""
        name = self.names.get(node or "", "A block")
        message = f"Disconnected: no path leads from {name} to the loss, so it cannot learn. {FIX['disconnected']}"
        return Verdict(
            "disconnected", "severe", node, step, message, {"parameters": list(parameters), "seen_at": step, "fix": FIX["disconnected"]}
        )

    def _judge(self, fault: _Fault, step: int, place: int, worst: float, severity: Severity | None) -> list[Verdict]:
        if severity is None:
            fault.held = 0
            fault.well += 1
            return self._clear(fault, step)
        fault.well = 0
        fault.began = step if fault.held == 0 else fault.began
        fault.held += 1
        at_once = fault.kind == "exploding" and step == 0
        if fault.said is None:
            return [self._say(fault, step, place, worst, severity)] if fault.held >= CONSECUTIVE or at_once else []
        lasting = step - fault.said.step >= LASTING_STEPS and abs(worst) > -VANISHING
        severity = "severe" if lasting else severity
        # The gravest that was said stands until the fault has cleared.
        return [self._say(fault, step, place, worst, severity)] if _RANK[severity] > _RANK[fault.said.severity] else []

    def _say(self, fault: _Fault, step: int, place: int, worst: float, severity: Severity) -> Verdict:
        if fault.kind == "exploding":
            fault.threshold = -VANISHING
        else:
            fault.threshold = VANISHING if worst < VANISHING else WEAK
        evidence = {
            "A": worst if math.isfinite(worst) else None,
            "threshold": fault.threshold,
            "seen_at": step,
            "fix": FIX[fault.kind],
        }
        began = fault.said.step if fault.said else fault.began
        fault.said = Verdict(fault.kind, severity, self.nodes[place], began, self._sentence(fault.kind, place, worst, severity), evidence)
        return fault.said

    def _clear(self, fault: _Fault, step: int) -> list[Verdict]:
        if fault.said is None or fault.well < CONSECUTIVE:
            return []
        cleared = replace(fault.said, cleared_step=step, evidence={**fault.said.evidence, "seen_at": step})
        fault.said = None
        return [cleared]

    def _vanishing_severity(self, step: int, weakest: float) -> Severity | None:
        if weakest < SEVERE:
            return "severe"
        if weakest < VANISHING:
            return "warning"
        # What was said as vanishing is well again above that threshold; what was only weak, above its own.
        if weakest >= (self._vanishing.threshold if self._vanishing.said else WEAK):
            return None
        return "warning" if not self.adaptive and self._flat(step) else "info"

    def _flat(self, step: int) -> bool:
        # The first and the recent losses must not be the same ones.
        if step < FLAT_AFTER_STEPS or self._num_probes < 2 * CONSECUTIVE:
            return False
        return float(np.mean(self._recent_losses)) >= FLAT * float(np.mean(self._first_losses))

    def _sentence(self, kind: str, place: int, worst: float, severity: Severity) -> str:
        name = self.names[self.nodes[place]]
        where = f"the first layer, {name}," if place == 0 else name
        if kind == "exploding":
            grown = f"{_factor(worst)} times stronger" if math.isfinite(worst) else "infinitely stronger"
            return f"Exploding gradient: at {where} the error signal is {grown} than at the output. {FIX[kind]}"
        if worst >= VANISHING:
            outcome = "the optimizer may make up for it." if severity == "info" else f"and the loss does not move. {FIX[kind]}"
            return f"Weak gradient: {where} hears 1/{_factor(-worst)} of the error signal, {outcome}"
        heard = f"hears 1/{_factor(-worst)} of the error signal" if math.isfinite(worst) else "hears nothing of the error signal"
        return f"Vanishing gradient: {where} {heard}. {FIX[kind]}"


def _exploding_severity(strongest: float) -> Severity | None:
    if strongest > -SEVERE:
        return "severe"
    return "warning" if strongest > -VANISHING else None


def _factor(exponent: float) -> str:
    """Return 10^exponent, to one digit, as a person would say it."""
    if exponent >= 9:
        return f"10^{exponent:.0f}"
    whole = 10**exponent
    digit = 10 ** math.floor(exponent)
    return f"{round(whole / digit) * digit:,.0f}"
