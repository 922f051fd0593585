"""Runs as pages see them: what is pinned, listed, sorted, cancelled and deleted."""

from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy as sa

from blocks.problems import UserError
from engine.graph.document import content_hash
from engine.store import Claim, Outcome, Store
from engine.train.events import Done, Points
from tests.engine.store.conftest import ADAM, DIGITS, GRAPH, STARTED, Pinned


def epoch(step: int, val_loss: float, accuracy: float) -> Points:
    return Points("epoch", np.array([step]), np.array([[1.0, val_loss, accuracy, 0.5]], np.float32))


def test_a_run_pins_what_it_trains_by_content(store: Store) -> None:
    row = store.create_graph(GRAPH)
    run_id = store.queue_run(GRAPH, ADAM, DIGITS, graph_id=row.id, name="<script>alert(1)</script>")
    store.save_graph(row.id, GRAPH.renamed("changed"), 1)
    run = store.run(run_id)
    assert run.graph == GRAPH
    assert (run.graph_hash, run.recipe_hash, run.data_hash) == (
        GRAPH.content_hash,
        content_hash(ADAM.document),
        content_hash(DIGITS.document),
    )
    assert (run.recipe, run.data, run.data_name) == (ADAM.document, DIGITS.document, "digits")
    assert (run.name, run.status, run.graph_id) == ("<script>alert(1)</script>", "queued", row.id)


def test_the_same_graph_is_kept_once(store: Store) -> None:
    for _ in range(3):
        store.queue_run(GRAPH, ADAM, DIGITS)
    with store.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM graph_version")).scalar() == 1


def test_progress_best_and_sparkline_follow_the_points(store: Store, claim: Claim) -> None:
    assert store.append(claim, started=STARTED)
    for number, (loss, accuracy) in enumerate([(0.9, 0.5), (0.4, 0.8), (float("nan"), float("nan")), (0.6, 0.7)]):
        step = 10 * number + 9
        rows = np.arange(step - 9, step + 1)
        assert store.append(claim, [Points("step", rows, np.ones((10, 2), np.float32)), epoch(step, loss, accuracy)])
    run = store.summary(claim.run_id)
    assert (run.progress.step, run.progress.total_steps, run.progress.epoch, run.progress.fraction) == (40, 100, 4, 0.4)
    assert (run.num_parameters, run.device) == (1234, "cpu")
    assert (run.best_name, run.best_value) == ("val_accuracy", pytest.approx(0.8))
    assert run.best["val_loss"] == pytest.approx(0.4)
    assert run.sparkline == pytest.approx((0.9, 0.4, None, 0.6))
    assert run.seconds is not None and run.seconds_left is not None and run.seconds_left > 0


def test_a_long_sparkline_is_thinned_and_ends_with_the_newest(store: Store, claim: Claim) -> None:
    store.append(claim, started=STARTED)
    values = [1000.0 - number for number in range(997)]
    for start in range(0, 997, 100):
        part = values[start : start + 100]
        rows = np.array([[1.0, value, 0.5, 0.1] for value in part], np.float32)
        store.append(claim, [Points("epoch", np.arange(start, start + len(part)), rows)])
    sparkline = store.summary(claim.run_id).sparkline
    assert 30 <= len(sparkline) <= 60
    assert (sparkline[0], sparkline[-1]) == (1000.0, values[-1])
    assert sorted(sparkline, reverse=True) == list(sparkline)


def test_listing_a_hundred_runs_is_one_query(store: Store) -> None:
    for number in range(100):
        store.queue_run(GRAPH, ADAM, DIGITS, name=f"run {number}")
    statements: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *about: statements.append(about[2]))
    assert len(store.runs(limit=100)) == 100
    assert len([text for text in statements if text.startswith("SELECT")]) == 1


def test_runs_are_sorted_with_the_valueless_last(store: Store) -> None:
    for name, value in (("b", 0.5), ("a", 0.9), ("c", None)):
        store.queue_run(GRAPH, ADAM, Pinned({"name": name}), name=name)
        claimed = store.claim("test", 20)
        assert claimed is not None
        store.append(claimed, [epoch(0, 1.0, value)] if value else [], started=STARTED)
        store.finish(claimed, Outcome("finished", done=Done({}, 1.0, 1.0)))
    assert [run.name for run in store.runs()] == ["c", "a", "b"]
    assert [run.name for run in store.runs(order="best_value")] == ["a", "b", "c"]
    assert [run.name for run in store.runs(order="best_value", descending=False)] == ["b", "a", "c"]
    assert [run.name for run in store.runs(order="name", descending=False)] == ["a", "b", "c"]
    assert [run.name for run in store.runs(limit=1, offset=1)] == ["a"]


def test_cancel_and_delete(store: Store, claim: Claim) -> None:
    waiting = store.queue_run(GRAPH, ADAM, DIGITS)
    store.request_cancel(waiting)
    assert store.summary(waiting).status == "cancelled"
    assert store.claim("test", 20) is None
    with pytest.raises(UserError) as error:
        store.delete_run(claim.run_id)
    assert error.value.problems[0].code == "still_running"
    store.append(claim, [epoch(0, 1.0, 0.5)], started=STARTED)
    store.request_cancel(claim.run_id)
    assert store.summary(claim.run_id).cancel_requested
    assert store.standing(claim) == "cancel"
    store.finish(claim, Outcome("cancelled"))
    store.request_cancel(claim.run_id)
    assert store.summary(claim.run_id).status == "cancelled"
    for run_id in (waiting, claim.run_id):
        store.delete_run(run_id)
        with pytest.raises(UserError):
            store.run(run_id)
        with pytest.raises(UserError):
            store.delete_run(run_id)
        with pytest.raises(UserError):
            store.request_cancel(run_id)
    with store.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM metric_chunk")).scalar() == 0


def test_text_no_database_takes_is_kept_readable(store: Store, claim: Claim) -> None:
    assert store.finish(claim, Outcome("failed", "user_error", "bad \x00 \ud800 text", "mend it"))
    assert store.summary(claim.run_id).message == "bad \N{REPLACEMENT CHARACTER} ? text"
