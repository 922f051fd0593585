"""The canvas in a real browser, driven as a person would; the page is canvas_harness.py."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Server

HARNESS = Path(__file__).with_name("canvas_harness.py")
_fresh = count()


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server]) -> Server:
    """Serve the harness once for all tests; each test has a graph of its own."""
    return serve(HARNESS)


class Bench:
    """One canvas on a page, and what Python holds of its graph."""

    def __init__(self, page: Page, server: Server, graph: str, query: str = "") -> None:
        self.page, self.server, self.graph = page, server, graph
        self.address = f"{server.address}/?graph={graph}{query}"

    def open(self, wait: bool = True) -> Bench:
        self.page.goto(self.address)
        expect(self.page.locator(".react-flow")).to_be_visible(timeout=60_000)
        if wait:
            expect(self.page.locator(".react-flow__node").first).to_be_visible()
        self.until(lambda state: True)
        return self

    @property
    def state(self) -> dict[str, Any]:
        file = self.server.home / "state" / f"{self.graph}.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def until(self, holds: Callable[[dict[str, Any]], bool], what: str = "") -> dict[str, Any]:
        """Wait until Python's side is as wanted, and return it."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            state = self.state
            if state and holds(state):
                return state
            time.sleep(0.02)
        raise AssertionError(f"Python never came to {what or 'the wanted state'}: {json.dumps(self.state)[:3000]}")

    def ids(self) -> list[str]:
        return [node["id"] for node in self.state["graph"]["nodes"]]

    def node(self, id: str) -> Locator:
        return self.page.locator(f'.react-flow__node[data-id="{id}"]')

    def port(self, node: str, port: str, side: str) -> Locator:
        return self.page.locator(f'.react-flow__node[data-id="{node}"] .react-flow__handle.{side}[data-handleid="{port}"]')

    def select(self, *ids: str) -> None:
        for i, id in enumerate(ids):
            self.node(id).locator(".head").click(modifiers=["Control"] if i else [])
        self.until(lambda state: sorted(state["selection"]) == sorted(ids), f"selection {ids}")

    @contextmanager
    def wire(self, start: tuple[str, str, str], end: tuple[str, str, str]) -> Iterator[None]:
        """Draw a wire from a port to a port; the body runs while it is held there."""
        a, b = middle(self.port(*start)), middle(self.port(*end))
        self.page.mouse.move(*a)
        self.page.mouse.down()
        self.page.mouse.move(a[0] + 12, a[1] + 6, steps=3)
        self.page.mouse.move(b[0] - 3, b[1] + 2, steps=8)
        self.page.mouse.move(*b, steps=2)
        yield
        self.page.mouse.up()

    def drag(self, start: tuple[float, float], to: tuple[float, float], steps: int = 10) -> None:
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*to, steps=steps)
        self.page.mouse.up()

    def store(self, expression: str) -> Any:
        """Evaluate an expression over the canvas's own store."""
        return self.page.locator(".canvas-host").evaluate(f"(host) => {{ const store = host.store; return {expression}; }}")

    @property
    def message(self) -> Locator:
        return self.page.locator(".messages [role=status]")


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def edges(state: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    return {(edge["source"], edge["source_port"], edge["target"], edge["target_port"]) for edge in state["graph"]["edges"]}


@pytest.fixture
def bench(page: Page, server: Server) -> Bench:
    return Bench(page, server, f"lenet{next(_fresh)}").open()


def new_node(bench: Bench, before: list[str]) -> dict[str, Any]:
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == len(before) + 1, "one more block")
    node: dict[str, Any] = next(node for node in state["graph"]["nodes"] if node["id"] not in before)
    return node


def test_a_block_is_dragged_from_the_palette_to_where_it_is_dropped(bench: Bench) -> None:
    before = bench.ids()
    item = middle(bench.page.locator('[data-block="dropout"]'))
    surface = bench.page.locator(".react-flow").bounding_box()
    assert surface is not None
    at = (surface["x"] + 120, surface["y"] + 520)
    bench.drag(item, at)
    node = new_node(bench, before)
    assert node["type"] == "dropout"
    box = bench.node(node["id"]).bounding_box()
    assert box is not None and box["x"] < at[0] < box["x"] + box["width"] and box["y"] < at[1] < box["y"] + box["height"]
    bench.until(lambda state: state["selection"] == [node["id"]], "the new block selected")


def test_a_drag_from_the_palette_dropped_outside_adds_nothing(bench: Bench) -> None:
    before = bench.state["revision"]
    bench.drag(middle(bench.page.locator('[data-block="dropout"]')), (1400, 300))
    bench.page.wait_for_timeout(400)
    assert bench.state["revision"] == before


