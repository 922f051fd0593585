"""How long a person waits for the canvas; the medians are printed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas_bench import Bench, fresh
from tests.browser.conftest import Server
from tests.figures import Figure

TURNS = 10
STOPWATCH = """(shape, label) => { window.waited = null; addEventListener("keydown", () => {
  const started = performance.now();
  const look = () => (shape.textContent === label ? (window.waited = performance.now() - started) : requestAnimationFrame(look));
  look();
}, { capture: true, once: true }); }"""
"""Count from the key to the frame that shows the label, in the page itself: a test looks only now and then."""


def median_ms(seconds: list[float]) -> int:
    """Return the middle one in milliseconds."""
    return round(sorted(seconds)[len(seconds) // 2] * 1000)


# What is asked for at 100 blocks is 300 ms; twice that is let through, for a machine that is busy with other tests.
@pytest.mark.parametrize(("blocks", "most_ms"), [(100, 600), (300, 1000)])
def test_many_blocks_stay_quick(
    page: Page,
    harness: Server,
    blocks: int,
    most_ms: int,
    record_property: Callable[[str, object], None],
    figure: Figure,
) -> None:
    bench = Bench(page, harness, fresh("chain"), f"&n={blocks}").open()
    page.wait_for_timeout(1500)
    selecting, editing = [], []
    for turn in range(TURNS):
        id = f"n{1 + turn}"
        started = time.perf_counter()
        bench.node(id).locator(".head").click()
        bench.until(lambda state, id=id: state["selection"] == [id])
        selecting.append(time.perf_counter() - started)
        page.wait_for_timeout(300)
        field = page.get_by_label(f"out_features of {id}", exact=True)
        field.fill(str(100 + turn))
        before = bench.state["counts"]["fragments"]
        label = f"(B, {100 + turn})"
        shape = bench.node(id).locator(".shape")
        shape.evaluate(STOPWATCH, label)
        field.press("Enter")
        expect(shape).to_have_text(label)
        # The text may be seen here before the page's own watch has been called.
        page.wait_for_function("() => typeof window.waited === 'number'")
        editing.append(page.evaluate("window.waited") / 1000)
        page.wait_for_timeout(300)
        assert bench.state["counts"]["fragments"] - before <= 2, "one run for the change, one for what the canvas says to it"
    record_property("select_median_ms", median_ms(selecting))
    record_property("edit_to_label_median_ms", median_ms(editing))
    medians = f"select {median_ms(selecting)} ms, edit to label {median_ms(editing)} ms"
    figure(f"{blocks} blocks: {medians} (medians of {TURNS}; load {os.getloadavg()[0]:.1f})")
    assert median_ms(selecting) < most_ms and median_ms(editing) < most_ms
