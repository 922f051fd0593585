"""Adding a block where one works: the list at the pointer, a wire that is dropped, a block that is put into a wire."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.canvas_bench import Bench, edges, middle, new_node

NODES = [f"n{i}" for i in range(7)] + ["loss"]
FREE = (700, 620)
"""A place in the window where the canvas is empty."""


def options(bench: Bench) -> list[str]:
    """Return the types of the listed blocks, in their order."""
    types: list[str] = bench.page.locator(".option").evaluate_all("(all) => all.map((option) => option.dataset.option)")
    return types


@pytest.mark.parametrize("opened", ["double click", "Tab", "Shift+A"])
def test_the_list_at_the_pointer_is_driven_by_keyboard(bench: Bench, opened: str) -> None:
    page = bench.page
    if opened == "double click":
        page.mouse.dblclick(*FREE)
    else:
        page.mouse.click(*FREE)
        page.keyboard.press(opened)
    expect(page.get_by_role("dialog", name="Add a block")).to_be_visible()
    assert len(options(bench)) > 30
    page.keyboard.type("pool")
    expect(page.locator(".option").first).to_contain_text("pool")
    page.keyboard.press("ArrowDown")
    wanted = page.locator(".option[aria-selected=true]").get_attribute("data-option")
    page.keyboard.press("Enter")
    node = new_node(bench, NODES)
    assert node["type"] == wanted
    expect(page.locator(".search-list")).to_have_count(0)
    box = bench.node(node["id"]).bounding_box()
    assert box and box["x"] < FREE[0] < box["x"] + box["width"] and box["y"] < FREE[1] < box["y"] + box["height"]
    page.keyboard.press("Control+z")
    bench.until(lambda state: len(state["graph"]["nodes"]) == 8, "the focus is back on the canvas, so undo means it")


def test_escape_closes_the_list_and_tab_then_leads_on(bench: Bench) -> None:
    page = bench.page
    page.mouse.click(*FREE)
    page.keyboard.press("Tab")
    expect(page.locator(".search-list")).to_be_visible()
    page.keyboard.type("r1")
    page.keyboard.press("Escape")
    expect(page.locator(".search-list")).to_have_count(0)
    page.keyboard.press("Tab")
    page.wait_for_timeout(200)
    assert page.locator(".search-list").count() == 0, "those who go about by keyboard are not held here"
    assert bench.state["revision"] == 0
    page.mouse.dblclick(*FREE)
    expect(page.locator(".search-list")).to_be_visible()
    page.mouse.click(FREE[0] + 400, FREE[1])
    expect(page.locator(".search-list")).to_have_count(0)


def test_what_fits_the_selected_block_stands_first(bench: Bench) -> None:
    bench.select("n5")
    bench.page.keyboard.press("Shift+A")
    expect(bench.page.locator(".search-list")).to_be_visible()
    listed = options(bench)
    assert listed.index("batch_norm1d") < listed.index("relu") < listed.index("conv2d"), "others are offered too"


def test_a_wire_dropped_on_the_canvas_lists_what_fits_and_connects_it(bench: Bench) -> None:
    page = bench.page
    bench.drag(middle(bench.port("n3", "y", "source")), FREE)
    expect(page.get_by_role("dialog", name="After Max pool 2D")).to_be_visible()
    listed = options(bench)
    assert listed[0] == "conv2d", "what takes just an image stands first"
    assert "flatten" in listed and listed.index("batch_norm2d") < listed.index("relu")
    assert not {"linear", "embedding", "image_input", "lstm"} & set(listed), "what does not fit is left out"
    page.keyboard.type("flat")
    page.keyboard.press("Enter")
    new = new_node(bench, NODES)
    state = bench.until(lambda state: ("n3", "y", new["id"], "x") in edges(state), "the wire to the new block")
    assert state["revision"] == 1, "one step of undo"
    at = middle(bench.port(new["id"], "x", "target"))
    assert abs(at[0] - FREE[0]) < 12 and abs(at[1] - FREE[1]) < 12, "its port stands where the wire was dropped"


def test_a_wire_drawn_by_keyboard_ends_at_a_block_from_the_list(bench: Bench) -> None:
    page = bench.page
    bench.port("n4", "y", "source").focus()
    page.keyboard.press("Enter")
    expect(bench.message).to_contain_text("Shift+A for a new block")
    page.keyboard.press("Shift+A")
    expect(page.get_by_role("dialog", name="After Flatten")).to_be_visible()
    page.keyboard.type("linear")
    page.keyboard.press("Enter")
    new = new_node(bench, NODES)
    bench.until(lambda state: ("n4", "y", new["id"], "x") in edges(state), "the wire to the new block")
    expect(bench.node(new["id"])).to_be_in_viewport()


def test_a_wire_dropped_from_an_input_lists_what_can_feed_it(bench: Bench) -> None:
    page = bench.page
    bench.drag(middle(bench.port("loss", "target", "target")), FREE)
    expect(page.get_by_role("dialog", name="Before Cross-entropy loss")).to_be_visible()
    assert "token_input" in options(bench) and "conv2d" not in options(bench)
    page.keyboard.type("token")
    page.keyboard.press("Enter")
    new = new_node(bench, NODES)
    bench.until(lambda state: (new["id"], "x", "loss", "target") in edges(state), "the wire from the new block")


def test_a_wire_dropped_from_a_port_that_has_its_wire_is_refused(bench: Bench) -> None:
    bench.drag(middle(bench.port("n2", "x", "target")), FREE)
    expect(bench.message).to_contain_text("ReLU 'x' already has a wire.")
    assert bench.page.locator(".search-list").count() == 0


def on_wire(bench: Bench, id: str) -> tuple[float, float]:
    """Return a place in the window half-way along a wire."""
    at: Any = bench.page.locator(f".react-flow__edge[data-id={id}] .react-flow__edge-path").evaluate(
        "(path) => { const p = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM()); return [p.x, p.y]; }"
    )
    return at[0], at[1]


def test_a_block_dropped_on_a_wire_goes_into_it_as_one_step(bench: Bench) -> None:
    page = bench.page
    before = bench.state["graph"]
    at = on_wire(bench, "e1")
    page.mouse.move(*middle(page.locator('[data-block="batch_norm2d"]')))
    page.mouse.down()
    page.mouse.move(*at, steps=12)
    expect(page.locator(".react-flow__edge[data-id=e1] .taking")).to_have_count(1)
    page.mouse.up()
    new = new_node(bench, NODES)["id"]
    state = bench.until(lambda state: {("n1", "y", new, "x"), (new, "y", "n2", "x")} <= edges(state), "the wire led through the block")
    assert ("n1", "y", "n2", "x") not in edges(state) and state["revision"] == 1
    expect(page.locator(".taking")).to_have_count(0)
    page.keyboard.press("Control+z")
    bench.until(lambda state: state["graph"] == before, "one step back, order included")


def test_a_block_that_does_not_fit_is_dropped_beside_the_wire(bench: Bench) -> None:
    at = on_wire(bench, "e1")
    bench.page.locator('[data-block="linear"]').scroll_into_view_if_needed()
    bench.drag(middle(bench.page.locator('[data-block="linear"]')), at, steps=12)
    new = new_node(bench, NODES)["id"]
    assert ("n1", "y", "n2", "x") in edges(bench.state)
    assert not [edge for edge in edges(bench.state) if new in edge]


def test_a_loose_block_dragged_onto_a_wire_goes_into_it(bench: Bench) -> None:
    page = bench.page
    page.mouse.dblclick(*FREE)
    page.keyboard.type("dropout 2d")
    page.keyboard.press("Enter")
    new = new_node(bench, NODES)["id"]
    grip = bench.node(new).locator(".head")
    expect(grip).to_be_visible()
    start, at = middle(grip), on_wire(bench, "e3")
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(at[0], at[1] - 30, steps=15)
    expect(page.locator(".react-flow__edge[data-id=e3] .taking")).to_have_count(1)
    page.mouse.up()
    state = bench.until(lambda state: {("n3", "y", new, "x"), (new, "y", "n4", "x")} <= edges(state), "the wire led through the block")
    assert state["revision"] == 2, "the move and the wires are one step"
    page.keyboard.press("Control+z")
    bench.until(lambda state: ("n3", "y", "n4", "x") in edges(state) and len(state["graph"]["nodes"]) == 9, "the block out again")


def test_a_double_click_on_a_wire_lists_what_goes_into_it(bench: Bench) -> None:
    page = bench.page
    page.mouse.dblclick(*on_wire(bench, "e4"))
    expect(page.get_by_role("dialog", name="Insert into the wire")).to_be_visible()
    assert "dropout" in options(bench) and "conv2d" not in options(bench)
    page.keyboard.type("dropout")
    page.keyboard.press("Enter")
    new = new_node(bench, NODES)["id"]
    bench.until(lambda state: {("n4", "y", new, "x"), (new, "y", "n5", "x")} <= edges(state))
