"""Serve a page of the app with a home of its own, and drive it in headless Chromium. A script error on the page fails the test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright

from tests.browser.canvas_bench import Bench, fresh

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
START_S = 60.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def _playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(_playwright: Playwright) -> Iterator[Browser]:
    """Return headless Chromium: the one that GRADLOOM_CHROMIUM names, the system's, or Playwright's own."""
    executable = os.environ.get("GRADLOOM_CHROMIUM") or next(filter(None, map(shutil.which, SYSTEM_BROWSERS)), None)
    try:
        launched = _playwright.chromium.launch(executable_path=executable, args=FLAGS)
    except Error as reason:
        pytest.skip(f"Chromium: {reason.message.splitlines()[0]}")
    yield launched
    launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a browser profile at 1440 × 900, in light, that has seen the first steps and nothing else."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.set_default_timeout(15_000)
    context.add_init_script("localStorage.setItem('gradloom.tour', 'true')")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Return an empty page. Whatever it reports as a script error fails the test that used it."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert not errors, f"the page reported {errors}"


@dataclass(frozen=True)
class Server:
    """A Streamlit script that is being served."""

    address: str
    home: Path


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Server]]:
    """Return a function that serves a Streamlit script on a free port, with a home of its own and the app's static files."""
    started: list[subprocess.Popen[bytes]] = []

    def start(script: Path) -> Server:
        home = tmp_path_factory.mktemp("home")
        if not script.is_relative_to(ROOT / "app"):  # static files are looked for beside the script
            (home / "static").symlink_to(ROOT / "app" / "static", target_is_directory=True)
            script = Path(shutil.copy(script, home))
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port), "--server.headless", "true"]
        environment = os.environ | {"GRADLOOM_HOME": str(home), "PYTHONPATH": str(ROOT)}
        with (home / "server.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        started.append(process)
        address = f"http://127.0.0.1:{port}"
        wait_until_up(address, process, home / "server.log")
        return Server(address, home)

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def harness(serve: Callable[[Path], Server]) -> Server:
    """Serve the canvas's harness once for a module's tests; each test has a graph of its own."""
    return serve(Path(__file__).with_name("canvas_harness.py"))


@pytest.fixture
def bench(page: Page, harness: Server) -> Bench:
    """Return a canvas with a small image classifier."""
    return Bench(page, harness, fresh("lenet")).open()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers; fail with its log when it ends or never does."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended:\n{log.read_text()}"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer within {START_S} s:\n{log.read_text()}")
