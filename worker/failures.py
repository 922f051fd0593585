"""What an exception inside training means to the user. Imported by the child, and so by nothing that needs the store."""

from __future__ import annotations

import re
import sys

from blocks.problems import UserError
from engine.train.events import Failed

_HOST_MEMORY = re.compile(r"can't allocate memory|cannot allocate memory|bad_alloc|not enough memory", re.IGNORECASE)
LESS_MEMORY = "Make the batch size smaller, or the network."
RUN_AGAIN = "Run it again; if it ends so again, the worker's log says more."


def failure_of(error: BaseException) -> Failed:
    """Say what an exception inside training means to the user."""
    if isinstance(error, UserError):
        first = error.problems[0]
        return Failed("user_error", " ".join(problem.message for problem in error.problems), first.fix, first.node)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return Failed("out_of_memory", "Training needed more memory than the GPU has.", LESS_MEMORY)
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and _HOST_MEMORY.search(str(error))):
        return Failed("out_of_memory", "Training needed more memory than this machine has left.", LESS_MEMORY)
    text = str(error).strip().splitlines()
    detail = f"{type(error).__name__}: {text[0][:300]}" if text else type(error).__name__
    return Failed("crashed", f"Training ended by an error that is not yours: {detail}", RUN_AGAIN)