def test_a_click_adds_to_the_right_of_the_selection_and_search_knows_other_words(bench: Bench) -> None:
    bench.select("n1")
    before = bench.ids()
    search = bench.page.get_by_label("Search blocks")
    search.press_sequentially("fully conn")
    expect(bench.page.locator(".item")).to_have_text(["Linear"])
    bench.page.locator(".item").click()
    node = new_node(bench, before)
    assert node["type"] == "linear" and node["position"][0] == 260 + 196 + 64
    assert node["position"][1] > 40 + 84, "what is there already is not covered"
    search.fill("zzz")
    expect(bench.page.locator(".none")).to_contain_text("No block matches")


def test_typing_reaches_neither_streamlit_nor_the_shortcuts(bench: Bench) -> None:
    bench.select("n1")
    before = bench.state
    search = bench.page.get_by_label("Search blocks")
    search.press_sequentially("rc1", delay=30)
    search.press("Backspace")
    search.press("Delete")
    assert search.input_value() == "rc"
    search.fill("")
    bench.node("n2").locator(".head").click()
    bench.until(lambda state: state["selection"] == ["n2"])
    for key in ("r", "c"):
        bench.page.keyboard.press(key)
    bench.page.wait_for_timeout(400)
    assert bench.state["counts"]["scripts"] == before["counts"]["scripts"]
    assert bench.page.get_by_role("dialog").count() == 0
    assert bench.state["revision"] == before["revision"]


def test_two_named_ports_are_connected_by_dragging(bench: Bench) -> None:
    bench.page.locator(".react-flow__edge[data-id=e3]").click(force=True)
    bench.page.keyboard.press("Delete")
    bench.until(lambda state: ("n3", "y", "n4", "x") not in edges(state), "the wire gone")
    expect(bench.page.get_by_role("button", name=re.compile(r"\d+ problems?"))).to_be_visible()
    with bench.wire(("n3", "y", "source"), ("n4", "x", "target")):
        expect(bench.message).to_have_text("y → x")
    bench.until(lambda state: ("n3", "y", "n4", "x") in edges(state), "the wire")
    expect(bench.page.get_by_text("No problems")).to_be_visible()


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (("n5", "y", "source"), ("n1", "x", "target"), "Linear gives a vector (B, D); Conv 2D 'stem' 'x' needs an image (B, C, H, W)."),
        (("n0", "x", "source"), ("n2", "x", "target"), "ReLU 'x' already has a wire."),
        (("n0", "x", "source"), ("n1", "y", "source"), "Connect an output to an input."),
    ],
)
def test_an_impossible_wire_is_refused_while_it_is_drawn(bench: Bench, start: Any, end: Any, reason: str) -> None:
    before = bench.state["revision"]
    with bench.wire(start, end):
        expect(bench.message).to_have_text(reason)
    bench.page.wait_for_timeout(300)
    assert bench.state["revision"] == before
    assert bench.page.locator(".react-flow__connection").count() == 0


def test_a_cycle_is_refused_and_says_so(bench: Bench) -> None:
    bench.page.locator(".react-flow__edge[data-id=e1]").click(force=True)
    bench.page.keyboard.press("Delete")
    bench.until(lambda state: len(state["graph"]["edges"]) == 6)
    with bench.wire(("n3", "y", "source"), ("n2", "x", "target")):
        expect(bench.message).to_contain_text("would make a cycle")
    assert len(bench.state["graph"]["edges"]) == 6


def test_a_wire_released_outside_the_canvas_does_not_stick(bench: Bench) -> None:
    start = middle(bench.port("n3", "y", "source"))
    bench.drag(start, (1380, 700))
    bench.page.mouse.move(500, 400, steps=3)
    assert bench.page.locator(".react-flow__connection").count() == 0


def test_an_end_of_a_wire_is_moved_to_another_port(bench: Bench) -> None:
    before = bench.ids()
    bench.page.locator('[data-block="relu"]').click()
    relu = new_node(bench, before)["id"]
    bench.page.keyboard.press("1")
    bench.page.wait_for_timeout(500)
    end = middle(bench.port("loss", "prediction", "target"))
    target = middle(bench.port(relu, "x", "target"))
    bench.drag((end[0] - 14, end[1]), target, steps=14)
    state = bench.until(lambda state: ("n5", "y", relu, "x") in edges(state), "the wire moved")
    assert ("n5", "y", "loss", "prediction") not in edges(state)
    bench.page.keyboard.press("Control+z")
    bench.until(lambda state: ("n5", "y", "loss", "prediction") in edges(state), "the wire back")


