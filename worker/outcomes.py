"""How a run can end, in words: from an exception inside the child, or from the way its process ended."""

from __future__ import annotations

import re
import signal
import sys

from blocks.problems import UserError
from engine.store import Outcome
from engine.train.events import Failed

_HOST_MEMORY = re.compile(r"can't allocate memory|cannot allocate memory|bad_alloc|not enough memory", re.IGNORECASE)
_LESS = "Make the batch size smaller, or the network."
_AGAIN = "Run it again; if it ends so again, the worker's log says more."
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
ZYGOTE_LOST = Outcome("failed", "worker_lost", "The process that held this run's training was killed from outside.", _AGAIN)
HOST_MEMORY = Outcome("failed", "out_of_memory", "Training needed more memory than this machine has left.", _LESS)


def failure_of(error: BaseException) -> Failed:
    """Say what an exception inside training means to the user."""
    if isinstance(error, UserError):
        first = error.problems[0]
        return Failed("user_error", " ".join(problem.message for problem in error.problems), first.fix, first.node)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return Failed("out_of_memory", "Training needed more memory than the GPU has.", _LESS)
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and _HOST_MEMORY.search(str(error))):
        return Failed("out_of_memory", HOST_MEMORY.message or "", _LESS)
    text = str(error).strip().splitlines()
    detail = f"{type(error).__name__}: {text[0][:300]}" if text else type(error).__name__
    return Failed("crashed", f"Training ended by an error that is not yours: {detail}", _AGAIN)


def outcome_of_exit(code: int, killed_for_memory: bool) -> Outcome:
    """Say what it means that the child ended without a last word: its exit code, negative where a signal ended it."""
    if code == -signal.SIGKILL and killed_for_memory:
        return Outcome("failed", "out_of_memory", "The machine ran out of memory, and its kernel ended training.", _LESS)
    if code < 0:
        name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
        said = _SIGNALS.get(-code)  # type: ignore[call-overload]
        return Outcome(
            "failed",
            "crashed",
            f"The training process ended by {said} ({name})." if said else f"The training process ended by {name}.",
            _AGAIN,
        )
    return Outcome("failed", "crashed", f"The training process ended by itself, with exit status {code}, before training was over.", _AGAIN)
