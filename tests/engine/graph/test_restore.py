"""Restoring a version is one edit that leads exactly there, and back."""

from __future__ import annotations

import json

from hypothesis import given

from engine.graph.document import Edge, Graph, Node
from engine.graph.edits import AddNode, apply
from engine.graph.restore import edits_between
from engine.graph.serialise import edit_from_json, edit_to_json
from tests.engine.graph.graphs import graphs


def whole(graph: Graph) -> str:
    document = graph.to_json()
    for node in document["nodes"]:
        node["parameters"] = dict(sorted(node["parameters"].items()))
    return json.dumps(document)


@given(graphs(), graphs())
def test_it_leads_from_any_graph_to_any_other_and_back(before: Graph, after: Graph) -> None:
    there, inverse = apply(before, edits_between(before, after))
    assert whole(there) == whole(after), "order included"
    assert whole(apply(there, inverse)[0]) == whole(before)


@given(graphs(), graphs())
def test_it_survives_the_journey_to_the_canvas(before: Graph, after: Graph) -> None:
    travelled = edit_from_json(json.loads(json.dumps(edit_to_json(edits_between(before, after, "restore")))))
    assert whole(apply(before, travelled)[0]) == whole(after)


@given(graphs())
def test_from_a_graph_to_itself_nothing_is_done(graph: Graph) -> None:
    assert edits_between(graph, graph).edits == ()


def test_what_is_alike_is_left_alone() -> None:
    chain = Graph.of("g", [Node("a", "relu"), Node("b", "linear", "", {"bias": True})], [Edge("e", "a", "y", "b", "x")])
    longer, _ = apply(chain, AddNode(Node("c", "relu"), 1))
    assert edits_between(chain, longer).edits == (AddNode(Node("c", "relu"), 1),)
    number = Graph.of("g", [Node("a", "relu"), Node("b", "linear", "", {"bias": 1})], list(chain.edges.values()))
    assert len(edits_between(chain, number).edits) == 1, "true is not 1"