def test_a_parameter_changed_in_the_form_shows_new_shapes_and_is_undone_from_the_canvas(bench: Bench) -> None:
    bench.select("n1")
    field = bench.page.get_by_label("out_channels")
    field.fill("16")
    field.press("Enter")
    expect(bench.node("n1").locator(".shape")).to_have_text("(B, 16, 24, 24)")
    expect(bench.node("n4").locator(".shape")).to_have_text("(B, 2304)")
    expect(bench.node("n1").locator(".count")).to_have_text("416 params")
    bench.until(lambda state: state["selection"] == ["n1"], "selection kept")
    bench.node("n1").locator(".head").click()
    bench.page.keyboard.press("Control+z")
    expect(bench.node("n1").locator(".shape")).to_have_text("(B, 6, 24, 24)")
    bench.page.keyboard.press("Control+Shift+z")
    expect(bench.node("n1").locator(".shape")).to_have_text("(B, 16, 24, 24)")
    bench.page.get_by_role("button", name="Undo").click()
    expect(bench.node("n1").locator(".shape")).to_have_text("(B, 6, 24, 24)")
    bench.page.keyboard.press("Control+y")
    expect(bench.node("n1").locator(".shape")).to_have_text("(B, 16, 24, 24)")


def test_deleting_is_undone_with_every_wire_and_needs_no_click_in_between(bench: Bench) -> None:
    bench.select("n2")
    before = bench.state["graph"]
    bench.page.keyboard.press("Backspace")
    bench.until(lambda state: len(state["graph"]["nodes"]) == 7)
    bench.page.keyboard.press("Control+z")
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == 8)
    assert state["graph"] == before
    expect(bench.page.locator(".react-flow__edge")).to_have_count(7)


def test_copy_paste_cut_and_duplicate_take_inner_wires_along(bench: Bench) -> None:
    bench.select("n2", "n3")
    bench.page.keyboard.press("Control+c")
    bench.page.keyboard.press("Control+v")
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == 10 and len(state["selection"]) == 2)
    assert len(state["graph"]["edges"]) == 8
    assert {node["type"] for node in state["graph"]["nodes"][-2:]} == {"relu", "max_pool2d"}
    bench.page.keyboard.press("Control+d")
    bench.until(lambda state: len(state["graph"]["nodes"]) == 12)
    bench.page.keyboard.press("Control+x")
    bench.until(lambda state: len(state["graph"]["nodes"]) == 10)
    for _ in range(3):
        bench.page.keyboard.press("Control+z")
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == 8)
    assert len(state["graph"]["edges"]) == 7


def test_selecting_by_box_all_and_none(bench: Bench) -> None:
    first, last = bench.node("n0").bounding_box(), bench.node("n1").bounding_box()
    assert first and last
    bench.page.keyboard.down("Shift")
    bench.drag((first["x"] - 15, first["y"] - 15), (last["x"] + last["width"] + 10, last["y"] + last["height"] + 10))
    bench.page.keyboard.up("Shift")
    bench.until(lambda state: sorted(state["selection"]) == ["n0", "n1"], "the box")
    bench.page.keyboard.press("Control+a")
    bench.until(lambda state: len(state["selection"]) == 8)
    bench.page.keyboard.press("Escape")
    bench.until(lambda state: state["selection"] == [])


def test_arranging_is_one_step_of_undo(bench: Bench) -> None:
    before = bench.state["graph"]
    bench.page.get_by_role("button", name="Arrange automatically").click()
    state = bench.until(lambda state: state["graph"] != before, "another layout")
    xs = {node["id"]: node["position"][0] for node in state["graph"]["nodes"]}
    assert xs["n0"] < xs["n1"] < xs["n2"] < xs["n3"] < xs["n4"] < xs["n5"] < xs["n6"]
    bench.page.keyboard.press("Control+z")
    bench.until(lambda state: state["graph"] == before, "the layout taken back")


def test_a_block_is_renamed_in_place_and_its_name_is_text(bench: Bench) -> None:
    bench.select("n5")
    bench.page.keyboard.press("F2")
    field = bench.page.get_by_label("Name of this Linear")
    field.fill("<img src=x onerror=alert(1)>")
    field.press("Enter")
    expect(bench.node("n5").locator(".title")).to_have_text("<img src=x onerror=alert(1)>")
    expect(bench.node("n5").locator(".type")).to_have_text("Linear")
    assert bench.node("n5").locator("img").count() == 0
    bench.page.keyboard.press("F2")
    bench.page.get_by_label("Name of this Linear").fill("not this")
    bench.page.keyboard.press("Escape")
    expect(bench.node("n5").locator(".title")).to_have_text("<img src=x onerror=alert(1)>")


def test_problems_are_listed_and_lead_to_their_block(bench: Bench) -> None:
    bench.select("n4")
    bench.page.keyboard.press("Delete")
    button = bench.page.get_by_role("button", name=re.compile(r"^\d+ problems?$"))
    expect(button).to_be_visible()
    expect(bench.node("n5").locator(".block.failing .trouble")).to_be_visible()
    button.click()
    bench.page.locator("#problem-list button").first.click()
    state = bench.until(lambda state: len(state["selection"]) == 1, "a block selected")
    expect(bench.node(state["selection"][0]).locator(".block.failing")).to_be_visible()


