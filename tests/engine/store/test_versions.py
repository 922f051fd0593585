"""Saved versions: named or numbered, dated, found again; what did not change is not saved twice."""

from __future__ import annotations

import pytest

from blocks.problems import UserError
from engine.graph.document import Node
from engine.graph.edits import AddNode, apply
from engine.store import Store
from tests.engine.store.conftest import GRAPH

OTHER = apply(GRAPH, AddNode(Node("extra", "relu")))[0]


def test_versions_are_numbered_dated_and_listed_newest_first(store: Store) -> None:
    graph = store.create_graph(GRAPH).id
    first, new = store.save_version(graph, GRAPH)
    assert new and first.name == "Version 1" and first.created_at > 1.7e9
    assert store.save_version(graph, GRAPH) == (first, False), "nothing has changed"
    second, new = store.save_version(graph, OTHER, "  Wider  ")
    assert new and second.name == "Wider"
    third, new = store.save_version(graph, GRAPH)
    assert new and third.name == "Version 3", "back as it was is a version of its own"
    assert [version.name for version in store.versions(graph)] == ["Version 3", "Wider", "Version 1"]
    assert third.created_at > second.created_at > first.created_at
    assert store.version(second.id).graph == OTHER
    assert store.versions(store.create_graph(GRAPH).id) == []


def test_a_version_is_renamed_and_one_that_is_not_there_is_refused(store: Store) -> None:
    graph = store.create_graph(GRAPH).id
    saved, _ = store.save_version(graph, GRAPH, "x" * 500)
    assert len(saved.name) == 200
    store.rename_version(saved.id, "Baseline")
    assert store.version(saved.id).name == "Baseline"
    for ask in (lambda: store.version("none"), lambda: store.rename_version("none", "x")):
        with pytest.raises(UserError) as caught:
            ask()
        assert caught.value.problems[0].code == "no_such_version"
