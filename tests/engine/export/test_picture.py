"""A picture is XML that stands alone, shows what the canvas shows, and takes every name as text."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from app.theme import DARK, LIGHT
from engine.check import check
from engine.export import picture
from engine.export.lettering import broken, shortened, width_of
from engine.export.wiring import Box, Ends, path_of
from engine.graph.document import Definition, Edge, Graph, Node
from engine.library import ready, template, templates

SVG = "{http://www.w3.org/2000/svg}"


def drawn(graph: Graph) -> ElementTree.Element:
    """Return a picture, parsed."""
    return ElementTree.fromstring(picture(graph, check(graph), LIGHT, DARK))


def words(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", templates())
def test_every_network_of_the_library(name: str) -> None:
    graph = ready(name)
    root, report = drawn(graph), check(graph)
    assert len(root.findall(f"{SVG}g[@class='wires']/{SVG}path")) == len(graph.edges)
    assert len([group for group in root.iter(f"{SVG}g") if str(group.get("class")).startswith("block ")]) == len(graph.nodes)
    said = words(root)
    assert graph.name in said and f"{report.num_parameters:,} parameters" in said
    assert {node.name for node in graph.nodes.values() if len(node.name) < 15} <= set(said)
    left, top, width, height = map(float, str(root.get("viewBox")).split())
    for rectangle in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(str(rectangle.get(side))) for side in ("x", "y", "width", "height"))
        assert left <= x and x + w <= left + width and top <= y and y + h <= top + height


def test_shapes_counts_and_colours_are_those_of_the_canvas() -> None:
    root = drawn(template("lenet5"))
    said = words(root)
    assert "(B, 6, 28, 28)" in said and "61,706 parameters" in said
    assert "156 params" in said  # 6 filters of 25 weights and a bias
    assert "48.1K" in said or "48.1K params" in said  # 400 × 120 + 120
    style = str(root.findtext(f"{SVG}style"))
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    assert f"fill:{LIGHT.categories['convolution']}" in light and f"fill:{DARK.categories['convolution']}" in dark


def test_one_theme_alone_knows_nothing_of_the_other() -> None:
    graph = template("xor")
    text = picture(graph, check(graph), DARK)
    assert "prefers-color-scheme" not in text and DARK.background in text


HOSTILE = '</text><script>alert(1)</script><image href="http://x/"/>&amp;\x00\x1b]]>\ud800"\' onload="x'


def test_every_name_is_text() -> None:
    nodes = [
        Node("a", "vector_input", HOSTILE, {"features": 4}),
        Node("b", HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, (300.0, 0.0)),
        Node("c", "frame", HOSTILE, {"text": HOSTILE * 3}, (0.0, 300.0)),
    ]
    graph = Graph.of(HOSTILE, nodes, [Edge(HOSTILE, "a", "x", "b", HOSTILE), Edge("e2", "a", "no_such_port", "gone", "x")])
    text = picture(graph, check(graph), LIGHT)
    root = ElementTree.fromstring(text.encode("utf-8"))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {"svg", "title", "style", "rect", "g", "path", "circle", "text"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name]
    assert any("<script>alert(1)</script>" in (element.text or "") for element in root.iter(f"{SVG}title"))
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", re.sub(r">[^<]*<", "><", text)), "nothing is fetched"


def test_collapsed_bypassed_and_framed_blocks() -> None:
    graph = template("lenet5")
    nodes = dict(graph.nodes)
    nodes["conv1"] = replace(nodes["conv1"], collapsed=True)
    nodes["tanh1"] = replace(nodes["tanh1"], bypassed=True)
    nodes["frame"] = Node("frame", "frame", "First part", {"text": "Twice as wide.", "width": 700, "height": 300}, (-40.0, -400.0))
    root = drawn(replace(graph, nodes=nodes))
    said = words(root)
    assert "First part" in said and "Twice as wide." in said
    assert "156 params" not in said, "a collapsed block shows its title alone"
    assert len([group for group in root.iter(f"{SVG}g") if str(group.get("class")).endswith(" bypassed")]) == 1


def test_a_composite_is_drawn_with_its_own_ports() -> None:
    body = Graph.of(
        "Stage",
        [Node("i", "entry", "features"), Node("l", "linear", "l", {"out_features": 4}), Node("o", "exit", "result")],
        [Edge("e1", "i", "y", "l", "x"), Edge("e2", "l", "y", "o", "x")],
    )
    nodes = [Node("a", "vector_input", "a", {"features": 4}), Node("s", "@stage", "", {"repeat": 3}, (300.0, 0.0))]
    graph = replace(Graph.of("N", nodes, [Edge("e", "a", "x", "s", "features")]), definitions={"stage": Definition("stage", body)})
    root = drawn(graph)
    assert {"Stage × 3", "features", "result"} <= set(words(root))
    assert len(root.findall(f"{SVG}g[@class='wires']/{SVG}path")) == 1


def test_an_empty_network_is_a_picture() -> None:
    assert "0 parameters" in words(drawn(Graph()))


def test_a_wire_goes_straight_on_or_round_what_stands_between() -> None:
    boxes = [Box("a", 0, 0, 200, 96), Box("b", 240, 0, 440, 96), Box("c", 480, 0, 680, 96)]
    straight = path_of(Ends("a", "b", (200, 49), (240, 49)), boxes)
    assert straight == "M200,49C220,49 220,49 240,49"
    around = path_of(Ends("a", "c", (200, 49), (480, 49)), boxes)
    heights = {float(y) for y in re.findall(r"[ML ](?:-?[\d.]+),(-?[\d.]+)", around)}
    assert "C" not in around and (min(heights) < -4 or max(heights) > 100), "past the block between"


def test_text_is_cut_where_it_does_not_fit() -> None:
    assert shortened("short", 14, 100) == "short"
    cut = shortened("a name that is far too long", 14, 100)
    assert cut.endswith("…") and width_of(cut, 14) <= 100
    lines = broken("one two three four five six", 12, 60)
    assert len(lines) > 2 and " ".join(lines) == "one two three four five six"
