"""Documents survive JSON, and whatever is not a document is refused in one clear sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from blocks.problems import UserError
from engine.graph.document import Edge, Graph, Node
from engine.graph.serialise import LARGEST_FILE_BYTES, read_graph
from tests.engine.graph.graphs import graphs


@given(graphs())
def test_a_graph_survives_json(graph: Graph) -> None:
    back = read_graph(json.dumps(graph.to_json()))
    assert back == graph
    assert list(back.nodes) == list(graph.nodes)
    assert list(back.edges) == list(graph.edges)
    assert back.content_hash == graph.content_hash


def test_the_hash_follows_the_content_and_not_the_order_of_keys() -> None:
    one = Graph.of("g", [Node("a", "linear", parameters={"out_features": 1, "bias": True})], [])
    same = Graph.of("g", [Node("a", "linear", parameters={"bias": True, "out_features": 1})], [])
    other = Graph.of("g", [Node("a", "linear", parameters={"bias": True, "out_features": 2})], [])
    assert one.content_hash == same.content_hash != other.content_hash


def document(**changes: Any) -> dict[str, Any]:
    return {**Graph.of("g", [Node("a", "relu")], []).to_json(), **changes}


def node(**changes: Any) -> dict[str, Any]:
    return document(nodes=[{**Node("a", "relu").to_json(), **changes}])


@pytest.mark.parametrize(
    ("raw", "code", "said"),
    [
        (b"\xff\xfe\x00", "unreadable", "UTF-8"),
        ("{", "unreadable", "line 1, column 2"),
        ("", "unreadable", "line 1"),
        ("[" * 200_000, "unreadable", "nested"),
        ('{"format": NaN}', "unreadable", "NaN"),
        ("9" * 10_000, "unreadable", "too long"),
        ("[]", "not_a_graph", "not a Gradloom network"),
        ("null", "not_a_graph", "not a Gradloom network"),
        ('{"nodes": []}', "not_a_graph", "not a Gradloom network"),
        (document(version=99), "newer_version", "version 99"),
        (document(version="1"), "not_a_graph", "whole number"),
        (document(version=True), "not_a_graph", "whole number"),
        (document(nodes={}), "not_a_graph", "must be a list"),
        (document(nodes=[1]), "not_a_graph", "must be an object"),
        (document(nodes=[document()["nodes"][0]] * 2), "not_a_graph", "has already"),
        (document(surprise=1), "not_a_graph", "'surprise'"),
        (document(definitions={"x": {}}), "not_a_graph", "definitions"),
        (node(id=""), "not_a_graph", "nodes[0].id"),
        (node(name="x" * 201), "not_a_graph", "200 characters"),
        (node(name="a\x00b"), "not_a_graph", "nodes[0].name"),
        (node(position=[0, float("inf")]), "not_a_graph", "two numbers"),
        (node(position=[0, 1e300]), "not_a_graph", "two numbers"),
        (node(parameters={"p": {"__class__": "os.system"}}), "not_a_graph", "parameters"),
        (node(parameters={"p": 10**30}), "not_a_graph", "parameters"),
        (node(lr_factor=-1), "not_a_graph", "lr_factor"),
        (node(initialisation="import os"), "not_a_graph", "initialisation"),
        (node(initialisation="normal(1e9)"), "not_a_graph", "initialisation"),
        (document(edges=[{"id": "e"}]), "not_a_graph", "edges[0].source"),
    ],
)
def test_what_is_no_graph_is_refused_in_plain_words(raw: Any, code: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        read_graph(raw)
    problem = caught.value.problems[0]
    assert problem.code == code
    assert said in str(caught.value)
    assert problem.fix
    assert len(problem.message) < 400, "a hostile file must not write the sentence"


def test_every_mistake_is_named_at_once() -> None:
    raw = document(nodes=[{"id": 1, "type": "relu"}, {"id": "b", "type": "relu", "name": 7}])
    with pytest.raises(UserError) as caught:
        read_graph(raw)
    assert len(caught.value.problems) == 2


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(UserError) as caught:
        read_graph(b" " * (LARGEST_FILE_BYTES + 1))
    assert caught.value.problems[0].code == "too_large"


def test_wires_to_nowhere_and_unknown_blocks_are_kept_for_the_check_to_name() -> None:
    graph = Graph.of("g", [Node("a", "future_block")], [Edge("e", "a", "y", "gone", "x")])
    assert read_graph(graph.to_json()) == graph