def test_shortcuts_for_training_and_saving_arrive_once(bench: Bench) -> None:
    bench.select("n1")
    bench.page.keyboard.press("Control+Enter")
    bench.until(lambda state: state["counts"]["train"] == 1)
    bench.page.keyboard.press("Control+s")
    state = bench.until(lambda state: state["counts"]["save"] == 1)
    bench.page.get_by_role("button", name="Run again").click()
    state = bench.until(lambda now: now["counts"]["fragments"] > state["counts"]["fragments"])
    assert (state["counts"]["train"], state["counts"]["save"]) == (1, 1)


def test_the_view_is_kept_over_reruns_and_reloads(bench: Bench) -> None:
    viewport = bench.page.locator(".react-flow__viewport")
    bench.page.mouse.move(600, 500)
    bench.page.mouse.wheel(0, 240)
    bench.page.keyboard.down("Space")
    bench.drag((700, 600), (760, 560))
    bench.page.keyboard.up("Space")
    bench.page.wait_for_timeout(400)
    view = viewport.get_attribute("style")
    bench.page.get_by_role("button", name="Add from Python").click()
    expect(bench.page.locator(".react-flow__node")).to_have_count(9)
    assert viewport.get_attribute("style") == view
    bench.page.reload()
    expect(bench.page.locator(".react-flow__node")).to_have_count(9)
    bench.page.wait_for_timeout(300)
    assert viewport.get_attribute("style") == view
    bench.page.locator(".react-flow__pane").click(position={"x": 400, "y": 20})
    bench.page.keyboard.press("1")
    bench.page.wait_for_timeout(500)
    assert viewport.get_attribute("style") != view


def test_everything_by_keyboard(bench: Bench) -> None:
    page = bench.page
    page.get_by_label("Search blocks").focus()
    page.keyboard.type("dropout")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    new = new_node(bench, [f"n{i}" for i in range(7)] + ["loss"])
    bench.node(new["id"]).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    state = bench.until(lambda state: state["revision"] == 2, "one edit for a row of arrows")
    assert state["graph"]["nodes"][-1]["position"][0] == new["position"][0] + 20
    bench.port("n4", "y", "source").focus()
    page.keyboard.press("Enter")
    bench.port(new["id"], "x", "target").focus()
    page.keyboard.press("Enter")
    bench.until(lambda state: ("n4", "y", new["id"], "x") in edges(state), "a wire by keyboard")


def test_what_is_pushed_during_a_drag_does_not_lose_it(page: Page, server: Server) -> None:
    bench = Bench(page, server, f"lenet{next(_fresh)}", "&live=1").open()
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


def test_an_empty_network_says_what_to_do(page: Page, server: Server) -> None:
    bench = Bench(page, server, f"empty{next(_fresh)}").open(wait=False)
    expect(page.get_by_text("Drag a block here, or open a network from the Library.")).to_be_visible()
    page.locator('[data-block="image_input"]').click()
    expect(page.locator(".react-flow__node")).to_have_count(1)
    expect(page.get_by_text("Drag a block here")).to_have_count(0)
    bench.until(lambda state: len(state["graph"]["nodes"]) == 1)


def test_two_tabs_edit_one_network(context: BrowserContext, page: Page, server: Server) -> None:
    first = Bench(page, server, f"lenet{next(_fresh)}").open()
    second = Bench(context.new_page(), server, first.graph).open()
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


def median_ms(seconds: list[float]) -> int:
    return round(sorted(seconds)[len(seconds) // 2] * 1000)


def test_three_hundred_blocks_stay_quick(page: Page, server: Server, record_property: Callable[[str, object], None]) -> None:
    bench = Bench(page, server, f"chain{next(_fresh)}", "&n=300").open()
    page.wait_for_timeout(1500)
    selecting, editing = [], []
    for turn in range(6):
        id = f"n{1 + turn}"
        started = time.perf_counter()
        bench.node(id).locator(".head").click()
        bench.until(lambda state, id=id: state["selection"] == [id])
        selecting.append(time.perf_counter() - started)
        page.wait_for_timeout(300)
        field = page.get_by_label(f"out_features of {id}", exact=True)
        field.fill(str(100 + turn))
        started = time.perf_counter()
        field.press("Enter")
        expect(bench.node(id).locator(".shape")).to_have_text(f"(B, {100 + turn})")
        editing.append(time.perf_counter() - started)
    record_property("select_median_ms", median_ms(selecting))
    record_property("edit_to_label_median_ms", median_ms(editing))
    print(f"300 blocks: select {median_ms(selecting)} ms, edit to label {median_ms(editing)} ms (medians of 6)")
    assert median_ms(selecting) < 1000 and median_ms(editing) < 1000
