"""The Run page in a real browser: a chart is one and the same while its run goes on, and nothing runs once it has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.browser.conftest import ROOT, Server, free_port, wait_until_up

POINTS = "(chart) => chart.calcdata.reduce((sum, points) => sum + points.length, 0)"
RANGE = "(chart) => chart.layout.xaxis.range.map(Number)"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve the whole app with a worker, in a home of its own."""
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


def train(page: Page, app: Server, epochs: int) -> None:
    """Open the network of the first visit and train it."""
    page.goto(app.address)
    expect(page.locator(".react-flow__node").first).to_be_visible(timeout=60_000)
    field = page.get_by_label("Epochs", exact=True)
    field.fill(str(epochs))
    field.press("Enter")
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Train").click()


def loss_chart(page: Page) -> Locator:
    chart = page.get_by_role("figure", name="Loss over the steps")
    expect(chart.locator(".js-line").first).to_be_attached(timeout=30_000)
    return chart


def test_a_chart_stays_the_same_while_its_curves_grow_and_its_zoom_holds(page: Page, app: Server) -> None:
    train(page, app, epochs=400)
    chart = loss_chart(page)
    chart.evaluate("(chart) => { chart.ours = true; chart.redrawn = 0; chart.on('plotly_afterplot', () => { chart.redrawn += 1; }); }")
    before = chart.evaluate(POINTS)
    page.wait_for_function("(chart) => chart.redrawn >= 4", arg=chart.element_handle(), timeout=20_000)
    assert chart.evaluate("(chart) => chart.ours && chart.isConnected"), "the chart was mounted anew"
    assert chart.evaluate(POINTS) > before

    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    whole = chart.evaluate(RANGE)
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    page.wait_for_function(
        "([chart, last]) => Number(chart.layout.xaxis.range[1]) < last * 0.8", arg=[chart.element_handle(), whole[1]], timeout=5_000
    )
    zoomed, redrawn = chart.evaluate(RANGE), chart.evaluate("(chart) => chart.redrawn")
    page.wait_for_function("([chart, had]) => chart.redrawn >= had + 4", arg=[chart.element_handle(), redrawn], timeout=20_000)
    assert chart.evaluate(RANGE) == pytest.approx(zoomed)
    assert chart.evaluate("(chart) => chart.ours && chart.isConnected")

    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".gl-pill")).to_have_text("Cancelled", timeout=5_000)
    assert chart.evaluate(RANGE) == pytest.approx(zoomed)
    assert chart.evaluate("(chart) => chart.ours && chart.isConnected"), "the end of the run must not draw the chart anew"


def test_a_run_that_has_ended_runs_nothing(page: Page, app: Server) -> None:
    frames: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: frames.append(frame))

    page.on("websocket", listen)
    train(page, app, epochs=2)
    expect(page.locator(".gl-pill")).to_have_text("Finished", timeout=60_000)
    loss_chart(page)
    page.wait_for_timeout(6_000)  # the viewer lays itself out
    assert frames, "the page must have been listened to"
    frames.clear()
    page.wait_for_timeout(5_000)
    assert not frames, f"{len(frames)} messages came for a run that has ended"


def test_a_chart_follows_the_width_of_its_page(page: Page, app: Server) -> None:
    train(page, app, epochs=2)
    chart = loss_chart(page)
    expect(page.locator(".gl-pill")).to_have_text("Finished", timeout=60_000)
    page.set_viewport_size({"width": 1024, "height": 768})
    page.wait_for_function(
        "(chart) => Math.abs(chart.querySelector('.main-svg').clientWidth - chart.clientWidth) < 2 && chart.clientWidth < 480",
        arg=chart.element_handle(),
        timeout=10_000,
    )


def test_the_address_build_is_build(page: Page, app: Server) -> None:
    page.goto(f"{app.address}/build")
    expect(page.locator(".react-flow__node").first).to_be_visible(timeout=60_000)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_chart_follows_the_system_into_the_dark(page: Page, app: Server) -> None:
    train(page, app, epochs=2)
    chart = loss_chart(page)
    expect(page.locator(".gl-pill")).to_have_text("Finished", timeout=60_000)
    colour = "(chart) => chart.layout.font.color"
    light = chart.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("([chart, was]) => chart.layout.font.color !== was", arg=[chart.element_handle(), light], timeout=10_000)
