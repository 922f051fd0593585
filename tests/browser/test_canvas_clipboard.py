"""Copying and pasting through the system's clipboard: between networks and tabs, with incoming wires, and never what is not ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.canvas_bench import Bench, edges, fresh
from tests.browser.conftest import Server

CLIP: dict[str, Any] = {
    "format": "gradloom/blocks",
    "version": 1,
    "graph": "elsewhere",
    "nodes": [{"id": "a", "type": "relu", "name": "", "parameters": {}, "position": [0, 0]}],
    "edges": [],
    "incoming": [],
}


@pytest.fixture
def granted(bench: Bench, context: BrowserContext) -> Bench:
    """Return a canvas whose test may read and write the clipboard; what is tested reads it through the browser's paste event."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    return bench


def put(page: Page, text: str) -> None:
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)


def held(page: Page) -> str:
    text: str = page.evaluate("() => navigator.clipboard.readText()")
    return text


def test_what_is_copied_is_text_that_another_tab_pastes(granted: Bench, context: BrowserContext, harness: Server) -> None:
    bench = granted
    bench.select("n2", "n3")
    bench.page.keyboard.press("Control+c")
    copied = json.loads(held(bench.page))
    assert copied["format"] == "gradloom/blocks" and {node["type"] for node in copied["nodes"]} == {"relu", "max_pool2d"}
    assert [edge["id"] for edge in copied["incoming"]] == ["e1"]
    page = context.new_page()
    other = Bench(page, harness, fresh("empty")).open(wait=False)
    page.locator(".react-flow__pane").click()
    page.keyboard.press("Control+v")
    state = other.until(lambda state: len(state["graph"]["nodes"]) == 2, "the blocks in the other network")
    assert len(state["graph"]["edges"]) == 1 and not {"n2", "n3"} & {node["id"] for node in state["graph"]["nodes"]}
    expect(page.locator(".react-flow__node")).to_have_count(2)
    for node in page.locator(".react-flow__node").all():
        expect(node).to_be_in_viewport()
    page.keyboard.press("Control+Shift+v")
    other.until(lambda state: len(state["graph"]["nodes"]) == 4)
    expect(other.message).to_contain_text("The wires from outside stayed behind")
    page.close()


def test_incoming_wires_are_kept_on_request_alone(bench: Bench) -> None:
    bench.select("n5")
    bench.page.keyboard.press("Control+c")
    bench.page.keyboard.press("Control+v")
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == 9)
    assert len(state["graph"]["edges"]) == 7
    bench.page.keyboard.press("Control+Shift+v")
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == 10)
    copy = state["graph"]["nodes"][-1]
    assert ("n4", "y", copy["id"], "x") in edges(state) and len(state["graph"]["edges"]) == 8
    places = {tuple(node["position"]) for node in state["graph"]["nodes"] if node["type"] == "linear"}
    assert len(places) == 3, "no copy covers another"
    bench.page.keyboard.press("Control+z")
    bench.until(lambda state: len(state["graph"]["nodes"]) == 9 and len(state["graph"]["edges"]) == 7, "one step back")


NOWHERE = {"id": "e", "source": "a", "source_port": "y", "target": "b", "target_port": "x"}
HOSTILE: list[tuple[str, Any, str]] = [
    ("text", "Dear canvas, have a nice day", "The clipboard holds no blocks"),
    ("other JSON", {"nodes": [], "edges": []}, "The clipboard holds no blocks"),
    ("a list", [1, 2], "The clipboard holds no blocks"),
    ("newer", CLIP | {"version": 2}, "another version of Gradloom"),
    ("huge", "x" * 8_000_001, "8,000,001 characters"),
    ("no blocks", CLIP | {"nodes": []}, "there are no blocks"),
    ("a block that is none", CLIP | {"nodes": [None]}, "block 1 cannot be read"),
    ("far away", CLIP | {"nodes": [CLIP["nodes"][0] | {"position": [0, 1e300]}]}, "its position must be a number"),
    ("a nested value", CLIP | {"nodes": [CLIP["nodes"][0] | {"parameters": {"a": {"b": 1}}}]}, "is no number, word or short list"),
    ("a long name", CLIP | {"nodes": [CLIP["nodes"][0] | {"name": "n" * 201}]}, "its name must be text of at most 200"),
    ("NUL", CLIP | {"nodes": [CLIP["nodes"][0] | {"name": "a\0b"}]}, "its name must be text"),
    ("twins", CLIP | {"nodes": CLIP["nodes"] * 2}, "two blocks have the same id"),
    (
        "a wire to nowhere",
        CLIP | {"edges": [NOWHERE]},
        "a wire leads",
    ),
    ("too many", CLIP | {"nodes": [0] * 20_001}, "20,001 blocks, more than 20,000"),
]


def test_what_comes_from_elsewhere_is_refused_in_one_sentence_and_changes_nothing(granted: Bench) -> None:
    bench = granted
    bench.page.locator(".react-flow__pane").click(position={"x": 400, "y": 20})
    for what, content, sentence in HOSTILE:
        put(bench.page, content if isinstance(content, str) else json.dumps(content))
        bench.page.keyboard.press("Control+v")
        expect(bench.message, what).to_contain_text(sentence)
        bench.page.get_by_role("button", name="Dismiss").click()
        bench.page.locator(".react-flow__pane").click(position={"x": 400, "y": 20})
    assert bench.state["revision"] == 0 and len(bench.state["graph"]["nodes"]) == 8


def test_what_is_pasted_is_text_and_nothing_else(granted: Bench) -> None:
    bench = granted
    node = CLIP["nodes"][0] | {
        "name": "<img src=x onerror=alert(1)>",
        "bypassed": True,
        "onclick": "alert(1)",
        "__proto__": {"polluted": True},
    }
    put(bench.page, json.dumps(CLIP | {"nodes": [node | {"shares_weights_with": "n1"}]}))
    bench.page.locator(".react-flow__pane").click(position={"x": 400, "y": 20})
    bench.page.keyboard.press("Control+v")
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == 9)
    pasted = state["graph"]["nodes"][-1]
    assert pasted["bypassed"] is True
    assert set(pasted) <= {"id", "type", "name", "parameters", "position", "bypassed"}, "a partner in another network is none here"
    expect(bench.node(pasted["id"]).locator(".title")).to_have_text("<img src=x onerror=alert(1)>")
    assert bench.node(pasted["id"]).locator("img").count() == 0
    assert bench.page.evaluate("() => ({}).polluted") is None


KEPT_FROM = """Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined });
for (const name of %s) window.addEventListener(name, (event) => event.stopImmediatePropagation(), true);"""


@pytest.mark.parametrize("events", [["copy", "cut", "paste"], ["copy", "cut"]])
def test_copying_and_pasting_on_one_page_need_no_clipboard(page: Page, harness: Server, granted: Bench, events: list[str]) -> None:
    put(granted.page, "what somebody copied elsewhere")
    page.add_init_script(KEPT_FROM % json.dumps(events))
    bench = Bench(page, harness, fresh("lenet")).open()
    bench.select("n2")
    page.keyboard.press("Control+v")
    expect(bench.message).to_contain_text("keeps the clipboard from the page" if "paste" in events else "The clipboard holds no blocks")
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    bench.until(lambda state: len(state["graph"]["nodes"]) == 9)
    page.keyboard.press("Control+x")
    bench.until(lambda state: len(state["graph"]["nodes"]) == 8)
    page.keyboard.press("Control+Shift+v")
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == 9)
    assert state["graph"]["nodes"][-1]["type"] == "relu"
