"""Context menus, the list of shortcuts, walking along the wires, and deleting so that the wires are joined."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.canvas_bench import Bench, edges, middle


def item(bench: Bench, name: str) -> Locator:
    return bench.page.get_by_role("menuitem", name=name)


def selected(bench: Bench, *ids: str) -> None:
    bench.until(lambda state: sorted(state["selection"]) == sorted(ids), f"selection {ids}")


def test_deleting_and_joining_leads_the_wire_past_what_is_gone(bench: Bench) -> None:
    before = bench.state["graph"]
    bench.select("n2", "n3")
    bench.page.keyboard.press("Control+Delete")
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == 6)
    assert ("n1", "y", "n4", "x") in edges(state)
    assert [edge["source"] for edge in state["graph"]["edges"]].index("n1") == 1, "it takes the place of the wire that it stands for"
    bench.page.keyboard.press("Control+z")
    bench.until(lambda state: state["graph"] == before, "one step back")
    bench.select("n5")
    bench.page.keyboard.press("Control+Backspace")
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == 7)
    assert {("n4", "y", "n6", "x"), ("n4", "y", "loss", "prediction")} <= edges(state), "both wires of the one port"


def test_what_cannot_be_joined_is_deleted_and_the_reason_said(bench: Bench) -> None:
    bench.select("n4")
    bench.page.mouse.click(*middle(bench.node("n4").locator(".head")), button="right")
    item(bench, "Delete and join wires").click()
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == 7)
    assert not [edge for edge in edges(state) if edge[2] == "n5"]
    expect(bench.message).to_contain_text("Deleted, but not joined. Max pool 2D gives an image")


def test_arrows_walk_along_the_wires(bench: Bench) -> None:
    page = bench.page
    bench.select("n3")
    for key, id in [
        ("ArrowRight", "n4"),
        ("ArrowRight", "n5"),
        ("ArrowRight", "n6"),
        ("ArrowDown", "loss"),
        ("ArrowUp", "n6"),
        ("ArrowLeft", "n5"),
    ]:
        page.keyboard.press(key)
        selected(bench, id)
        expect(bench.node(id)).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    selected(bench, "n4", "n5")
    page.keyboard.press("ArrowLeft")
    selected(bench, "n3")
    page.keyboard.press("Escape")
    bench.until(lambda state: state["selection"] == [])
    page.keyboard.press("ArrowRight")
    selected(bench, "n4")
    assert bench.state["revision"] == 0, "walking moves nothing"


def test_walking_begins_at_the_first_block_and_not_at_a_frame(bench: Bench) -> None:
    bench.select("n0")
    bench.page.keyboard.press("Shift+N")
    bench.until(lambda state: len(state["graph"]["nodes"]) == 9, "a frame around it")
    bench.page.keyboard.press("Escape")
    bench.page.locator(".react-flow__pane").click(position={"x": 400, "y": 20})
    bench.until(lambda state: state["selection"] == [])
    bench.page.keyboard.press("ArrowRight")
    selected(bench, "n0")


def test_everything_before_and_after_a_block_is_selected(bench: Bench) -> None:
    bench.select("n4")
    bench.page.keyboard.press("Control+Shift+ArrowRight")
    selected(bench, "n4", "n5", "n6", "loss")
    bench.select("n2")
    bench.page.keyboard.press("Control+Shift+ArrowLeft")
    selected(bench, "n0", "n1", "n2")


def test_the_menu_of_a_block_selects_it_and_is_driven_by_keyboard(bench: Bench) -> None:
    page = bench.page
    bench.select("n1")
    page.mouse.click(*middle(bench.node("n3").locator(".head")), button="right")
    menu = page.get_by_role("menu", name="Block")
    expect(menu).to_be_visible()
    selected(bench, "n3")
    expect(item(bench, "Cut")).to_be_focused()
    expect(item(bench, "Duplicate").locator("kbd")).to_have_text("Ctrl+D")
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem").last).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(item(bench, "Cut")).to_be_focused()
    page.keyboard.press("d")
    expect(item(bench, "Duplicate")).to_be_focused()
    page.keyboard.press("Enter")
    bench.until(lambda state: len(state["graph"]["nodes"]) == 9)
    expect(menu).to_have_count(0)
    page.keyboard.press("Control+z")
    bench.until(lambda state: len(state["graph"]["nodes"]) == 8)
    bench.select("n3")
    page.keyboard.press("Shift+F10")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    selected(bench, "n3")


def test_the_menu_of_several_blocks_keeps_their_selection(bench: Bench) -> None:
    bench.select("n2", "n3")
    bench.page.mouse.click(*middle(bench.node("n3").locator(".head")), button="right")
    expect(item(bench, "Rename")).to_be_disabled()
    item(bench, "Select all upstream").click()
    selected(bench, "n0", "n1", "n2", "n3")


def test_the_menus_of_a_wire_and_of_the_canvas(bench: Bench) -> None:
    page = bench.page
    page.locator(".react-flow__edge[data-id=e4]").click(button="right", force=True)
    expect(page.get_by_role("menu", name="Wire")).to_be_visible()
    item(bench, "Insert a block").click()
    expect(page.get_by_role("dialog", name="Insert into the wire")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".react-flow__edge[data-id=e4]").click(button="right", force=True)
    item(bench, "Delete").click()
    bench.until(lambda state: len(state["graph"]["edges"]) == 6)
    page.mouse.click(700, 620, button="right")
    expect(page.get_by_role("menu", name="Canvas")).to_be_visible()
    page.get_by_role("menuitem", name="Undo").click()
    bench.until(lambda state: len(state["graph"]["edges"]) == 7)
    page.mouse.click(700, 620, button="right")
    item(bench, "Add a block here").click()
    expect(page.get_by_role("dialog", name="Add a block")).to_be_visible()


def test_copying_and_pasting_from_the_menu(bench: Bench) -> None:
    page = bench.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.mouse.click(*middle(bench.node("n3").locator(".head")), button="right")
    item(bench, "Copy").click()
    page.mouse.click(700, 620, button="right")
    page.get_by_role("menuitem", name="Paste", exact=False).first.click()
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == 9)
    box = bench.node(state["graph"]["nodes"][-1]["id"]).bounding_box()
    assert box and abs(box["x"] - 700) < 3 and abs(box["y"] - 620) < 3, "where the menu was opened"


def test_every_shortcut_is_listed(bench: Bench) -> None:
    page = bench.page
    bench.select("n1")
    page.keyboard.press("?")
    help = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help).to_be_visible()
    for title, keys in [
        ("Paste with incoming wires", "Ctrl+Shift+V"),
        ("Delete and join wires", "Ctrl+Delete"),
        ("Train", "Ctrl+Enter"),
        ("Walk along the wires", "←↑→↓"),
    ]:
        row = help.locator("dl > div").filter(has=page.get_by_text(title, exact=True))
        expect(row.locator("kbd").first).to_have_text(keys)
    page.keyboard.press("Delete")
    page.keyboard.press("End")
    expect(help.get_by_text("a long press")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(help).to_have_count(0)
    assert len(bench.state["graph"]["nodes"]) == 8, "keys do not reach the canvas behind it"
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(help).to_be_visible()


@pytest.mark.parametrize("key", ["Control+d", "Control+a", "Control+Shift+ArrowLeft", "Control+Delete", "Alt+ArrowLeft", "F2"])
def test_shortcuts_without_a_selection_do_no_harm(bench: Bench, key: str) -> None:
    bench.page.locator(".react-flow__pane").click(position={"x": 400, "y": 20})
    bench.page.keyboard.press(key)
    bench.page.wait_for_timeout(500)
    assert bench.state["revision"] == 0
    expect(bench.page.locator(".react-flow__node")).to_have_count(8)
