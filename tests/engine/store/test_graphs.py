"""Saved graphs and uploads: nothing is overwritten unseen, nothing that was deleted comes back."""

from __future__ import annotations

import pytest

from blocks.problems import UserError
from engine.graph.document import Graph, Node
from engine.store import Store
from engine.store.uploads import LARGEST_UPLOAD_BYTES
from tests.engine.store.conftest import ADAM, DIGITS, GRAPH


def code_of(error: pytest.ExceptionInfo[UserError]) -> str:
    return error.value.problems[0].code


def test_a_graph_comes_back_as_it_was(store: Store) -> None:
    row = store.create_graph(GRAPH)
    assert store.graph(row.id).graph == GRAPH
    assert (row.name, row.revision) == (GRAPH.name, 1)
    assert 0 <= row.updated_at - row.created_at < 1


def test_saving_raises_the_revision_and_a_stale_window_is_refused(store: Store) -> None:
    row = store.create_graph(GRAPH)
    assert store.save_graph(row.id, GRAPH.renamed("Second"), expected_revision=1) == 2
    with pytest.raises(UserError, match="has revision 1, saved is revision 2") as error:
        store.save_graph(row.id, GRAPH.renamed("Third"), expected_revision=1)
    assert code_of(error) == "stale"
    assert store.graph(row.id).name == "Second"


def test_what_is_saved_again_comes_back_as_it_was(store: Store) -> None:
    node = Node("odd", "relu", 'Ω "quoted" \\ 😀', {"p": [1, 2.5, None, True]}, (1.5, -2.0), frozen=True)
    odd = Graph({**GRAPH.nodes, "odd": node}, GRAPH.edges, "A 'name' \u2028")
    row = store.create_graph(GRAPH)
    store.save_graph(row.id, odd, 1)
    assert store.graph(row.id).document == odd.to_json()
    assert store.graph(row.id).graph == odd


def test_the_last_touched_graph_is_listed_first(store: Store) -> None:
    first, second = store.create_graph(GRAPH.renamed("first")), store.create_graph(GRAPH.renamed("second"))
    store.save_graph(first.id, GRAPH.renamed("first, touched"), 1)
    assert [row.name for row in store.graphs()] == ["first, touched", "second"]
    assert store.graphs()[1].id == second.id


def test_a_deleted_graph_is_gone_and_its_runs_are_not(store: Store) -> None:
    row = store.create_graph(GRAPH)
    run_id = store.queue_run(row.graph, ADAM, DIGITS, graph_id=row.id)
    store.delete_graph(row.id)
    assert store.graphs() == []
    for call in (lambda: store.graph(row.id), lambda: store.save_graph(row.id, GRAPH, 1), lambda: store.delete_graph(row.id)):
        with pytest.raises(UserError) as error:
            call()
        assert code_of(error) == "no_such_graph"
    assert store.run(run_id).graph == GRAPH


def test_an_id_of_any_text_is_only_unknown(store: Store) -> None:
    for id in ("", "'; DROP TABLE graph; --", "\x00", "\ud800", "x" * 10_000):
        with pytest.raises(UserError):
            store.graph(id)
        with pytest.raises(UserError):
            store.run(id)
        with pytest.raises(UserError):
            store.upload(id)


def test_an_upload_is_kept_once(store: Store) -> None:
    first, second = store.add_upload("a.csv", b"x,y\n1,2\n"), store.add_upload("b.csv", b"x,y\n1,2\n")
    assert first == second
    assert store.upload(first) == b"x,y\n1,2\n"
    assert [(row.name, row.size_bytes) for row in store.uploads()] == [("a.csv", 8)]


def test_an_upload_that_is_too_large_is_refused(store: Store) -> None:
    with pytest.raises(UserError) as error:
        store.add_upload("big.csv", bytes(LARGEST_UPLOAD_BYTES + 1))
    assert code_of(error) == "too_large"
