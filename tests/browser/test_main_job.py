"""The main job as a person does it, in the real app with a real worker: draw, connect, edit, train, watch, cancel, come back."""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from engine.library import template
from tests.figures import Figure
from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 60_000
TRAININGS = 10

pytestmark = pytest.mark.timeout(420)


@pytest.fixture
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Start everything as `make run` does, and yield the address and the process id of the app's page server."""
    home = tmp_path_factory.mktemp("product")
    command = [sys.executable, "-m", "app.cli", "up", "--port", str(free_port()), "--home", str(home), "--no-open", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"GRADLOOM_HOME": str(home)}) as up:
        assert up.stdout is not None
        address = json.loads("".join(iter(up.stdout.readline, "}\n")) + "}")["address"]
        children = psutil.Process(up.pid).children(recursive=True)
        (server,) = [child for child in children if "streamlit" in child.cmdline() or any("streamlit" in part for part in child.cmdline())][
            :1
        ]
        yield address, server.pid
        up.send_signal(signal.SIGTERM)
        up.wait(timeout=30)


def node(page: Page, id: str) -> Locator:
    return page.locator(f'.react-flow__node[data-id="{id}"]')


def port(page: Page, id: str, name: str, side: str) -> Locator:
    return node(page, id).locator(f'.react-flow__handle.{side}[data-handleid="{name}"]')


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: Locator, end: tuple[float, float]) -> None:
    a = middle(start)
    page.mouse.move(*a)
    page.mouse.down()
    page.mouse.move(a[0] + 15, a[1] + 8, steps=4)
    page.mouse.move(*end, steps=12)


def draw_wire(page: Page, start: Locator, end: Locator) -> None:
    """Draw a wire to a port and hold it there, following the port with the eye: near its edge the canvas scrolls."""
    page.get_by_role("button", name="Show everything").click()
    page.wait_for_timeout(500)
    drag(page, start, middle(end))
    for _ in range(20):
        seen = middle(end)
        page.mouse.move(*seen, steps=2)
        page.wait_for_timeout(60)
        if seen == middle(end):
            return
    raise AssertionError("the canvas does not come to rest under a wire")


def near_end(page: Page, wire: str) -> tuple[float, float]:
    """Return a place on a wire shortly before it ends, where no other lies over it."""
    path = page.locator(f'.react-flow__edge[data-id="{wire}"] path.react-flow__edge-path')
    point = path.evaluate(
        """(path) => {
            const at = path.getPointAtLength(path.getTotalLength() * 0.95).matrixTransform(path.getScreenCTM());
            return [at.x, at.y];
        }"""
    )
    return point[0], point[1]


def open_app(page: Page, address: str) -> None:
    page.goto(address)
    expect(node(page, "conv1")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled(timeout=PATIENCE_MS)


def wait_until_idle(page: Page) -> None:
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=PATIENCE_MS)


def train(page: Page) -> None:
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**/run?**", timeout=PATIENCE_MS)


def shown_loss(page: Page) -> Locator:
    """Return the numbers of losses that the Run page shows, whichever it has first."""
    return page.get_by_text(re.compile(r"^Loss\s+[0-9]"))


