"""Real workers for the tests: each a process of its own, ended with everything below it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

import migrations
from engine.graph.document import Graph
from engine.settings import Settings
from engine.store import RunSummary, Store, open_store
from worker.bell import ring

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Pinned:
    """Stand for a recipe or a choice of data."""

    document: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return self.document


def eventually(condition: Callable[[], Any], within_s: float = 20.0, what: str = "it") -> float:
    """Wait until a condition holds, and return how long that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_s, f"{what} did not happen within {within_s} s"
        time.sleep(0.01)
    return time.monotonic() - began


def gone(processes: list[psutil.Process]) -> bool:
    """Return whether processes have ended, buried or not."""
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                return False
        except psutil.NoSuchProcess:
            continue
    return True


class Installation:
    """One database and broker, and the workers that share them."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.settings = Settings.from_environment(environ)
        migrations.upgrade(self.settings.database_url)
        self.store: Store = open_store(self.settings.database_url)
        self.workers: list[psutil.Popen] = []

    def queue(self, program: str, bell: bool = True, **options: Any) -> str:
        run_id = self.store.queue_run(Graph(name=program), Pinned({"program": program, **options}), Pinned({"name": "none"}))
        if bell:
            assert ring(run_id, self.settings), "the broker did not take the message"
        return run_id

    def start_worker(self, *command: str, ready: bool = True) -> psutil.Popen:
        """Start a worker; without a command, one that runs the programs of the tests."""
        command = command or ("-m", "tests.worker.start_worker", "tests.worker.programs:choose")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GRADLOOM_")} | self.environ
        worker = psutil.Popen([sys.executable, *command], cwd=ROOT, env=environ)
        self.workers.append(worker)
        if ready:
            eventually(
                lambda: worker.poll() is not None or len(self.zygotes(worker)) == self.settings.slots, what="the start of the zygotes"
            )
            assert worker.poll() is None, "the worker ended while it started"
        return worker

    def zygotes(self, worker: psutil.Process) -> list[psutil.Process]:
        return [child for child in worker.children() if not gone([child]) and "worker.zygote" in child.cmdline()]

    def child(self, worker: psutil.Process) -> psutil.Process:
        eventually(lambda: any(zygote.children() for zygote in self.zygotes(worker)), what="the start of a child")
        return next(child for zygote in self.zygotes(worker) for child in zygote.children())

    def wait(self, run_id: str, within_s: float = 20.0) -> RunSummary:
        eventually(lambda: self.store.summary(run_id).is_final, within_s, f"the end of run {run_id}")
        return self.store.summary(run_id)

    def wait_for_step(self, run_id: str, within_s: float = 20.0) -> float:
        return eventually(lambda: self.store.summary(run_id).progress.step > 0, within_s, f"the first step of run {run_id}")

    def close(self) -> None:
        below = [process for worker in self.workers if worker.is_running() for process in worker.children(recursive=True)]
        for worker in self.workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            try:
                worker.wait(10)
            except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
                worker.kill()
                worker.wait()
        self.store.close()
        left = [process for process in below if not gone([process])]
        for process in left:
            process.kill()
        assert not left, f"the workers left {left}"


@contextmanager
def installation(home: Path, **environ: str) -> Iterator[Installation]:
    """Make an installation in a folder, and leave no process of it behind."""
    fast = {"GRADLOOM_SLOTS": "1", "GRADLOOM_LEASE_S": "2", "GRADLOOM_HEARTBEAT_S": "0.5"}
    made = Installation({"GRADLOOM_HOME": str(home)} | fast | environ)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Installation]:
    """Give an embedded installation without workers."""
    with installation(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Give an embedded installation with one worker that several tests use, one after the other."""
    with installation(tmp_path_factory.mktemp("shared"), GRADLOOM_MEMORY_LIMIT_MB="3000") as made:
        made.start_worker()
        yield made
