"""Looking at a network and putting it in order, in a real browser: view, layout, frames, marks, what blocks are coloured by.

Dragging with the mouse while snapping is on was also watched at 1440 × 900 and 1024 × 768, in light and dark.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.canvas_bench import Bench, new_node


def places(state: dict[str, Any]) -> dict[str, list[float]]:
    return {node["id"]: node["position"] for node in state["graph"]["nodes"]}


def settled(bench: Bench) -> None:
    """Wait until the canvas shows what Python holds."""
    deadline = time.monotonic() + 10
    while (bench.store("store.saving") or bench.store("store.revision") != bench.state["revision"]) and time.monotonic() < deadline:
        bench.page.wait_for_timeout(50)
    bench.page.wait_for_timeout(100)


def node_of(state: dict[str, Any], id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(node for node in state["graph"]["nodes"] if node["id"] == id)
    return found


def choose(bench: Bench, button: str, entry: str) -> None:
    bench.page.get_by_role("button", name=button, exact=True).click()
    bench.page.locator(".overlay").get_by_role("menuitem", name=entry).click()


def test_the_view_goes_to_the_selection(bench: Bench) -> None:
    bench.select("n4")
    bench.page.keyboard.press("2")
    bench.page.wait_for_timeout(500)
    box, area = bench.node("n4").bounding_box(), bench.page.locator(".surface").bounding_box()
    assert box is not None and area is not None
    assert abs(box["x"] + box["width"] / 2 - area["x"] - area["width"] / 2) < 30
    assert box["width"] > 230, "one block is brought nearer"
    bench.page.keyboard.press("1")
    bench.page.wait_for_timeout(500)
    bench.page.keyboard.press("Shift+F")
    bench.page.wait_for_timeout(500)
    again = bench.node("n4").bounding_box()
    assert again is not None and abs(again["width"] - box["width"]) < 2


def test_a_block_is_found_by_name_type_and_problem(bench: Bench) -> None:
    page = bench.page
    bench.select("n2")
    page.keyboard.press("Control+f")
    field = page.get_by_label("Find a block by name, type or problem")
    expect(field).to_be_focused()
    page.keyboard.type("stem")
    expect(page.locator(".find-count")).to_have_text("1 found")
    page.keyboard.press("Enter")
    bench.until(lambda state: state["selection"] == ["n1"], "the block with the name")
    field.fill("2d")
    page.keyboard.press("Enter")
    bench.until(lambda state: state["selection"] == ["n1"])
    page.keyboard.press("Enter")
    bench.until(lambda state: state["selection"] == ["n3"], "the next one of that type")
    expect(page.locator(".find-count")).to_have_text("2 of 2")
    page.keyboard.press("Enter")
    bench.until(lambda state: state["selection"] == ["n1"], "round to the first")
    field.fill("nothing is called so")
    expect(page.locator(".find-count")).to_have_text("none")
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    page.locator(".react-flow__edge[data-id=e3]").click(force=True)
    page.keyboard.press("Delete")
    bench.until(lambda state: len(state["graph"]["edges"]) == 6)
    page.keyboard.press("Control+f")
    expect(field).to_be_focused()
    expect(page.locator(".find-count")).to_have_text("")
    field.fill("nothing is connected")
    expect(page.locator(".find-count")).to_have_text("1 found")
    page.keyboard.press("Enter")
    state = bench.until(lambda state: state["selection"] == ["n4"], "the block with the problem")
    assert state["selection"]


def test_blocks_are_aligned_distributed_and_straightened_each_as_one_step(bench: Bench) -> None:
    page = bench.page
    start = places(bench.state)
    bench.select("n1", "n4", "n6")
    choose(bench, "Align and distribute", "Align left")
    state = bench.until(lambda state: state["revision"] == 1, "one step")
    assert {places(state)[id][0] for id in ("n1", "n4", "n6")} == {260}
    page.keyboard.press("Control+z")
    bench.until(lambda state: places(state) == start, "undone at once")
    settled(bench)
    choose(bench, "Align and distribute", "Distribute across")
    bench.until(lambda state: {places(state)[id][0] for id in ("n1", "n4", "n6")} == {260, 520, 780}, "the same gap between any two")
    page.keyboard.press("Control+z")
    bench.until(lambda state: places(state) == start)
    settled(bench)
    page.keyboard.press("Alt+s")
    state = bench.until(lambda state: places(state) != start, "aligned at the bottom, by key")
    bottoms = bench.store(
        '["n1", "n4", "n6"].map((id) => store.nodes.find((n) => n.id === id)).map((n) => n.position.y + n.measured.height)'
    )
    assert max(bottoms) - min(bottoms) <= 1
    page.keyboard.press("Control+z")
    bench.until(lambda state: places(state) == start)
    settled(bench)
    bench.select("n5", "loss")
    page.keyboard.press("Alt+l")
    bench.until(lambda state: places(state)["loss"][1] != start["loss"][1], "moved level with what feeds it")
    page.wait_for_timeout(200)
    heights = [bench.port("n5", "y", "source").bounding_box(), bench.port("loss", "prediction", "target").bounding_box()]
    assert heights[0] is not None and heights[1] is not None and abs(heights[0]["y"] - heights[1]["y"]) < 1.5


def test_the_whole_is_arranged_across_or_down_and_taken_back_in_one_step(bench: Bench) -> None:
    start = places(bench.state)
    choose(bench, "Ways to arrange", "Arrange top down")
    state = bench.until(lambda state: state["revision"] == 1, "one step")
    at = places(state)
    assert at["n0"][1] < at["n1"][1] < at["n2"][1] < at["n3"][1] < at["n4"][1] < at["n5"][1] < at["n6"][1]
    bench.page.keyboard.press("Control+z")
    bench.until(lambda state: places(state) == start)
    settled(bench)
    choose(bench, "Ways to arrange", "Arrange left to right")
    state = bench.until(lambda state: places(state) != start)
    assert places(state)["n0"][0] < places(state)["n1"][0] < places(state)["n4"][0] < places(state)["n6"][0]


def test_a_dragged_block_keeps_to_the_grid_and_to_the_lines_of_others(bench: Bench) -> None:
    page = bench.page
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Snap to grid and guides").click()
    expect(page.get_by_role("menuitemcheckbox", name="Snap to grid and guides")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("Escape")
    box = bench.node("n2").bounding_box()
    zoom = bench.page.locator(".react-flow__viewport").evaluate("(e) => new DOMMatrix(getComputedStyle(e).transform).a")
    assert box is not None
    start = (box["x"] + 60, box["y"] + 12)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 30, start[1] + 60, steps=5)
    page.mouse.move(start[0] + 3 * zoom, start[1] + 143 * zoom, steps=8)
    expect(page.locator(".guide[data-line=x]")).to_have_count(1)
    page.mouse.up()
    expect(page.locator(".guide")).to_have_count(0)
    state = bench.until(lambda state: state["revision"] == 1)
    x, y = places(state)["n2"]
    assert x == 520, "the line of the block below"
    assert y != 40
    others = [places(state)[id][1] for id in ("n4", "n5", "n6")]
    assert y % 20 == 0 or any(abs(y - other) < 200 for other in others)
    page.keyboard.press("Shift+G")
    page.get_by_role("button", name="View", exact=True).click()
    expect(page.get_by_role("menuitemcheckbox", name="Snap to grid and guides")).to_have_attribute("aria-checked", "false")


def test_a_frame_carries_what_lies_in_it_and_is_text_behind_blocks(bench: Bench) -> None:
    page = bench.page
    before = bench.ids()
    bench.select("n1", "n2")
    page.get_by_role("button", name="Frame the selection").click()
    frame = new_node(bench, before)
    page.get_by_label("Name of this Frame").fill("<b>Features</b>")
    page.keyboard.press("Enter")
    bench.until(lambda state: node_of(state, frame["id"])["name"] == "<b>Features</b>", "its title")
    expect(bench.node(frame["id"]).locator(".frame-title")).to_have_text("<b>Features</b>")
    expect(page.get_by_text("No problems")).to_be_visible()
    start = places(bench.state)
    head = bench.node(frame["id"]).locator(".frame-head").bounding_box()
    assert head is not None
    at = (head["x"] + head["width"] - 20, head["y"] + 10)
    bench.drag(at, (at[0] + 40, at[1] - 30))
    state = bench.until(lambda state: places(state)[frame["id"]] != start[frame["id"]], "the frame moved")
    moved = {id: (x - start[id][0], y - start[id][1]) for id, (x, y) in places(state).items()}
    assert moved["n1"] == moved["n2"] == moved[frame["id"]] != (0, 0)
    assert moved["n0"] == moved["n3"] == (0, 0)
    page.keyboard.press("Control+z")
    bench.until(lambda state: places(state) == start, "all of it in one step")
    settled(bench)
    corner = bench.node(frame["id"]).locator(".react-flow__resize-control.handle.bottom.right").bounding_box()
    assert corner is not None
    bench.drag((corner["x"] + 4, corner["y"] + 4), (corner["x"] + 64, corner["y"] + 34))
    state = bench.until(
        lambda state: node_of(state, frame["id"])["parameters"]["width"] > frame["parameters"]["width"] + 20, "a larger frame"
    )
    assert node_of(state, frame["id"])["parameters"]["height"] > frame["parameters"]["height"]
    bench.node("n1").locator(".head").click()
    bench.until(lambda state: state["selection"] == ["n1"], "a block in the frame is reached")
    page.mouse.dblclick(head["x"] + 10, head["y"] + head["height"] + 5)
    expect(page.locator(".search-list")).to_be_visible()


def test_a_block_is_bypassed_frozen_and_collapsed_by_key(bench: Bench) -> None:
    page = bench.page
    bench.select("n1", "n3")
    page.keyboard.press("Control+b")
    state = bench.until(lambda state: all(node_of(state, id).get("bypassed") for id in ("n1", "n3")), "both bypassed")
    assert state["revision"] == 1
    expect(bench.node("n1").locator(".block.bypassed")).to_be_visible()
    expect(bench.node("n1").get_by_role("img", name="bypassed")).to_be_visible()
    expect(bench.node("n1").locator(".shape")).to_have_text("(B, 1, 28, 28)")
    expect(bench.node("n5").locator(".count")).to_contain_text("7.85K")
    expect(page.get_by_text("No problems")).to_be_visible()
    page.keyboard.press("Control+b")
    bench.until(lambda state: not any(node_of(state, id).get("bypassed") for id in ("n1", "n3")), "and back")
    bench.select("n4")
    page.get_by_role("button", name="Bypass", exact=True).click()
    expect(bench.node("n4").locator(".trouble")).to_contain_text("Flatten cannot be bypassed here.")
    expect(page.get_by_role("button", name="1 problem", exact=True)).to_be_visible()
    page.keyboard.press("Control+z")
    bench.select("n1")
    page.keyboard.press("Control+Shift+F")
    bench.until(lambda state: node_of(state, "n1").get("frozen") is True, "frozen")
    expect(bench.node("n1").get_by_role("img", name="frozen")).to_be_visible()
    tall = bench.node("n1").bounding_box()
    page.keyboard.press("Alt+c")
    bench.until(lambda state: node_of(state, "n1").get("collapsed") is True, "collapsed")
    page.wait_for_timeout(300)
    small = bench.node("n1").bounding_box()
    assert tall is not None and small is not None and small["height"] < tall["height"] / 2
    port, way = bench.port("n1", "y", "source").bounding_box(), bench.node("n1").bounding_box()
    assert port is not None and way is not None and way["y"] <= port["y"] <= way["y"] + way["height"]
    page.keyboard.press("Control+z")
    bench.until(lambda state: not node_of(state, "n1").get("collapsed"), "a step like any other")


def test_shapes_stand_on_the_wires_and_blocks_are_coloured_by_a_measure(bench: Bench) -> None:
    page = bench.page
    bench.select("n1")
    page.keyboard.press("Shift+S")
    expect(page.locator(".wire-shape").first).to_be_visible()
    assert "6×24×24" in page.locator(".wire-shape").all_text_contents()
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_role("menuitemradio", name="Parameters").click()
    page.keyboard.press("Escape")
    legend = page.locator(".legend")
    expect(legend).to_contain_text("Parameters")
    expect(legend.locator(".legend-ends")).to_have_text("1568.65K")
    levels = [
        bench.node(id).locator(".block").evaluate("(e) => Number(getComputedStyle(e).getPropertyValue('--level'))") for id in ("n1", "n5")
    ]
    assert levels == [0, 1]
    lengths = [bench.node(id).locator(".meter").evaluate("(e) => parseFloat(getComputedStyle(e, '::after').width)") for id in ("n1", "n5")]
    assert lengths[0] < lengths[1], "not by hue alone"
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_role("menuitemradio", name="Operations").click()
    page.keyboard.press("Escape")
    expect(bench.node("n1").locator(".count")).to_have_text("173K FLOP")
    page.reload()
    expect(page.locator(".legend")).to_contain_text("Operations")
    page.get_by_role("button", name="Colour by kind of block again").click()
    expect(page.locator(".legend")).to_have_count(0)


def test_the_list_of_steps_leads_to_any_of_them(bench: Bench) -> None:
    page = bench.page
    bench.select("n1")
    page.keyboard.press("Control+b")
    page.keyboard.press("Alt+c")
    page.keyboard.press("Control+Shift+F")
    bench.until(lambda state: state["revision"] == 3)
    page.get_by_role("button", name="Steps", exact=True).click()
    steps = page.locator(".panel-history button")
    expect(steps).to_have_text(["freeze block", "collapse block", "bypass block", "As it was opened"])
    expect(page.locator(".panel-history [aria-current=step]")).to_have_text("freeze block")
    steps.nth(3).click()
    state = bench.until(lambda state: "bypassed" not in node_of(state, "n1") and "frozen" not in node_of(state, "n1"), "as it was opened")
    expect(page.locator(".panel-history [aria-current=step]")).to_have_text("As it was opened")
    expect(steps).to_have_count(4)
    steps.nth(1).click()
    state = bench.until(lambda state: node_of(state, "n1").get("collapsed") is True, "forward again")
    assert node_of(state, "n1").get("bypassed") and not node_of(state, "n1").get("frozen")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_toolbars_fit_a_small_window(context: BrowserContext, bench: Bench, scheme: str) -> None:
    page = bench.page
    page.set_viewport_size({"width": 1024, "height": 768})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    bench.select("n1")
    surface = page.locator(".surface").bounding_box()
    assert surface is not None
    bars = [page.get_by_role("toolbar", name=name).bounding_box() for name in ("Canvas", "Selection")]
    for bar in bars:
        assert bar is not None and bar["x"] >= surface["x"] and bar["x"] + bar["width"] <= surface["x"] + surface["width"]
    over = page.locator(".react-flow__minimap").bounding_box()
    assert over is not None and bars[1] is not None and bars[1]["x"] + bars[1]["width"] <= over["x"]
