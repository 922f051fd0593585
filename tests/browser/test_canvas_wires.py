"""Wires in a real browser: drawn, refused with the reason, moved, and led past the blocks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.canvas_bench import Bench, edges, middle, new_node


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


BEHIND = """(host) => [...host.querySelectorAll(".react-flow__edge")].flatMap((edge) => {
  const path = edge.querySelector(".react-flow__edge-path");
  const matrix = path.getScreenCTM();
  const length = path.getTotalLength();
  const points = Array.from({ length: 200 }, (_, i) => path.getPointAtLength((length * (i + 0.5)) / 200).matrixTransform(matrix));
  const blocks = [...host.querySelectorAll(".react-flow__node")].map((node) => [node.dataset.id, node.getBoundingClientRect()]);
  const inside = ({ x, y }, box) => x > box.left + 7 && x < box.right - 7 && y > box.top && y < box.bottom; // ports stand out
  return blocks.filter(([, box]) => points.some((point) => inside(point, box))).map(([id]) => `${edge.dataset.id} behind ${id}`);
})"""


def test_wires_run_past_the_blocks_also_while_one_is_dragged(bench: Bench) -> None:
    host = bench.page.locator(".canvas-host")
    way = bench.page.locator(".react-flow__edge[data-id=e3] .react-flow__edge-path")
    assert host.evaluate(BEHIND) == [], "the wire back to the second row takes the gap between the rows"
    before = way.get_attribute("d")
    corner = bench.node("n2").bounding_box()
    assert corner is not None
    at = (corner["x"] + 60, corner["y"] + 12)
    bench.page.mouse.move(*at)
    bench.page.mouse.down()
    bench.page.mouse.move(at[0] - 10, at[1] + 75, steps=8)
    expect(way).not_to_have_attribute("d", before or "")
    assert [found for found in host.evaluate(BEHIND) if found.startswith("e3")] == [], "a block that is put into its way is passed too"
    bench.page.mouse.up()


def test_an_open_target_of_a_loss_says_what_it_takes(bench: Bench) -> None:
    expect(bench.node("loss").get_by_text("data set’s own")).to_be_visible()
    expect(bench.port("loss", "target", "target")).to_have_attribute("title", re.compile("optional: the data set’s own target"))
    bench.page.locator('[data-block="token_input"]').click()
    tokens = new_node(bench, [f"n{i}" for i in range(7)] + ["loss"])["id"]
    bench.page.keyboard.press("1")
    bench.page.wait_for_timeout(400)
    with bench.wire((tokens, "x", "source"), ("loss", "target", "target")):
        expect(bench.message).to_have_text("x → target")
    expect(bench.node("loss").get_by_text("data set’s own")).to_have_count(0)
