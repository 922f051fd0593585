"""The canvas and Python while both change the network, or neither does."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.canvas_bench import Bench, fresh
from tests.browser.conftest import Server


def test_what_is_pushed_during_a_drag_does_not_lose_it(page: Page, harness: Server) -> None:
    bench = Bench(page, harness, fresh("lenet"), "&live=1").open()
    expect(page.locator(".block.tinted").first).to_be_visible()
    for turn in range(3):
        before = bench.node("n4").bounding_box()
        assert before is not None
        start = (before["x"] + 60, before["y"] + 12)
        page.mouse.move(*start)
        page.mouse.down()
        for step in range(12):
            page.mouse.move(start[0] + 4 * step, start[1] + 5 * step)
            page.wait_for_timeout(110)
        page.mouse.up()
        after = bench.node("n4").bounding_box()
        assert after is not None and abs(after["x"] - before["x"] - 44) < 8 and abs(after["y"] - before["y"] - 55) < 8
        bench.until(lambda state, wanted=turn + 1: state["revision"] == wanted, "one move")


def test_two_tabs_edit_one_network(context: BrowserContext, page: Page, harness: Server) -> None:
    first = Bench(page, harness, fresh("lenet")).open()
    second = Bench(context.new_page(), harness, first.graph).open()
    first.select("n2")
    page.keyboard.press("Delete")
    expect(first.page.locator(".react-flow__node")).to_have_count(7)
    second.node("n2").locator(".head").click()  # it still shows it: what it does with it is refused, and it learns why
    second.page.keyboard.press("F2")
    second.page.get_by_label("Name of this ReLU").fill("late")
    second.page.keyboard.press("Enter")
    expect(second.page.locator(".react-flow__node")).to_have_count(7)
    second.page.keyboard.press("Control+z")
    expect(second.page.locator(".react-flow__node")).to_have_count(8)


STRESS = """
async (host, seed) => {
  const store = host.store;
  let state = seed;
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  const pick = (items) => items[Math.floor(random() * items.length)];
  const types = Object.keys(store.palette.blocks);
  const change = (i) => {
    const ids = [...store.doc.nodes.keys()], wires = [...store.doc.edges.keys()], x = random();
    if (x < 0.3) {
      const node = { id: `s${seed}_${i}`, type: pick(types), name: "", parameters: { p: random() }, position: [random() * 900, 7] };
      return store.edit({ op: "add_node", node, index: random() < 0.3 ? 0 : null });
    }
    if (x < 0.45) return store.edit({ op: "move", positions: { [pick(ids)]: [random() * 900, random() * 500] } });
    if (x < 0.6) {
      const edge = { id: `w${seed}_${i}`, source: pick(ids), source_port: "y", target: pick(ids), target_port: "x" };
      return store.edit({ op: "connect", edge, index: random() < 0.3 ? 1 : null });
    }
    if (x < 0.7 && wires.length) return store.edit({ op: "disconnect", id: pick(wires) });
    if (x < 0.78 && ids.length > 4) return store.edit({ op: "remove_node", id: pick(ids) });
    if (x < 0.86) {
      const parameters = { out_features: Math.floor(random() * 99), p: 1e-7 * random() };
      return store.edit({ op: "set_parameters", id: pick(ids), parameters, removed: random() < 0.3 ? ["bias"] : [] });
    }
    if (x < 0.9) return store.undo();
    if (x < 0.92) return store.redo();
    return store.select([pick(ids)]);
  };
  for (let i = 0; i < 120; i++) {
    change(i);
    await new Promise((done) => setTimeout(done, random() * 60));
  }
}
"""
DOCUMENT = "({ name: store.doc.name, nodes: [...store.doc.nodes.values()], edges: [...store.doc.edges.values()] })"


@pytest.mark.parametrize("seed", [11, 97])
def test_hundreds_of_edits_from_both_sides_end_with_equal_documents(bench: Bench, seed: int) -> None:
    host = bench.page.locator(".canvas-host")
    add = bench.page.get_by_role("button", name="Add from Python")
    begin = f"(host, seed) => {{ window.done = false; ({STRESS})(host, seed).then(() => (window.done = true)); }}"
    host.evaluate(begin, seed)
    for _ in range(8):
        bench.page.wait_for_timeout(350)
        add.click()
    bench.page.wait_for_function("window.done === true", timeout=30_000)
    deadline = time.monotonic() + 15
    while bench.store("store.saving") and time.monotonic() < deadline:
        bench.page.wait_for_timeout(50)
    assert not bench.store("store.saving")
    bench.page.get_by_role("button", name="Run again").click()
    bench.page.wait_for_timeout(800)
    state = bench.until(lambda state: state["revision"] == bench.store("store.revision"), "the same revision")
    document = bench.store(DOCUMENT)
    wanted = {name: state["graph"][name] for name in ("name", "nodes", "edges")}
    assert [node["id"] for node in document["nodes"]] == [node["id"] for node in wanted["nodes"]]
    assert document == wanted
    assert bench.store("store.resyncs") == 0, "edits alone must keep both sides together"
    assert state["revision"] > 80


def test_an_idle_page_runs_nothing(bench: Bench) -> None:
    bench.select("n1")
    bench.page.wait_for_timeout(1500)
    before = bench.state["counts"]
    bench.page.wait_for_timeout(3000)
    assert bench.state["counts"] == before
