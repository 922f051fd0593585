"""What children train in the tests of the process model: each run's recipe names the program, as no real recipe can."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable

import numpy as np

from blocks.problems import Problem, UserError
from engine.train.events import Done, Event, Points, Started
from worker.wire import Job

Send = Callable[[Event], None]


def choose(job: Job, send: Send) -> None:
    """Run the program that the recipe names."""
    globals()[str(job.recipe["program"])](job, send)


def _started(total: int) -> Started:
    return Started(total, 1, total, 7, "cpu", {"step": ["loss", "lr"], "epoch": ["train_loss", "val_loss"]})


def _point(step: int) -> Points:
    return Points("step", np.array([step]), np.array([[1.0 / (step + 1), 0.1]], np.float32))


def count(job: Job, send: Send) -> None:
    """Yield steps at a pace, then finish."""
    steps, pause = int(job.recipe.get("steps", 10)), float(job.recipe.get("pause_s", 0.0))
    send(_started(steps))
    for step in range(steps):
        send(_point(step))
        time.sleep(pause)
    send(Points("epoch", np.array([steps - 1]), np.array([[0.5, 0.25]], np.float32)))
    send(Done({"val_loss": 0.25}, 1.0, float(steps)))


def endless(job: Job, send: Send) -> None:
    """Yield steps until told to end."""
    send(_started(1_000_000))
    for step in range(1_000_000):
        send(_point(step))
        time.sleep(0.01)


def deaf(job: Job, send: Send) -> None:
    """Compute without end, with SIGTERM ignored, beside a child of its own that does the same in a session of its own."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
        while True:
            pass
    send(_started(10))
    send(_point(0))
    while True:
        pass


def segfault(job: Job, send: Send) -> None:
    """Read address 0."""
    send(_started(10))
    send(_point(0))
    ctypes.string_at(0)


def leave(job: Job, send: Send) -> None:
    """End without a word."""
    send(_started(10))
    os._exit(3)


def devour(job: Job, send: Send) -> None:
    """Allocate, without touching it, until the limit."""
    held = []
    while True:
        held.append(np.empty(1 << 24))


def devour_tensors(job: Job, send: Send) -> None:
    """Allocate in torch until the limit."""
    import torch

    held = []
    while True:
        held.append(torch.empty(1 << 24))


def device_full(job: Job, send: Send) -> None:
    """Raise what torch raises when the GPU is full."""
    import torch

    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def mistake(job: Job, send: Send) -> None:
    """Raise a user's mistake."""
    raise UserError(Problem("shape", "Linear 'out': expected 10 features, got 4.", "Set out_features to 10.", node="n7"))


def defect(job: Job, send: Send) -> None:
    """Raise an error of our own."""
    raise ZeroDivisionError("division by zero")


def backwards(job: Job, send: Send) -> None:
    """Yield steps that do not rise."""
    send(_started(10))
    send(Points("step", np.array([3, 2]), np.zeros((2, 2), np.float32)))
    time.sleep(30)


def environment(job: Job, send: Send) -> None:
    """Tell the names of the environment as the names of series."""
    send(Started(1, 1, 1, 0, "cpu", {"step": sorted(os.environ)}))
    send(Done({}, 0.0, 0.0))


def two_threads(job: Job, send: Send) -> None:
    """Train with torch on two threads."""
    import torch

    torch.set_num_threads(2)
    model = torch.nn.Sequential(torch.nn.Linear(512, 512), torch.nn.ReLU(), torch.nn.Linear(512, 1))
    optimizer = torch.optim.Adam(model.parameters())
    send(Started(5, 1, 5, 0, "cpu", {"step": ["loss", "threads"]}))
    for step in range(5):
        optimizer.zero_grad()
        loss = model(torch.ones(4096, 512)).square().mean()
        loss.backward()
        optimizer.step()
        threads = len(os.listdir("/proc/self/task"))
        send(Points("step", np.array([step]), np.array([[loss.item(), threads]], np.float32)))
    send(Done({}, 0.0, 0.0))
