"""Take the pictures of docs/images from the real app (`make screenshots`); every page in both themes and sizes goes to .shots."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.services import free_port

ROOT = Path(__file__).parents[1]
IMAGES, SHOTS = ROOT / "docs" / "images", ROOT / ".shots"
SIZES = ((1440, 900), (1024, 768))
PATIENCE_MS = 120_000
SEEN = "localStorage.setItem('gradloom.tour', 'true')"
"""The first steps have been seen: pictures show the app as it is on every day."""


@contextmanager
def running() -> Iterator[str]:
    """Start the app with a new home, and yield its address."""
    with tempfile.TemporaryDirectory(prefix="gradloom_shots_", ignore_cleanup_errors=True) as home:
        command = [sys.executable, "-m", "app.cli", "up", "--port", str(free_port()), "--home", home, "--no-open", "--json"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as up:
            assert up.stdout is not None
            try:
                yield json.loads("".join(iter(up.stdout.readline, "}\n")) + "}")["address"]
            finally:
                up.send_signal(signal.SIGTERM)


def train(page: Page, address: str) -> str:
    """Train what the first visit opens, to the end, and return the address of its run."""
    page.goto(address)
    page.get_by_role("button", name="Train", exact=True).click(timeout=PATIENCE_MS)
    page.wait_for_url("**/run?**", timeout=PATIENCE_MS)
    page.get_by_text("Finished").first.wait_for(timeout=PATIENCE_MS)
    return page.url


def settle(page: Page) -> None:
    """Wait until the page has stopped drawing itself."""
    page.wait_for_load_state("networkidle")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=PATIENCE_MS)
    page.wait_for_timeout(1500)


def shoot(browser: Browser, address: str, run_address: str) -> None:
    """Take every page, in both themes and both sizes."""
    pages = {"build": address, "run": run_address, "runs": f"{address}/runs", "library": f"{address}/library"}
    for scheme in ("light", "dark"):
        for width, height in SIZES:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            context.add_init_script(SEEN)
            page = context.new_page()
            for name, where in pages.items():
                page.goto(where)
                settle(page)
                shot = SHOTS / f"{name}-{scheme}-{width}x{height}.png"
                page.screenshot(path=shot)
                if (scheme, width) == ("light", SIZES[0][0]):
                    shutil.copy(shot, IMAGES / f"{name}.png")
            context.close()


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    SHOTS.mkdir(exist_ok=True)
    executable = os.environ.get("GRADLOOM_CHROMIUM") or shutil.which("chromium")
    with running() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": SIZES[0][0], "height": SIZES[0][1]})
        run_address = train(context.new_page(), address)
        context.close()
        shoot(browser, address, run_address)
        browser.close()
    print(f"Pictures for the documentation are in {IMAGES.relative_to(ROOT)}, all of them in {SHOTS.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
