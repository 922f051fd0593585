"""Start private PostgreSQL and Redis servers for the tests, or use those that GRADLOOM_TEST_..._URL name.

Nothing of the machine's own is touched: a private server has a folder, a port and a life of its own.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit


class Unavailable(Exception):
    """Say why a service can be neither reached nor started here."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _wait(ready: Callable[[], bool], server: subprocess.Popen[bytes], what: str) -> None:
    deadline = time.monotonic() + 20
    while not ready():
        if server.poll() is not None:
            raise Unavailable(f"{what} ended with status {server.returncode} while it started")
        if time.monotonic() > deadline:
            raise Unavailable(f"{what} did not listen within 20 s")
        time.sleep(0.05)


def _stop(server: subprocess.Popen[bytes], signal_number: int) -> None:
    server.send_signal(signal_number)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _given(variable: str, default_port: int) -> str | None:
    url = os.environ.get(variable)
    if url is None:
        return None
    parts = urlsplit(url)
    if not _listens(parts.hostname or "127.0.0.1", parts.port or default_port):
        raise Unavailable(f"nothing answers at the address in {variable}")
    return url


def _postgres_program(name: str) -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    found = shutil.which(name) or (str(versions[-1]) if versions else None)
    if found is None:
        raise Unavailable(f"GRADLOOM_TEST_POSTGRES_URL is not set, and no {name} is installed")
    return found


def _unprivileged() -> str | None:
    """Return the account to start PostgreSQL under: it refuses to run as root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Unavailable("PostgreSQL refuses to run as root, and there is no other account to run it under")


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yield the URL of a PostgreSQL server on which databases may be made."""
    given = _given("GRADLOOM_TEST_POSTGRES_URL", 5432)
    if given is not None:
        yield given
        return
    initdb, postgres, user, port = _postgres_program("initdb"), _postgres_program("postgres"), _unprivileged(), free_port()
    # Not pytest's own temporary folder: no other account may enter that.
    with tempfile.TemporaryDirectory(prefix="gradloom_pg_", ignore_cleanup_errors=True) as folder:
        if user is not None:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        made = subprocess.run(
            [initdb, "-D", data, "-U", "gradloom", "--auth=trust", "--no-sync", "-E", "UTF8"],
            user=user,
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if made.returncode != 0:
            raise Unavailable(f"initdb failed: {made.stderr.strip()[-200:]}")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "fsync": "off",
            "max_connections": 100,
        }
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        server = subprocess.Popen(
            [postgres, "-D", data, *arguments], user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait(lambda: _accepts(port), server, "PostgreSQL")
            yield f"postgresql+psycopg://gradloom@127.0.0.1:{port}/postgres"
        finally:
            _stop(server, 2)


def _accepts(port: int) -> bool:
    import psycopg

    try:
        psycopg.connect(f"postgresql://gradloom@127.0.0.1:{port}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def redis_server() -> Iterator[str]:
    """Yield the URL of a Redis that may be flushed."""
    given = _given("GRADLOOM_TEST_REDIS_URL", 6379)
    if given is not None:
        yield given
        return
    program = shutil.which("redis-server")
    if program is None:
        raise Unavailable("GRADLOOM_TEST_REDIS_URL is not set, and no redis-server is installed")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="gradloom_redis_") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(lambda: _listens("127.0.0.1", port), server, "Redis")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            _stop(server, 15)


def rabbitmq_address() -> str:
    """Return the URL of a RabbitMQ: the one that is named, or the machine's own with its usual guest account; none is started."""
    url = _given("GRADLOOM_TEST_RABBITMQ_URL", 5672) or "amqp://guest:guest@127.0.0.1:5672//"
    from kombu import Connection

    try:
        with Connection(url, connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
    except Exception as error:
        raise Unavailable(
            f"GRADLOOM_TEST_RABBITMQ_URL is not set, and no guest is let in at 127.0.0.1:5672 ({type(error).__name__})"
        ) from error
    return url
