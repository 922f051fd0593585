"""What Linux alone offers to leave no orphan: children that die with their parent, and orphans that come to us to be killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Collection
from pathlib import Path

IS_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(number: signal.Signals, parent: int) -> None:
    """Have the kernel send this process a signal when the thread that started it ends; end at once where it has already."""
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, so that none can escape a tree kill."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def _children() -> dict[int, list[int]]:
    """Return the living children of every process."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
            children.setdefault(int(fields[1]), []).append(int(entry))
    return children


def descendants() -> list[int]:
    """Return the process ids of every living descendant of this process."""
    children = _children()
    found: list[int] = []
    parents = [os.getpid()]
    while parents:
        below = children.get(parents.pop(), [])
        found += below
        parents += below
    return found


def kill_descendants(within_s: float = 2.0) -> bool:
    """Kill and reap every descendant of this process, those born meanwhile too; False where some would not die."""
    deadline = time.monotonic() + within_s
    while living := descendants():
        for pid in living:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        reap()
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


def bury_orphans(ours: Collection[int], within_s: float = 0.3) -> None:
    """Kill and reap every child of this process but those that it started itself: what a killed zygote left comes to us, one by one."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        for pid in _children().get(os.getpid(), []):
            if pid not in ours:
                try:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                except (ProcessLookupError, ChildProcessError):
                    continue
        time.sleep(0.02)


def reap() -> dict[int, int]:
    """Take the exit codes of children that have ended: negative where a signal ended them."""
    codes: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return codes
        if pid == 0:
            return codes
        codes[pid] = os.waitstatus_to_exitcode(status)


def out_of_memory_kills() -> int:
    """Return how many processes the kernel has killed for memory since it started; 0 where it does not say."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def be_first_to_die() -> None:
    """Have the kernel, when it runs out of memory, kill this process before the page or the worker."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError:
        return  # some containers forbid it; the order of killing is then the kernel's own
