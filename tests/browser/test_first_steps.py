"""Three steps greet a first visit, point at the real things, go on by themselves, and come back only when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.canvas_bench import Bench, fresh, middle
from tests.browser.conftest import Server
from tests.screenshots import running


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Return a page in a browser that was never here."""
    context = browser.new_context(viewport={"width": 1024, "height": 768}, color_scheme="dark")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, f"the page reported {errors}"


@pytest.fixture
def steps(visitor: Page, harness: Server) -> Locator:
    """Return the first steps on a canvas with a small classifier."""
    Bench(visitor, harness, fresh("lenet")).open()
    return visitor.get_by_role("region", name="First steps")


def test_they_go_on_when_what_they_say_is_done(visitor: Page, harness: Server) -> None:
    bench = Bench(visitor, harness, fresh("empty")).open(wait=False)
    steps = visitor.get_by_role("region", name="First steps")
    expect(steps).to_contain_text("Step 1 of 3")
    bench.drag(middle(visitor.locator(".item[data-block=vector_input]")), (420, 500))
    expect(steps).to_contain_text("Connect the ports")
    visitor.get_by_role("searchbox", name="Search blocks").fill("Output")
    bench.drag(middle(visitor.locator(".item[data-block=output]")), (480, 640))
    ids = {node["type"]: node["id"] for node in bench.until(lambda state: len(state["graph"]["nodes"]) == 2)["graph"]["nodes"]}
    with bench.wire((ids["vector_input"], "x", "source"), (ids["output"], "x", "target")):
        pass
    expect(steps).to_contain_text("Step 3 of 3")


def test_dismissed_they_stay_away_until_they_are_called(visitor: Page, steps: Locator) -> None:
    expect(steps).to_contain_text("Drag a block")
    steps.get_by_role("button", name="Dismiss the first steps").click()
    expect(steps).to_have_count(0)
    visitor.reload()
    expect(visitor.locator(".react-flow__node").first).to_be_visible()
    visitor.wait_for_timeout(500)
    expect(steps).to_have_count(0)
    visitor.get_by_role("button", name="Show the first steps").click()
    expect(steps).to_contain_text("Step 1 of 3")


def test_the_keyboard_goes_through_them(visitor: Page, steps: Locator) -> None:
    expect(steps.get_by_role("button", name="Next")).not_to_be_focused()  # they come unasked, and take nothing from who is at work
    steps.get_by_role("button", name="Next").focus()
    visitor.keyboard.press("Enter")
    expect(steps).to_contain_text("Step 2 of 3")
    expect(steps.get_by_role("button", name="Next")).to_be_focused()
    visitor.keyboard.press("Shift+Tab")
    visitor.keyboard.press("Enter")
    expect(steps).to_contain_text("Step 1 of 3")
    visitor.keyboard.press("Escape")
    expect(steps).to_have_count(0)
    visitor.get_by_role("button", name="Show the first steps").focus()
    visitor.keyboard.press("Enter")
    expect(steps.get_by_role("button", name="Next")).to_be_focused()


@pytest.mark.timeout(240)
def test_they_point_at_palette_port_and_train_and_stay_within_the_window(visitor: Page) -> None:
    with running() as address:
        visitor.goto(address)
        follow(visitor)


def follow(visitor: Page) -> None:
    """Go through the steps on the real page, and look where they point."""
    steps = visitor.get_by_role("region", name="First steps")
    expect(steps).to_be_visible(timeout=60_000)
    expect(visitor.locator(".react-flow__node").first).to_be_visible()
    for target in (".palette-list", ".react-flow__handle.source", ".st-key-train button"):
        visitor.wait_for_timeout(700)
        ring, card = visitor.locator(".tour-ring").bounding_box(), steps.bounding_box()
        assert ring and card
        rings = [(ring["x"] + 4, ring["y"] + 4)]
        boxes = [box for element in visitor.locator(target).all() if (box := element.bounding_box())]
        assert any(abs(box["x"] - x) < 2 and abs(box["y"] - y) < 2 for box in boxes for x, y in rings), f"the ring is not around {target}"
        assert card["x"] >= 0 and card["y"] >= 0 and card["x"] + card["width"] <= 1024 and card["y"] + card["height"] <= 768
        steps.locator(".onward").click()
    expect(steps).to_have_count(0)