def test_the_main_job(page: Page, product: tuple[str, int]) -> None:
    address, _ = product
    open_app(page, address)
    expect(node(page, "conv1").locator(".shape")).to_have_text("(B, 6, 28, 28)")

    # Drag a block from the palette to the canvas.
    before = {element.get_attribute("data-id") for element in page.locator(".react-flow__node").all()}
    # To the right of the last row, well inside the canvas: near its edge a drag scrolls the view, as it should.
    free = node(page, "prediction").bounding_box()
    assert free is not None
    page.get_by_label("Search blocks").fill("dropout")
    drag(page, page.locator('[data-block="dropout"]'), (free["x"] + free["width"] + 60, free["y"] + 20))
    page.mouse.up()
    expect(page.locator(".react-flow__node")).to_have_count(len(before) + 1)
    (dropout,) = {element.get_attribute("data-id") or "" for element in page.locator(".react-flow__node").all()} - before
    page.get_by_label("Search blocks").fill("")

    # Connect two named ports by dragging; an impossible connection is refused while it is drawn, and says why.
    draw_wire(page, port(page, "tanh4", "y", "source"), port(page, dropout, "x", "target"))
    page.mouse.up()
    expect(node(page, dropout).locator(".shape")).to_have_text("(B, 84)")
    draw_wire(page, port(page, dropout, "y", "source"), port(page, "fc3", "x", "target"))
    expect(page.locator(".messages [role=status]")).to_contain_text(re.compile("already|taken|occupied", re.IGNORECASE))
    page.mouse.up()
    wires = page.locator(".react-flow__edge")
    count = wires.count()
    (old,) = [wire["id"] for wire in template("lenet5").to_json()["edges"] if wire["target"] == "fc3"]
    page.mouse.click(*near_end(page, old))
    page.keyboard.press("Delete")
    expect(wires).to_have_count(count - 1)
    draw_wire(page, port(page, dropout, "y", "source"), port(page, "fc3", "x", "target"))
    page.mouse.up()
    expect(wires).to_have_count(count)

    # Edit a parameter and see the shape change, here and further down; undo, redo.
    node(page, "conv1").locator(".head").click()
    channels = page.get_by_role("spinbutton", name="Out channels")
    expect(channels).to_be_visible()
    channels.fill("8")
    channels.press("Enter")
    expect(node(page, "conv1").locator(".shape")).to_have_text("(B, 8, 28, 28)")
    expect(node(page, "pool1").locator(".shape")).to_have_text("(B, 8, 14, 14)")
    node(page, "conv1").locator(".head").click()
    page.keyboard.press("Control+z")
    expect(node(page, "conv1").locator(".shape")).to_have_text("(B, 6, 28, 28)")
    page.keyboard.press("Control+Shift+z")
    expect(node(page, "conv1").locator(".shape")).to_have_text("(B, 8, 28, 28)")
    page.keyboard.press("Escape")

    # Train, and see the loss fall and accuracy arrive.
    build_address = page.url
    train(page)
    expect(shown_loss(page).first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Finished", exact=True).first).to_be_visible(timeout=120_000)
    accuracy = page.get_by_text(re.compile(r"validation accuracy \d+(\.\d+)?%", re.IGNORECASE)).first
    expect(accuracy).to_be_visible()
    reached = re.search(r"(\d+(?:\.\d+)?)%", accuracy.inner_text())
    assert reached is not None and float(reached[1]) > 90, "LeNet-5 learns the digits"
    final = re.search(r"[0-9.]+", shown_loss(page).first.inner_text())
    assert final is not None and float(final[0]) < 1.0, "ten classes start at ln 10 = 2.3"
    for setting, value in (("Learning rate", "0.003"), ("Beta 1", "0.9"), ("Beta 2", "0.999"), ("Epochs", "10")):
        told = page.locator(".gl-facts div").filter(has=page.get_by_text(setting, exact=True)).filter(has_text=value)
        expect(told.first, "nobody touched the recipe").to_be_visible()
    first_run = page.url

    # Cancel another, long run.
    page.goto(build_address)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled(timeout=PATIENCE_MS)
    wait_until_idle(page)
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("2000")
    epochs.press("Enter")
    wait_until_idle(page)
    page.wait_for_timeout(500)
    train(page)
    expect(shown_loss(page).first).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled", exact=True).first).to_be_visible(timeout=10_000)
    second_run = page.url

    # Reload, come back in another tab: all of it is still there.
    page.reload()
    expect(page.get_by_text("Cancelled", exact=True).first).to_be_visible(timeout=PATIENCE_MS)
    another = page.context.new_page()
    another.goto(first_run)
    expect(another.get_by_text("Finished", exact=True).first).to_be_visible(timeout=PATIENCE_MS)
    another.close()
    assert first_run != second_run
    page.goto(build_address)
    expect(node(page, dropout)).to_be_visible(timeout=PATIENCE_MS)
    expect(node(page, "conv1").locator(".shape")).to_have_text("(B, 8, 28, 28)")
    expect(wires).to_have_count(count)
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("2000")


def test_from_train_to_the_first_loss_on_the_page(page: Page, product: tuple[str, int], figure: Figure) -> None:
    """Warm and embedded; the bound is twice what it must reach (1.5 s), because test machines are shared."""
    address, _ = product
    open_app(page, address)
    times = []
    for _ in range(TRAININGS):
        page.goto(address)
        expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled(timeout=PATIENCE_MS)
        wait_until_idle(page)
        page.wait_for_timeout(300)
        started = time.perf_counter()
        page.get_by_role("button", name="Train", exact=True).click()
        shown_loss(page).first.wait_for(timeout=PATIENCE_MS)
        times.append(time.perf_counter() - started)
        if page.get_by_role("button", name="Cancel").count():
            page.get_by_role("button", name="Cancel").click()
        page.get_by_text(re.compile("^(Cancelled|Finished)$")).first.wait_for(timeout=PATIENCE_MS)
    median_s = statistics.median(times)
    figure(f"Train → first loss on the page: median {median_s:.2f} s of {TRAININGS} ({min(times):.2f} to {max(times):.2f})")
    assert median_s < 3.0


def frames_while_idle(page: Page, seconds: float) -> int:
    """Return how many messages the app's server sends to an idle page: each script run sends some."""
    page.wait_for_timeout(2500)
    before = int(page.evaluate("() => window.__frames"))
    page.wait_for_timeout(int(seconds * 1000))
    return int(page.evaluate("() => window.__frames")) - before


COUNT_FRAMES = """
window.__frames = 0;
const Native = window.WebSocket;
window.WebSocket = class extends Native {
  constructor(...given) { super(...given); this.addEventListener("message", () => { window.__frames += 1; }); }
};
"""


def test_an_idle_page_runs_no_script_and_the_server_stays_small(page: Page, product: tuple[str, int], figure: Figure) -> None:
    address, server = product
    page.add_init_script(COUNT_FRAMES)
    open_app(page, address)
    assert int(page.evaluate("() => window.__frames")) > 0, "the counter counts"
    assert frames_while_idle(page, 5) == 0, "Build"
    page.get_by_role("spinbutton", name="Epochs").fill("2")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    page.wait_for_timeout(800)
    train(page)
    page.get_by_text("Finished", exact=True).first.wait_for(timeout=PATIENCE_MS)
    assert frames_while_idle(page, 5) == 0, "the Run page of a finished run"
    size_mb = psutil.Process(server).memory_info().rss / 1e6
    figure(f"the page server at rest: {size_mb:.0f} MB")
    assert size_mb < 550, "it must stay under 500 MB at rest; the rest is for another machine's libraries"
