"""Start training children and hold on to them: through a zygote on Linux, as plain processes elsewhere."""

from __future__ import annotations

import logging
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from typing import Protocol

from worker import linux
from worker.wire import Job, encode_job
from worker.zygote import TRAIN

log = logging.getLogger(__name__)
READY_WITHIN_S = 120.0
_starting = threading.Lock()
_zygotes: set[int] = set()
"""The children that this process started itself; any other came to it when a zygote died. Both under the lock."""
_SECRET = re.compile(
    r"^(GRADLOOM_|CELERY_|PG|POSTGRES|REDIS|RABBITMQ|AMQP)|PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|API_?KEY|_URL$|_DSN$", re.IGNORECASE
)


class LaunchError(Exception):
    """Say that no child could be started, because its parent is gone or never came up."""


class Child(Protocol):
    """Be a training process that the supervisor reads from."""

    def read(self, timeout_s: float) -> bytes:
        """Return what it has sent; nothing where nothing came in time."""
        ...

    def ended(self) -> int | None:
        """Return its exit code once it and its descendants are gone.

        Raises: LaunchError where its parent was killed, and it with it.
        """
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """End it and its descendants."""
        ...

    def close(self) -> None:
        """Let go of its pipe."""
        ...


class Launcher(Protocol):
    """Start one child at a time."""

    def start(self, job: Job) -> Child:
        """Start a child.

        Raises: LaunchError.
        """
        ...

    def alive(self) -> bool:
        """Return whether it can start another."""
        ...

    def close(self) -> None:
        """End it and all it has started."""
        ...


def launcher(target: str = TRAIN) -> Launcher:
    """Return this system's launcher. Call it from a thread that lives as long as the children may: they die with it."""
    return ZygoteLauncher(target) if linux.IS_LINUX else SpawnLauncher(target)


_QUIET = {
    # Threads that libraries start when imported would not live on in a fork.
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    # A pool that spins while it waits trains 7 times slower where the page or another run wants the same processors.
    "OMP_WAIT_POLICY": "passive",
    "PYTHONUNBUFFERED": "1",
}


def child_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of a process that trains: without addresses and secrets, and quiet about threads."""
    return {name: value for name, value in environ.items() if not _SECRET.search(name)} | _QUIET


class ZygoteLauncher:
    """Fork children from a warm zygote."""

    def __init__(self, target: str = TRAIN) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [
            sys.executable,
            "-m",
            "worker.zygote",
            "--control",
            str(theirs.fileno()),
            "--parent",
            str(os.getpid()),
            "--target",
            target,
        ]
        with _starting:
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=child_environment(), start_new_session=True
            )
            _zygotes.add(self.process.pid)
        theirs.close()
        self.control.settimeout(READY_WITHIN_S)
        try:
            greeting = self.control.recv(64).split()
        except OSError:
            greeting = []
        if len(greeting) != 2:
            self.close()
            raise LaunchError("the process that starts training did not come up; its own message stands above")
        if greeting[1] != b"1":
            log.warning("The zygote has %s threads: a fork may hang.", greeting[1].decode())

    def start(self, job: Job) -> Child:
        """Hand the job and one end of a pipe to the zygote."""
        events, events_end = os.pipe()
        job_fd = os.memfd_create("gradloom-job")
        try:
            with os.fdopen(os.dup(job_fd), "wb") as file:
                file.write(encode_job(job))
            os.lseek(job_fd, 0, os.SEEK_SET)
            socket.send_fds(self.control, [b"start"], [job_fd, events_end])
        except OSError as error:
            os.close(events)
            raise LaunchError("the zygote is gone") from error
        finally:
            os.close(job_fd)
            os.close(events_end)
        return ForkedChild(self.control, events)

    def alive(self) -> bool:
        """Return whether the zygote runs."""
        return self.process.poll() is None

    def close(self) -> None:
        """End the zygote, which ends its child first."""
        self.control.close()
        try:
            code = self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        with _starting:
            _zygotes.discard(self.process.pid)
            if code != 0:
                linux.bury_orphans(_zygotes)


class ForkedChild:
    """Hold a child that a zygote forked."""

    def __init__(self, control: socket.socket, events: int) -> None:
        self.control, self.events = control, events
        self.open = True
        self.code: int | None = None
        os.set_blocking(events, False)

    def read(self, timeout_s: float) -> bytes:
        """Return what it has sent."""
        waiting = [self.control] if self.code is None else []
        readable, _, _ = select.select([*([self.events] if self.open else []), *waiting], [], [], timeout_s)
        if self.events not in readable:
            return b""
        data = os.read(self.events, 1 << 20)
        self.open = bool(data)
        return data

    def ended(self) -> int | None:
        """Return its exit code, once the zygote has told it."""
        if self.code is None and select.select([self.control], [], [], 0)[0]:
            try:
                message = self.control.recv(64).split()
            except OSError as error:
                raise LaunchError("the zygote is gone") from error
            if len(message) != 2 or message[0] != b"ended":
                raise LaunchError("the zygote is gone")
            self.code = int(message[1])
        return self.code

    def terminate(self) -> None:
        """Have the zygote send SIGTERM."""
        self._tell(b"terminate")

    def kill(self) -> None:
        """Have the zygote kill the tree."""
        self._tell(b"kill")

    def _tell(self, message: bytes) -> None:
        try:
            self.control.send(message)
        except OSError:
            log.info("The zygote is gone, and its child with it.")

    def close(self) -> None:
        """Close the pipe."""
        os.close(self.events)


class SpawnLauncher:
    """Start each child as a fresh interpreter, where forking a process that has torch loaded is not safe."""

    def __init__(self, target: str = TRAIN) -> None:
        self.target = target
        self.child: SpawnedChild | None = None

    def start(self, job: Job) -> Child:
        """Start an interpreter that reads its job from a file and writes events to a pipe."""
        events, events_end = os.pipe()
        with tempfile.TemporaryFile() as file:
            file.write(encode_job(job))
            file.flush()
            file.seek(0)
            command = [sys.executable, "-m", "worker.spawned", str(file.fileno()), str(events_end), self.target]
            try:
                process = subprocess.Popen(
                    command,
                    pass_fds=[file.fileno(), events_end],
                    stdin=subprocess.DEVNULL,
                    env=child_environment(),
                    start_new_session=True,
                )
            finally:
                os.close(events_end)
        self.child = SpawnedChild(process, events)
        return self.child

    def alive(self) -> bool:
        """Return that another child can always be started."""
        return True

    def close(self) -> None:
        """End the child that may still run."""
        if self.child is not None:
            self.child.kill()
            self.child.process.wait()


class SpawnedChild:
    """Hold a child that is a process of our own."""

    def __init__(self, process: subprocess.Popen[bytes], events: int) -> None:
        self.process, self.events = process, events
        self.open = True
        os.set_blocking(events, False)

    def read(self, timeout_s: float) -> bytes:
        """Return what it has sent."""
        if not self.open:
            time.sleep(min(timeout_s, 0.02))
            return b""
        readable, _, _ = select.select([self.events], [], [], min(timeout_s, 0.05))
        if not readable:
            return b""
        data = os.read(self.events, 1 << 20)
        self.open = bool(data)
        return data

    def ended(self) -> int | None:
        """Return its exit code."""
        return self.process.poll()

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.process.terminate()

    def kill(self) -> None:
        """Kill its process group: it leads a session of its own."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self.process.poll()

    def close(self) -> None:
        """Close the pipe."""
        os.close(self.events)
