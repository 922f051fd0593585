"""Code in, in a real browser: a Python file from the menu becomes a network on the canvas, or a sentence with its line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, Server, free_port, wait_until_up

NETWORKS = ROOT / "tests" / "engine" / "importing" / "networks.py"
PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve the whole app, in a home of its own."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    command = [sys.executable, "-m", "app.cli", "up", "--no-open", "--port", str(port)]
    with (home / "up.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"GRADLOOM_HOME": str(home)}, stdout=log, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_up(address, process, home / "up.log")
        yield Server(address, Path(home))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def choose(page: Page, app: Server, class_name: str, sizes: str) -> None:
    """Open the menu and upload the file."""
    page.goto(app.address)
    expect(page.locator(".react-flow__node").first).to_be_visible(timeout=PATIENCE_MS)
    page.locator(".st-key-gl-head").get_by_role("button").last.click()
    for label, value in (("Class", class_name), ("Input size", sizes)):
        field = page.get_by_label(label, exact=True)
        field.fill(value)
        field.press("Enter")
        page.wait_for_timeout(800)
    page.locator(".st-key-import_code input[type=file]").set_input_files(NETWORKS)


def test_a_class_of_a_file_opens_on_the_canvas_and_what_was_added_is_said(page: Page, app: Server) -> None:
    choose(page, app, "Functional", "1x28x28")
    told = page.get_by_text("it answers as the file's network does")
    expect(told).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("textbox", name="Network name")).to_have_value("Functional", timeout=PATIENCE_MS)
    expect(page.locator(".react-flow__node")).to_have_count(13)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Understood").click()
    expect(told).to_be_hidden()


def test_what_cannot_be_drawn_is_said_with_its_line(page: Page, app: Server) -> None:
    choose(page, app, "OnData", "4")
    line = next(number for number, line in enumerate(NETWORKS.read_text().splitlines(), 1) if "if x.sum() > 0" in line)
    expect(page.get_by_text(f"Line {line}: here an")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("textbox", name="Network name")).not_to_have_value("OnData")
