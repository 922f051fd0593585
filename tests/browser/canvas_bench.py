"""Hold one canvas in a browser, and what Python knows of its graph, for the tests of the canvas; the page is canvas_harness.py."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Server

_fresh = count()


def fresh(name: str) -> str:
    """Return the name of a graph that no test has used."""
    return f"{name}{next(_fresh)}"


class Bench:
    """One canvas on a page, and what Python holds of its graph."""

    def __init__(self, page: Page, server: Server, graph: str, query: str = "") -> None:
        self.page, self.server, self.graph = page, server, graph
        self.address = f"{server.address}/?graph={graph}{query}"

    def open(self, wait: bool = True) -> Bench:
        self.page.goto(self.address)
        expect(self.page.locator(".react-flow")).to_be_visible(timeout=60_000)
        if wait:
            expect(self.page.locator(".react-flow__node").first).to_be_visible()
        self.until(lambda state: True)
        return self

    @property
    def state(self) -> dict[str, Any]:
        file = self.server.home / "state" / f"{self.graph}.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def until(self, holds: Callable[[dict[str, Any]], bool], what: str = "") -> dict[str, Any]:
        """Wait until Python's side is as wanted, and return it."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            state = self.state
            if state and holds(state):
                return state
            time.sleep(0.02)
        raise AssertionError(f"Python never came to {what or 'the wanted state'}: {json.dumps(self.state)[:3000]}")

    def ids(self) -> list[str]:
        return [node["id"] for node in self.state["graph"]["nodes"]]

    def node(self, id: str) -> Locator:
        return self.page.locator(f'.react-flow__node[data-id="{id}"]')

    def port(self, node: str, port: str, side: str) -> Locator:
        return self.page.locator(f'.react-flow__node[data-id="{node}"] .react-flow__handle.{side}[data-handleid="{port}"]')

    def select(self, *ids: str) -> None:
        for i, id in enumerate(ids):
            self.node(id).locator(".head").click(modifiers=["Control"] if i else [])
        self.until(lambda state: sorted(state["selection"]) == sorted(ids), f"selection {ids}")

    @contextmanager
    def wire(self, start: tuple[str, str, str], end: tuple[str, str, str]) -> Iterator[None]:
        """Draw a wire from a port to a port; the body runs while it is held there."""
        a, b = middle(self.port(*start)), middle(self.port(*end))
        self.page.mouse.move(*a)
        self.page.mouse.down()
        self.page.mouse.move(a[0] + 12, a[1] + 6, steps=3)
        self.page.mouse.move(b[0] - 3, b[1] + 2, steps=8)
        self.page.mouse.move(*b, steps=2)
        yield
        self.page.mouse.up()

    def drag(self, start: tuple[float, float], to: tuple[float, float], steps: int = 10) -> None:
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*to, steps=steps)
        self.page.mouse.up()

    def store(self, expression: str) -> Any:
        """Evaluate an expression over the canvas's own store."""
        return self.page.locator(".canvas-host").evaluate(f"(host) => {{ const store = host.store; return {expression}; }}")

    @property
    def message(self) -> Locator:
        return self.page.locator(".messages [role=status]")


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def edges(state: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    return {(edge["source"], edge["source_port"], edge["target"], edge["target_port"]) for edge in state["graph"]["edges"]}


def new_node(bench: Bench, before: list[str]) -> dict[str, Any]:
    state = bench.until(lambda state: len(state["graph"]["nodes"]) == len(before) + 1, "one more block")
    node: dict[str, Any] = next(node for node in state["graph"]["nodes"] if node["id"] not in before)
    return node
