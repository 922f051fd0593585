"""`gradloom up`: migrate the database, start the page and a worker, and stop both together."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
import urllib.request
import webbrowser
from pathlib import Path
from urllib.error import URLError

from app.commands.children import Child, Stopped, stops_with_signals
from app.commands.console import Console
from app.commands.files import set_environment
from blocks.problems import Problem, UserError

SUMMARY = "Start Gradloom: the page, and a worker that trains."
FIRST_PORT = 8501
ROOT = Path(__file__).resolve().parents[2]
_PORTS_TRIED = 100
_START_S = 60.0
_LOCAL = ("127.0.0.1", "localhost", "::1")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: 127.0.0.1, this machine only)")
    parser.add_argument("--port", type=int, help=f"the port (default: the first free one from {FIRST_PORT})")
    parser.add_argument("--no-worker", action="store_true", help="start the page only; a worker runs elsewhere")
    parser.add_argument("--home", metavar="FOLDER", help="where to keep the database and files (default: .gradloom, or GRADLOOM_HOME)")
    parser.add_argument(
        "--open", action=argparse.BooleanOptionalAction, default=None, help="open the page in a browser (default: where there is one)"
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Run until a signal, or until the page ends by itself."""
    set_environment(arguments.home)
    port = _port(arguments.host, arguments.port)
    logs = _prepare()
    worker = None if arguments.no_worker else Child("worker", [sys.executable, "-m", "worker"], ROOT, logs / "worker.log", os.environ)
    page = Child("page", _page_command(arguments.host, port), ROOT, logs / "page.log", os.environ)
    children = [child for child in (worker, page) if child is not None]
    try:
        with stops_with_signals():
            for child in children:
                child.start()
            address = _wait_for_page(page, arguments.host, port)
            _announce(console, arguments, address, children)
            return _watch(page, worker, console)
    except Stopped:
        console.say("Stopped.")
        return 0
    finally:
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.stop()


def _prepare() -> Path:
    """Bring the database up to date, and return the folder for logs."""
    from engine.settings import Settings

    current = Settings.from_environment()
    logs = current.home / "logs"
    try:
        logs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            Problem("home", f"{logs} cannot be made: {error.strerror}.", "Choose a folder you may write to with --home.")
        ) from error
    migration = Child(
        "migration",
        [sys.executable, "-m", "migrations"],
        ROOT,
        logs / "migration.log",
        {**os.environ, "GRADLOOM_DATABASE_URL": current.database_url},
    )
    migration.start()
    if migration.wait() != 0:
        raise UserError(
            Problem("schema", f"The database could not be brought up to date: {migration.last_words()}", f"Read {migration.log}.")
        )
    return logs


def _page_command(host: str, port: int) -> list[str]:
    options = {
        "server.address": host,
        "server.port": str(port),
        # Streamlit's own start asks for an e-mail address and opens a browser; `up` does the latter itself, once the page answers.
        "server.headless": "true",
        "logger.hideWelcomeMessage": "true",
        "browser.gatherUsageStats": "false",
    }
    arguments = [argument for name, value in options.items() for argument in (f"--{name}", value)]
    return [sys.executable, "-m", "streamlit", "run", str(ROOT / "app" / "main.py"), *arguments]


def _port(host: str, wanted: int | None) -> int:
    if wanted is not None and not 1 <= wanted <= 65535:
        raise UserError(Problem("port", f"--port must be from 1 to 65535, got {wanted}.", "Choose another."))
    for port in [wanted] if wanted is not None else range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED):
        if _free(host, port):
            return port
    taken = (
        f"Port {wanted} is taken." if wanted is not None else f"The ports {FIRST_PORT} to {FIRST_PORT + _PORTS_TRIED - 1} are all taken."
    )
    raise UserError(Problem("port_taken", taken, "Choose another with --port (make run PORT=...)."))


def _free(host: str, port: int) -> bool:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError) as error:
        raise UserError(Problem("host", f"There is no address {host!r} to listen at.", "Use --host 127.0.0.1.")) from error
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError as error:
            raise UserError(Problem("port", f"Port {port} may only be used by the administrator.", "Choose one from 1024.")) from error
        except OSError as error:
            if error.errno == 99:  # EADDRNOTAVAIL
                raise UserError(Problem("host", f"{host} is no address of this machine.", "Use --host 127.0.0.1.")) from error
            return False
    return True


def _visible(host: str) -> str:
    name = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not bound to
    return f"[{name}]" if ":" in name else name


def _wait_for_page(page: Child, host: str, port: int) -> str:
    address = f"http://{_visible(host)}:{port}"
    # A proxy of the environment must not be asked for a page of this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if not page.alive():
            raise UserError(Problem("page", f"The page ended while it started: {page.last_words()}", f"Read {page.log}."))
        try:
            with opener.open(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return address
        except (URLError, OSError):
            time.sleep(0.1)
    raise UserError(Problem("page", f"The page did not answer within {_START_S:.0f} s.", f"Read {page.log}."))


def _announce(console: Console, arguments: argparse.Namespace, address: str, children: list[Child]) -> None:
    console.answer({"ok": True, "address": address, "pid": os.getpid(), "children": {child.name: child.pid for child in children}})
    console.say(f"Gradloom is at {address} (Ctrl+C stops it).")
    if arguments.host not in _LOCAL:
        console.say(f"It listens at {arguments.host}: whoever can reach this machine can use it, and there is no login.")
    console.flush()
    if arguments.open if arguments.open is not None else _has_browser():
        webbrowser.open(address)


def _has_browser() -> bool:
    if not sys.stdout.isatty():
        return False
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _watch(page: Child, worker: Child | None, console: Console) -> int:
    """Return once the page has ended. A worker that dies is started again, as training must go on; one that dies at once is not."""
    while page.alive():
        if worker is not None and not worker.alive() and not worker.given_up:
            if worker.age_s() < 10:
                worker.given_up = True
                console.complain(f"The worker ends as soon as it starts: {worker.last_words()} Nothing will train. Read {worker.log}.")
            else:
                console.complain("The worker ended by itself and was started again.")
                worker.start()
        time.sleep(0.25)
    raise UserError(Problem("page", f"The page ended by itself: {page.last_words()}", f"Read {page.log}."))
