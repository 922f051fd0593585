"""The warm parent of training children: a process with torch and the engine imported, that forks one child at a time and buries it.

It stays single-threaded, because a fork copies one thread only: a pool of OpenMP or of torch that had started here would hang the child.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

from engine.train.events import Event
from worker import linux
from worker.failures import failure_of
from worker.wire import Job, decode_job, encode_event

TRAIN = "worker.child:train_run"
Target = Callable[[Job, Callable[[Event], None]], None]


def main() -> None:
    """Serve the worker at the other end of the control socket until it closes or dies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--control", type=int, required=True, help="descriptor of the control socket")
    parser.add_argument("--parent", type=int, required=True, help="process id of the worker")
    parser.add_argument("--target", default=TRAIN, help="module:function that trains a job")
    arguments = parser.parse_args()
    linux.die_with_parent(signal.SIGTERM, arguments.parent)
    linux.adopt_orphans()
    signal.signal(signal.SIGTERM, _bury_all)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Zygote(socket.socket(fileno=arguments.control), load_target(arguments.target)).serve()


def load_target(name: str) -> Target:
    """Import what trains, and let its module make itself warm."""
    module_name, _, function = name.partition(":")
    module = importlib.import_module(module_name)
    if hasattr(module, "warm_up"):
        module.warm_up()
    target: Target = getattr(module, function)
    return target


def _bury_all(number: int, frame: FrameType | None) -> None:
    linux.kill_descendants()
    os._exit(0)


class Zygote:
    """Fork a child when told to, signal it when told to, and say how it ended."""

    def __init__(self, control: socket.socket, target: Target) -> None:
        self.control, self.target = control, target
        self.child: int | None = None
        self.wake, wake_end = os.pipe()
        for end in (self.wake, wake_end):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Answer the worker until it is gone, then leave nothing behind."""
        threads = len(os.listdir("/proc/self/task"))
        self.control.send(f"ready {threads}".encode())
        while True:
            readable, _, _ = select.select([self.control, self.wake], [], [])
            if self.wake in readable:
                os.read(self.wake, 4096)
            self._bury()
            if self.control in readable and not self._answer():
                break
        _bury_all(0, None)

    def _answer(self) -> bool:
        message, fds, _, _ = socket.recv_fds(self.control, 64, 2)
        if message == b"start":
            self._fork(*fds)
        elif message == b"terminate" and self.child is not None:
            os.kill(self.child, signal.SIGTERM)
        elif message == b"kill" and self.child is not None and linux.kill_descendants():
            self._say_ended(-signal.SIGKILL)
        return bool(message)

    def _fork(self, job_fd: int, events_fd: int) -> None:
        zygote = os.getpid()
        self.child = os.fork()
        if self.child == 0:
            code = 1
            try:
                signal.set_wakeup_fd(-1)
                for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                    signal.signal(number, signal.SIG_DFL)
                os.setsid()
                linux.die_with_parent(signal.SIGKILL, zygote)
                linux.be_first_to_die()
                self.control.close()
                code = train(self.target, job_fd, events_fd)
            finally:
                os._exit(code)  # the zygote's own clean-up is not the child's to run
        os.close(job_fd)
        os.close(events_fd)

    def _bury(self) -> None:
        codes = linux.reap()
        if self.child in codes:
            linux.kill_descendants()  # what it left running
            self._say_ended(codes[self.child])

    def _say_ended(self, code: int) -> None:
        self.child = None
        self.control.send(f"ended {code}".encode())


def train(target: Target, job_fd: int, events_fd: int) -> int:
    """Train the job that one descriptor holds, write its events to the other, and return the exit status."""
    with os.fdopen(job_fd, "rb") as file:
        job = decode_job(file.read())
    if job.memory_limit_mb is not None:
        limit = job.memory_limit_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

    def send(event: Event) -> None:
        frame = memoryview(encode_event(event))
        while frame:
            frame = frame[os.write(events_fd, frame) :]

    try:
        target(job, send)
    except Exception as error:  # whatever training raises has to reach the user as a sentence
        failure = failure_of(error)
        if failure.reason == "crashed":
            sys.excepthook(type(error), error, error.__traceback__)
        send(failure)
    sys.stderr.flush()
    os.close(events_fd)
    return 0


if __name__ == "__main__":
    main()
