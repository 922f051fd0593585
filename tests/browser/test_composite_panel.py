"""The panel beside the canvas for composites: repeat, formulas with their mistakes, exposed parameters, open and unpack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_main_job import product

__all__ = ["product"]

PATIENCE_MS = 60_000


def document() -> dict[str, Any]:
    """Return a network of dense blocks whose middle is a composite with a width."""

    def block(id: str, type: str, x: int, **parameters: Any) -> dict[str, Any]:
        return {"id": id, "type": type, "name": "", "parameters": parameters, "position": [x, 0]}

    def wire(id: str, start: str, end: str) -> dict[str, Any]:
        (source, source_port), (target, target_port) = start.split("."), end.split(".")
        return {"id": id, "source": source, "source_port": source_port, "target": target, "target_port": target_port}

    inside = {
        "name": "Dense",
        "parameters": [{"name": "width", "default": 8, "minimum": 1}],
        "nodes": [
            block("x", "entry", 0),
            block("fc", "linear", 250, out_features="=width"),
            block("act", "relu", 500),
            block("y", "exit", 750),
        ],
        "edges": [wire("a", "x.y", "fc.x"), wire("b", "fc.y", "act.x"), wire("c", "act.y", "y.x")],
    }
    nodes = [block("in", "vector_input", 0, features=4), block("mid", "@dense", 250, width=16), block("out", "output", 500)]
    edges = [wire("d", "in.x", "mid.x"), wire("e", "mid.y", "out.x")]
    head = {"format": "gradloom/graph", "version": 1, "name": "Dense net"}
    return head | {"nodes": nodes, "edges": edges, "definitions": {"dense": inside}}


def node(page: Page, id: str) -> Locator:
    return page.locator(f'.react-flow__node[data-id="{id}"]')


@pytest.fixture
def opened(page: Page, product: tuple[str, int], tmp_path: Path) -> Page:
    """Return the app with the network on its canvas."""
    file = tmp_path / "dense.json"
    file.write_text(json.dumps(document()))
    page.goto(product[0])
    expect(page.locator(".react-flow__node").first).to_be_visible(timeout=PATIENCE_MS)
    page.locator(".st-key-gl-head button").first.click()
    page.locator("input[type=file]").first.set_input_files(file)
    expect(node(page, "mid")).to_be_visible(timeout=PATIENCE_MS)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=PATIENCE_MS)
    return page


def write(field: Locator, value: str) -> None:
    field.fill(value)
    field.press("Tab")


@pytest.mark.timeout(240)
def test_repeat_formula_mistake_parameter_and_back(opened: Page) -> None:
    page = opened
    panel = page.locator(".st-key-gl-panel")
    node(page, "mid").locator(".head").click()
    expect(panel.get_by_text("Used once.")).to_be_visible()
    write(panel.get_by_label("Repeat", exact=True), "3")
    expect(node(page, "mid").locator(".copies")).to_have_text("×3")

    write(panel.get_by_label("width", exact=True), "12")
    expect(node(page, "mid")).to_contain_text("(B, 12)")
    panel.get_by_role("button", name="Open", exact=True).click()
    trail = page.get_by_role("navigation", name="Where you are")
    expect(trail).to_contain_text("1 of 3")
    expect(node(page, "x")).to_contain_text("(B, 4)")
    trail.get_by_role("button", name="The copy after").click()
    expect(node(page, "x")).to_contain_text("(B, 12)")

    panel.get_by_role("button", name="Add a parameter").click()
    expect(panel.get_by_text("width_2 = 64")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(panel.get_by_text("width_2 = 64")).to_have_count(0)

    node(page, "fc").locator(".head").click()
    formula = panel.get_by_label("Out features", exact=True)
    expect(formula).to_have_value("=width")
    expect(panel.get_by_text("= 12", exact=True)).to_be_visible()
    write(formula, "=2 * widht")
    expect(panel.locator(".gl-formula mark")).to_have_text("w")
    expect(panel.get_by_text("there is no parameter 'widht' here").first).to_be_visible()
    write(panel.get_by_label("Out features", exact=True), "=2 * width")
    expect(panel.get_by_text("= 24", exact=True)).to_be_visible()
    expect(node(page, "fc")).to_contain_text("(B, 24)")
    panel.get_by_role("button", name="123").click()
    expect(panel.get_by_role("spinbutton", name="Out features")).to_have_value("24")
    expect(panel.get_by_label("Out features", exact=True)).to_have_count(1, timeout=15_000)

    trail.get_by_role("button", name="Dense net").click()
    node(page, "mid").locator(".head").click()
    panel.get_by_role("button", name="Unpack").click()
    expect(page.locator('.react-flow__node[data-id="fc_3"]')).to_be_visible()
