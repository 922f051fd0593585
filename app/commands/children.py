"""Processes that `gradloom up` starts: they log to files, are stopped together, and on Linux die with their parent however it dies."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_PATIENCE_S = 10.0
_PR_SET_PDEATHSIG = 1


class Stopped(Exception):
    """Say that a signal asked us to end."""


@contextmanager
def stops_with_signals() -> Iterator[None]:
    """Raise `Stopped` at Ctrl+C, at a polite kill, and when the terminal closes; ignore them once one has come."""

    def stop(number: int, frame: FrameType | None) -> None:
        for other in _SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        raise Stopped

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        stopped = signal.getsignal(_SIGNALS[0]) is signal.SIG_IGN
        for number, handler in before.items():
            if not stopped:
                signal.signal(number, handler)


def _dies_with_parent() -> Callable[[], None] | None:
    """Return what a child does before it becomes a program. PDEATHSIG is Linux's, and counts from the thread that starts the child."""
    if not sys.platform.startswith("linux"):
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask


class Child:
    """Run one program in a session of its own, so that Ctrl+C reaches us alone and we stop it in order."""

    def __init__(self, name: str, command: list[str], folder: Path, log: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = log
        self.given_up = False
        self._command, self._folder, self._environment = command, folder, dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    @property
    def pid(self) -> int | None:
        """Return the process's id, once started."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it, or start it again."""
        with open(self.log, "wb" if self._process is None else "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_dies_with_parent(),  # safe here: `up` has one thread when it starts children
            )
        self._started = time.monotonic()

    def alive(self) -> bool:
        """Return whether it runs."""
        return self._process is not None and self._process.poll() is None

    def wait(self) -> int:
        """Wait until it ends by itself, and return its exit status."""
        assert self._process is not None, "start it first"
        return self._process.wait()

    def age_s(self) -> float:
        """Return the seconds since it was started last."""
        return time.monotonic() - self._started

    def last_words(self) -> str:
        """Return the last line it logged, in short."""
        with open(self.log, "rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4096))
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        status = self._process.returncode if self._process is not None else None
        return f"{lines[-1][:200]}." if lines else f"exit status {status}."

    def ask_to_stop(self) -> None:
        """Ask it to end, without waiting."""
        if self._process is not None and self.alive():
            self._process.terminate()

    def stop(self) -> None:
        """Wait for its end; what is still there after some seconds is killed with all that it started."""
        if self._process is None:
            return
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
