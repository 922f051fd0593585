"""Selecting, changing, arranging and looking at a network in a real browser, as a person would."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.canvas_bench import Bench, edges, new_node


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
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+ArrowRight")
    state = bench.until(lambda state: state["revision"] == 2, "one edit for a row of arrows")
    assert state["graph"]["nodes"][-1]["position"][0] == new["position"][0] + 20
    bench.port("n4", "y", "source").focus()
    page.keyboard.press("Enter")
    bench.port(new["id"], "x", "target").focus()
    page.keyboard.press("Enter")
    bench.until(lambda state: ("n4", "y", new["id"], "x") in edges(state), "a wire by keyboard")
