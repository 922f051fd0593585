"""The canvas under fingers, in Chromium's emulation of a tablet: long press, pinch, a block dragged from the list, the list scrolled."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.canvas_bench import Bench, edges, fresh, middle, new_node
from tests.browser.conftest import Server

NODES = [f"n{i}" for i in range(7)] + ["loss"]
At = tuple[float, float]


class Fingers:
    """Touch points on a page, as the browser's own input receives them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._session: CDPSession = page.context.new_cdp_session(page)

    def touch(self, kind: str, *at: At) -> None:
        points = [{"x": x, "y": y, "id": index} for index, (x, y) in enumerate(at)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def down(self, *at: At) -> None:
        self.touch("touchStart", *at)

    def move(self, *ways: tuple[At, At], steps: int = 12) -> None:
        for step in range(1, steps + 1):
            at = [(a[0] + (b[0] - a[0]) * step / steps, a[1] + (b[1] - a[1]) * step / steps) for a, b in ways]
            self.touch("touchMove", *at)
            self.page.wait_for_timeout(16)

    def up(self) -> None:
        self.touch("touchEnd")


@pytest.fixture
def tablet(browser: Browser, harness: Server) -> Iterator[Bench]:
    """Return a canvas on a tablet in landscape."""
    context = browser.new_context(viewport={"width": 1180, "height": 820}, has_touch=True, is_mobile=True)
    context.set_default_timeout(15_000)
    context.add_init_script("localStorage.setItem('gradloom.tour', 'true')")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield Bench(page, harness, fresh("lenet")).open()
    context.close()
    assert not errors, f"the page reported {errors}"


def zoom(bench: Bench) -> float:
    found = re.search(r"scale\(([\d.]+)\)", bench.page.locator(".react-flow__viewport").get_attribute("style") or "")
    assert found
    return float(found.group(1))


def test_a_long_press_on_a_block_opens_its_menu(tablet: Bench) -> None:
    fingers = Fingers(tablet.page)
    fingers.down(middle(tablet.node("n3").locator(".head")))
    expect(tablet.page.get_by_role("menu", name="Block")).to_be_visible()
    fingers.up()
    tablet.until(lambda state: state["selection"] == ["n3"])
    tablet.page.wait_for_timeout(300)
    duplicate = tablet.page.get_by_role("menuitem", name="Duplicate")
    box = duplicate.bounding_box()
    assert box and box["height"] >= 36, "large enough for a finger"
    duplicate.tap()
    tablet.until(lambda state: len(state["graph"]["nodes"]) == 9)
    expect(tablet.page.get_by_role("menu")).to_have_count(0)


def test_a_long_press_on_the_canvas_adds_a_block(tablet: Bench) -> None:
    fingers = Fingers(tablet.page)
    fingers.down((500, 600))
    expect(tablet.page.get_by_role("menu", name="Canvas")).to_be_visible()
    fingers.up()
    tablet.page.get_by_role("menuitem", name="Add a block here").tap()
    tablet.page.locator('[data-option="relu"]').tap()
    assert new_node(tablet, NODES)["type"] == "relu"


def test_a_finger_that_moves_is_no_long_press(tablet: Bench) -> None:
    fingers = Fingers(tablet.page)
    before = tablet.page.locator(".react-flow__viewport").get_attribute("style")
    fingers.down((500, 600))
    fingers.move(((500, 600), (560, 560)))
    tablet.page.wait_for_timeout(700)
    fingers.up()
    assert tablet.page.get_by_role("menu").count() == 0
    assert tablet.page.locator(".react-flow__viewport").get_attribute("style") != before, "it moves the view"


def test_two_fingers_zoom_the_canvas_and_not_the_page(tablet: Bench) -> None:
    fingers = Fingers(tablet.page)
    before = zoom(tablet)
    fingers.down((600, 500), (660, 500))
    fingers.move(((600, 500), (520, 460)), ((660, 500), (740, 540)))
    fingers.up()
    tablet.page.wait_for_timeout(300)
    assert zoom(tablet) > before * 1.5
    assert tablet.page.evaluate("visualViewport.scale") == 1
    assert tablet.page.get_by_role("menu").count() == 0


def test_a_block_is_dragged_from_the_list_with_a_finger(tablet: Bench) -> None:
    fingers = Fingers(tablet.page)
    start, to = middle(tablet.page.locator('[data-block="dropout"]')), (520.0, 640.0)
    fingers.down(start)
    fingers.move((start, to))
    expect(tablet.page.locator(".ghost")).to_be_visible()
    fingers.up()
    node = new_node(tablet, NODES)
    box = tablet.node(node["id"]).bounding_box()
    assert node["type"] == "dropout" and box and box["x"] < to[0] < box["x"] + box["width"]


def test_the_list_of_blocks_is_scrolled_with_a_finger(tablet: Bench) -> None:
    fingers = Fingers(tablet.page)
    start = middle(tablet.page.locator('[data-block="dropout"]'))
    fingers.down(start)
    fingers.move((start, (start[0] + 2, start[1] - 200)))
    fingers.up()
    tablet.page.wait_for_timeout(300)
    assert tablet.page.locator(".palette-list").evaluate("(list) => list.scrollTop") > 100
    assert tablet.state["revision"] == 0, "scrolling adds nothing"


def test_a_block_is_moved_with_a_finger(tablet: Bench) -> None:
    fingers = Fingers(tablet.page)
    start = middle(tablet.node("n4").locator(".head"))
    fingers.down(start)
    fingers.move((start, (start[0] - 40, start[1] + 120)))
    fingers.up()
    state = tablet.until(lambda state: state["revision"] == 1, "one edit")
    moved = next(node for node in state["graph"]["nodes"] if node["id"] == "n4")
    assert moved["position"][1] > 260 + 100 and tablet.page.get_by_role("menu").count() == 0


def test_a_wire_is_drawn_with_a_finger(tablet: Bench) -> None:
    tablet.page.locator(".react-flow__edge[data-id=e3]").click(force=True)
    tablet.page.keyboard.press("Delete")
    tablet.until(lambda state: len(state["graph"]["edges"]) == 6)
    fingers = Fingers(tablet.page)
    start, end = middle(tablet.port("n3", "y", "source")), middle(tablet.port("n4", "x", "target"))
    fingers.down(start)
    fingers.move((start, end))
    fingers.up()
    tablet.until(lambda state: ("n3", "y", "n4", "x") in edges(state), "the wire")
