"""A problem is explained where it is, with its fix as a button: on the block, in the list, at a refused wire; undo takes it back."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.canvas_bench import Bench, edges


def types(state: dict[str, Any]) -> list[str]:
    """Return the types of the blocks that Python holds."""
    return sorted(node["type"] for node in state["graph"]["nodes"])


def test_a_button_in_the_list_solves_the_problem_and_undo_takes_it_back(bench: Bench, page: Page) -> None:
    before = bench.state["graph"]
    bench.select("loss")
    page.keyboard.press("Delete")
    page.get_by_role("button", name="1 problem").click()
    page.locator(".problems").get_by_role("button", name="Add Cross-entropy loss").click()
    after = bench.until(lambda state: types(state).count("cross_entropy") == 1, "a loss again")
    assert ("n5", "y", "cross_entropy_1", "prediction") in edges(after)
    expect(page.get_by_text("No problems")).to_be_visible()
    page.locator(".react-flow__pane").click(position={"x": 40, "y": 500})
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    bench.until(lambda state: state["graph"] == before, "the network as it was")


def test_a_block_offers_its_likeliest_fix_itself(bench: Bench, page: Page) -> None:
    bench.select("n4")
    page.keyboard.press("Delete")
    bench.until(lambda state: "flatten" not in types(state))
    bench.node("n5").get_by_role("button", name="Connect").click()
    bench.until(lambda state: types(state).count("flatten") == 1, "the pooling connected through a new Flatten")
    expect(page.get_by_text("No problems")).to_be_visible()


def test_a_wire_that_brings_another_size_is_answered_at_the_block_at_once(bench: Bench, page: Page) -> None:
    page.get_by_role("searchbox", name="Search blocks").fill("Add")
    page.locator(".item[data-block=add]").click()
    add = next(id for id in bench.until(lambda state: "add" in types(state))["graph"]["nodes"] if id["type"] == "add")["id"]
    page.get_by_role("button", name="Arrange automatically").click()
    page.wait_for_timeout(400)
    with bench.wire(("n0", "x", "source"), (add, "xs", "target")):
        pass
    with bench.wire(("n1", "y", "source"), (add, "xs", "target")):
        pass
    popover = page.locator(".popover")
    expect(popover).to_contain_text("what is added must have the same shape, got (B, 1, 28, 28) and (B, 6, 24, 24)")
    popover.get_by_role("button").filter(has_text="projection").first.click()
    expect(popover).to_have_count(0)
    bench.until(lambda state: types(state).count("conv2d") == 2, "a projection")
    page.keyboard.press("Control+z")
    bench.until(lambda state: types(state).count("conv2d") == 1, "no projection")


def test_a_wire_refused_for_its_kind_can_be_had_with_a_block_in_between(bench: Bench, page: Page) -> None:
    page.locator(".item[data-block=linear]").click()
    linear = next(
        n
        for n in bench.until(lambda state: types(state).count("linear") == 2)["graph"]["nodes"]
        if n["type"] == "linear" and n["id"] != "n5"
    )["id"]
    page.get_by_role("button", name="Arrange automatically").click()
    page.wait_for_timeout(400)
    with bench.wire(("n1", "y", "source"), (linear, "x", "target")):
        expect(bench.message).to_contain_text("gives an image")
    page.get_by_role("button", name="Insert Flatten").click()
    state = bench.until(lambda state: types(state).count("flatten") == 2, "a Flatten in between")
    assert ("flatten_1", "y", linear, "x") in edges(state) and ("n1", "y", "flatten_1", "x") in edges(state)
    page.keyboard.press("Control+z")
    bench.until(lambda state: types(state).count("flatten") == 1 and types(state).count("linear") == 2, "one step taken back")


def test_the_keyboard_reaches_every_button(bench: Bench, page: Page) -> None:
    bench.select("loss")
    page.keyboard.press("Delete")
    page.get_by_role("button", name="1 problem").focus()
    page.keyboard.press("Enter")
    button = page.locator(".problems .fix").first
    button.focus()
    page.keyboard.press("Enter")
    bench.until(lambda state: types(state).count("cross_entropy") == 1, "a loss again")
