"""Adding blocks in a real browser: dragged, clicked, searched, and never by typing."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.canvas_bench import Bench, fresh, middle, new_node
from tests.browser.conftest import Server


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
    assert node["type"] == "linear" and node["position"][0] == 260 + 204 + 40
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


def test_an_empty_network_says_what_to_do(page: Page, harness: Server) -> None:
    bench = Bench(page, harness, fresh("empty")).open(wait=False)
    expect(page.get_by_text("Drag a block here, double-click for a list, or open a network from the Library.")).to_be_visible()
    page.locator('[data-block="image_input"]').click()
    expect(page.locator(".react-flow__node")).to_have_count(1)
    expect(page.get_by_text("Drag a block here")).to_have_count(0)
    bench.until(lambda state: len(state["graph"]["nodes"]) == 1)
