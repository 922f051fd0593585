"""The viewer and the thumbnails draw the document, and nothing a user typed is more than text in them."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ElementTree

import pytest

from app.theme import LIGHT
from app.thumbnail import thumbnail
from app.viewer import as_text, flow_edges, flow_nodes, title_of
from engine.graph.document import Edge, Graph, Node
from engine.library import ready, template, templates

HOSTILE = [
    "<script>alert(1)</script>",
    "**bold**",
    "![x](http://evil.example/x.png)",
    "[a](javascript:alert(1))",
    "`code`",
    "&lt;b&gt;",
    "# title",
    "é ✓ 漢",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_as_text_holds_nothing_that_html_or_markdown_could_read(words: str) -> None:
    encoded = as_text(words)
    assert re.fullmatch(r"(?:[A-Za-z0-9 ]|&#\d+;)*", encoded)
    assert html.unescape(encoded) == words


def test_a_long_name_is_cut() -> None:
    assert len(html.unescape(as_text("x" * 5_000))) == 40


def test_nodes_stand_where_the_document_has_them_and_cannot_be_changed() -> None:
    graph = template("lenet5")
    nodes = flow_nodes(graph, LIGHT, {"missing": "red"}, {})
    assert [node.id for node in nodes] == list(graph.nodes)
    for node in nodes:
        assert (node.position["x"], node.position["y"]) == graph.nodes[node.id].position
        assert not (node.draggable or node.connectable or node.deletable or node.selectable)


def test_no_two_nodes_share_a_style() -> None:
    nodes = flow_nodes(template("lenet5"), LIGHT, {}, {})
    assert len({id(node.style) for node in nodes}) == len(nodes)


def test_a_tint_fills_its_node_alone() -> None:
    graph = template("lenet5")
    first, second = list(graph.nodes)[:2]
    nodes = {node.id: node for node in flow_nodes(graph, LIGHT, {first: "rgb(1,2,3)"}, {})}
    assert "rgb(1,2,3)" in nodes[first].style["background"]
    assert "rgb(1,2,3)" not in nodes[second].style["background"]


def test_two_wires_between_one_pair_have_ids_of_their_own_and_a_dangling_one_is_left_out() -> None:
    nodes = [Node("a", "lstm"), Node("b", "add")]
    edges = [Edge("1", "a", "sequence", "b", "xs"), Edge("2", "a", "h_n", "b", "xs"), Edge("3", "a", "c_n", "gone", "x")]
    drawn = flow_edges(Graph.of("twice", nodes, edges), LIGHT)
    assert [edge.id for edge in drawn] == ["wire-1", "wire-2"]


def test_an_unknown_block_is_drawn_under_its_type() -> None:
    node = Node("a", "<no such>")
    assert title_of(node) == "<no such>"
    (drawn,) = flow_nodes(Graph.of("g", [node], []), LIGHT, {}, {})
    assert "<no" not in drawn.data["content"]


@pytest.mark.parametrize("name", list(templates()))
def test_every_template_has_a_thumbnail_with_all_its_blocks(name: str) -> None:
    graph = ready(name)
    root = ElementTree.fromstring(thumbnail(graph, LIGHT))
    boxes = [element for element in root if element.tag.endswith("rect")]
    wires = [element for element in root if element.tag.endswith("path")]
    assert (len(boxes), len(wires)) == (len(graph.nodes), len(graph.edges))
    for box in boxes:
        assert 0 <= float(box.attrib["x"]) <= 320 and 0 <= float(box.attrib["y"]) <= 150


def test_a_thumbnail_of_hostile_names_is_still_a_drawing() -> None:
    graph = Graph.of("<b>", [Node("a", "linear", "</title></rect><script>alert(1)</script>")], [])
    svg = thumbnail(graph, LIGHT)
    assert "<script" not in svg
    ElementTree.fromstring(svg)
    ElementTree.fromstring(thumbnail(Graph(), LIGHT))
