"""A composite of another saved network is brought into the one that is open, once, and can be taken back."""

from __future__ import annotations

from app import desk
from app.theme import LIGHT
from app.thumbnail import thumbnail
from app.viewer import flow_nodes
from engine.graph.serialise import read_graph
from engine.store import Store
from tests.app.test_pages import show, store
from tests.browser.test_composite_panel import document

__all__ = ["store"]


def test_a_composite_of_another_network_is_brought_in(store: Store) -> None:
    source = desk.create(read_graph(document()))
    graph_id = desk.create()
    page = show("build", graph=graph_id)
    assert not page.exception
    (field,) = [box for box in page.selectbox if box.label == "My composites"]
    assert field.options == ["Dense · Dense net"]
    field.set_value((source, "dense")).run()
    assert not page.exception
    session = desk.session(graph_id)
    assert [definition.name for definition in session.graph.definitions.values()] == ["Dense"]
    assert session.undo_label == "bring in Dense"


def test_drawings_call_a_composite_by_its_name() -> None:
    graph = read_graph(document())
    drawn = {node.id: node.data["content"] for node in flow_nodes(graph, LIGHT, {}, {})}
    assert ">Dense<" in drawn["mid"]
    assert "<title>Dense</title>" in thumbnail(graph, LIGHT)
