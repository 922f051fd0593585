"""How a run can end where its child left no last word: by cancel, by a signal, by the end of its worker."""

from __future__ import annotations

import signal

from engine.store import Outcome
from worker.failures import LESS_MEMORY, RUN_AGAIN

_SIGNALS = {
    signal.SIGSEGV: "a segmentation fault",
    signal.SIGBUS: "a bus error",
    signal.SIGABRT: "an abort",
    signal.SIGFPE: "an arithmetic error",
    signal.SIGILL: "an illegal instruction",
    signal.SIGKILL: "being killed from outside",
    signal.SIGTERM: "being told to end from outside",
}

CANCELLED = Outcome("cancelled")
WORKER_STOPPED = Outcome(
    "failed", "worker_lost", "The worker was stopped while it trained this run.", "Run it again; what was recorded until then is kept."
)
ZYGOTE_LOST = Outcome("failed", "worker_lost", "The process that held this run's training was killed from outside.", RUN_AGAIN)


def outcome_of_exit(code: int, killed_for_memory: bool) -> Outcome:
    """Say what it means that the child ended without a last word: its exit code, negative where a signal ended it."""
    if code == -signal.SIGKILL and killed_for_memory:
        return Outcome("failed", "out_of_memory", "The machine ran out of memory, and its kernel ended training.", LESS_MEMORY)
    if code < 0:
        name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
        said = _SIGNALS.get(-code)  # type: ignore[call-overload]
        return Outcome(
            "failed",
            "crashed",
            f"The training process ended by {said} ({name})." if said else f"The training process ended by {name}.",
            RUN_AGAIN,
        )
    return Outcome(
        "failed", "crashed", f"The training process ended by itself, with exit status {code}, before training was over.", RUN_AGAIN
    )
