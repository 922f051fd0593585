"""Composites on the canvas: made of a selection, entered, edited from inside, unpacked; every use of one follows."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.canvas_bench import Bench, fresh, new_node


def group(bench: Bench, page: Page) -> str:
    """Make a composite of convolution and activation, and return the id of the block that uses it."""
    bench.select("n1", "n2")
    page.keyboard.press("Control+g")
    state = bench.until(lambda state: len(state["graph"]["definitions"]) == 1 and len(state["selection"]) == 1, "a composite")
    chosen: str = state["selection"][0]
    assert chosen in [node["id"] for node in state["graph"]["nodes"]]
    return chosen


def body(state: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the blocks of the only definition, by type."""
    (definition,) = state["graph"]["definitions"].values()
    return {node["type"]: node for node in definition["nodes"]}


def test_group_enter_edit_leave_unpack_and_undo(bench: Bench, page: Page) -> None:
    before = bench.state["graph"]
    block = group(bench, page)
    expect(bench.node(block).locator(".composite")).to_be_visible()
    expect(bench.node(block)).to_contain_text("(B, 6, 24, 24)")
    page.keyboard.press("Control+d")
    state = bench.until(lambda state: len([n for n in state["graph"]["nodes"] if n["type"].startswith("@")]) == 2, "two uses")
    second = next(node["id"] for node in state["graph"]["nodes"] if node["type"].startswith("@") and node["id"] != block)
    page.get_by_role("button", name="Arrange automatically").click()
    page.wait_for_timeout(300)
    with bench.wire(("n0", "x", "source"), (second, "x", "target")):
        pass
    expect(bench.node(second)).to_contain_text("(B, 6, 24, 24)")

    bench.node(block).locator(".head").dblclick()
    trail = page.get_by_role("navigation", name="Where you are")
    expect(trail).to_contain_text("LeNet›Block")
    expect(page.locator(".react-flow__node")).to_have_count(4)
    bench.select("n1")
    page.get_by_label("out_channels of n1").fill("9")
    page.get_by_label("out_channels of n1").press("Tab")
    bench.until(lambda state: body(state)["conv2d"]["parameters"]["out_channels"] == 9, "nine filters inside")
    expect(bench.node("n1")).to_contain_text("(B, 9, 24, 24)")

    trail.get_by_role("button", name="LeNet").click()
    expect(trail).to_have_count(0)
    for use in (block, second):
        expect(bench.node(use)).to_contain_text("(B, 9, 24, 24)")

    bench.select(second)
    page.keyboard.press("Delete")
    bench.select(block)
    page.keyboard.press("Control+Shift+g")
    state = bench.until(lambda state: not state["graph"]["definitions"], "no composite")
    assert sorted(node["type"] for node in state["graph"]["nodes"]) == sorted(node["type"] for node in before["nodes"])
    for _ in range(20):
        if bench.state["graph"] == before:
            break
        page.keyboard.press("Control+z")
        page.wait_for_timeout(150)
    bench.until(lambda state: state["graph"] == before, "the network as it was")


def test_enter_and_leave_by_keyboard_and_undo_of_what_is_open(bench: Bench, page: Page) -> None:
    group(bench, page)
    page.keyboard.press("Enter")
    trail = page.get_by_role("navigation", name="Where you are")
    expect(trail).to_be_visible()
    page.keyboard.press("Shift+Enter")
    expect(trail).to_have_count(0)
    page.keyboard.press("Enter")
    expect(trail).to_have_count(0)  # nothing is selected any more
    page.locator(".block.composite").locator(".head").click()
    page.keyboard.press("Enter")
    expect(trail).to_be_visible()
    page.keyboard.press("Alt+ArrowLeft")
    expect(trail).to_have_count(0)
    page.locator(".block.composite").locator(".head").dblclick()
    expect(trail).to_be_visible()
    page.keyboard.press("Control+z")
    expect(trail).to_have_count(0)
    expect(bench.node("n1")).to_be_visible()


def test_inside_ports_are_offered_and_the_composite_itself_is_not(bench: Bench, page: Page) -> None:
    block = group(bench, page)
    expect(page.locator('.palette .item[data-block^="@"]')).to_have_text("Block")
    expect(page.locator('.palette .item[data-block="entry"]')).to_have_count(0)
    bench.node(block).locator(".head").dblclick()
    expect(page.locator('.palette .item[data-block="entry"]')).to_be_visible()
    expect(page.locator('.palette .item[data-block^="@"]')).to_have_count(0)
    expect(page.locator('.palette .item[data-block="cross_entropy"]')).to_have_count(0)
    page.locator('.palette .item[data-block="entry"]').click()
    state = bench.until(lambda state: len(next(iter(state["graph"]["definitions"].values()))["nodes"]) == 5, "an entry more")
    (definition,) = state["graph"]["definitions"].values()
    assert [node["name"] for node in definition["nodes"] if node["type"] == "entry"] == ["x", "x2"]
    page.get_by_role("button", name="Back to the level above").click()
    expect(bench.node(block).locator(".react-flow__handle.target")).to_have_count(2)


def test_a_composite_in_itself_is_refused_with_a_sentence(bench: Bench, page: Page) -> None:
    block = group(bench, page)
    page.keyboard.press("Control+c")
    bench.node(block).locator(".head").dblclick()
    expect(page.get_by_role("navigation", name="Where you are")).to_be_visible()
    page.wait_for_timeout(300)
    page.keyboard.press("Control+v")
    expect(bench.message).to_contain_text("cannot contain itself")
    assert len(body(bench.state)) == 4


def test_a_renamed_port_keeps_its_wires(bench: Bench, page: Page) -> None:
    block = group(bench, page)
    bench.node(block).locator(".head").dblclick()
    entry = next(node["id"] for node in body(bench.state).values() if node["type"] == "entry")
    bench.select(entry)
    page.keyboard.press("F2")
    page.locator(".name-field").fill("image")
    page.keyboard.press("Enter")
    bench.until(lambda state: any(edge["target_port"] == "image" for edge in state["graph"]["edges"]), "the wire at the new name")
    page.keyboard.press("Shift+Enter")
    expect(bench.node(block)).to_contain_text("image")
    expect(page.get_by_text("No problems")).to_be_visible()


def test_two_tabs_at_two_levels(bench: Bench, page: Page) -> None:
    block = group(bench, page)
    other = page.context.new_page()
    inner = Bench(other, bench.server, bench.graph).open()
    inner.node(block).locator(".head").dblclick()
    expect(other.locator(".react-flow__node")).to_have_count(4)
    other.locator('.palette .item[data-block="dropout"]').click()
    bench.until(lambda state: "dropout" in body(state), "a block more inside")
    page.locator('.palette .item[data-block="gelu"]').click()
    new_node(bench, [node["id"] for node in bench.state["graph"]["nodes"] if node["type"] != "gelu"])
    other.wait_for_timeout(400)
    expect(other.locator(".react-flow__node")).to_have_count(5)
    assert bench.store("store.resyncs") == 0
    assert inner.store("store.resyncs") == 0
    other.close()


def test_a_composite_is_not_pasted_into_a_network_that_does_not_know_it(bench: Bench, page: Page) -> None:
    group(bench, page)
    page.keyboard.press("Control+c")
    other = Bench(page, bench.server, fresh("empty")).open(wait=False)
    page.locator(".react-flow__pane").click(position={"x": 300, "y": 300})
    page.keyboard.press("Control+v")
    expect(other.message).to_contain_text("Composites stay in their network")
    assert other.state["graph"]["nodes"] == []
