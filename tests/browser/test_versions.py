"""Saved versions on the Build page: Ctrl+S saves one, the menu finds it, and it is restored as one step of undo or opened beside."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, Server, free_port, wait_until_up

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Server]:
    """Serve the whole app in a home of its own."""
    port = free_port()
    command = [sys.executable, "-m", "app.cli", "up", "--no-open", "--port", str(port)]
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"GRADLOOM_HOME": str(tmp_path)}, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_until_up(f"http://127.0.0.1:{port}", process, tmp_path / "up.log")
        yield Server(f"http://127.0.0.1:{port}", tmp_path)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def test_a_version_is_saved_found_restored_and_opened(page: Page, app: Server) -> None:
    page.goto(app.address)
    nodes = page.locator(".react-flow__node")
    expect(nodes.first).to_be_visible(timeout=60_000)
    if page.get_by_role("button", name="Skip").count():
        page.get_by_role("button", name="Skip").click()
    count = nodes.count()
    page.locator(".react-flow__node").first.locator(".head").click()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved as “Version 1”.")).to_be_visible(timeout=20_000)
    page.keyboard.press("Delete")
    expect(nodes).to_have_count(count - 1)
    page.get_by_test_id("stPopover").get_by_role("button").first.click()
    page.get_by_role("button", name="Save a version").click()
    expect(page.get_by_text("Saved as “Version 2”.")).to_be_visible(timeout=20_000)
    page.get_by_label("Versions").click()
    page.get_by_role("option", name=re.compile(r"Version 1 · \d+ \w+ \d{4}, \d\d:\d\d")).click()
    name = page.get_by_label("Name of this version")
    expect(name).to_have_value("Version 1", timeout=20_000)
    name.fill("Baseline")
    name.press("Enter")
    page.get_by_role("button", name="Restore").click()
    expect(nodes).to_have_count(count, timeout=20_000)
    page.keyboard.press("Escape")
    undo = page.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_have_attribute("title", "Undo restore Baseline (Ctrl+Z)", timeout=20_000)
    undo.click()
    expect(nodes).to_have_count(count - 1, timeout=20_000)
    before = page.url
    page.get_by_test_id("stPopover").get_by_role("button").first.click()
    page.get_by_label("Versions").click()
    page.get_by_role("option", name=re.compile("Baseline · ")).click()
    page.get_by_role("button", name="Open as new").click()
    page.wait_for_url(lambda url: url != before, timeout=20_000)
    # While the page changes both names are on it for a moment.
    expect(page.locator("input[aria-label='Network name'][value='LeNet-5 · Baseline']")).to_have_count(1, timeout=20_000)
    expect(nodes).to_have_count(count, timeout=20_000)
