"""The queue: each run is claimed once, a lease that is lost shuts its writer out, and every run comes to an end."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from engine.store import Claim, Outcome, Store, open_store
from engine.train.events import Points, Verdict
from tests.engine.store.conftest import ADAM, DIGITS, GRAPH, STARTED

POINT = Points("step", np.array([0]), np.array([[1.0, 0.1]], np.float32))


def test_runs_are_claimed_in_the_order_they_were_asked_for(store: Store) -> None:
    asked = [store.queue_run(GRAPH, ADAM, DIGITS) for _ in range(3)]
    claimed = [store.claim("test", 20) for _ in range(4)]
    assert [claim and claim.run_id for claim in claimed] == [*asked, None]
    first = claimed[0]
    assert first is not None
    assert (first.epoch, first.attempt, first.document, first.recipe, first.data) == (
        1,
        1,
        GRAPH.to_json(),
        ADAM.document,
        DIGITS.document,
    )
    assert store.summary(first.run_id).status == "running"


def test_many_workers_claim_each_run_once(url: str) -> None:
    first = open_store(url)
    asked = {first.queue_run(GRAPH, ADAM, DIGITS) for _ in range(200)}
    claimed: list[str] = []
    errors: list[BaseException] = []

    def work(owner: str) -> None:
        store = open_store(url)
        try:
            while claim := store.claim(owner, 20):
                claimed.append(claim.run_id)
                assert store.append(claim, [POINT], started=STARTED)
                assert store.finish(claim, Outcome("finished"))
        except BaseException as error:
            errors.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    assert len(claimed) == 200 and set(claimed) == asked
    assert {run.status for run in first.runs(limit=1000)} == {"finished"}
    assert {run.attempts for run in first.runs(limit=1000)} == {1}
    first.close()


def test_a_heartbeat_keeps_the_lease(store: Store) -> None:
    store.queue_run(GRAPH, ADAM, DIGITS)
    claim = store.claim("test", 0.3)
    assert claim is not None
    for _ in range(4):
        time.sleep(0.15)
        assert store.heartbeat(claim, 0.3)
        assert store.expire_lost() == 0
    time.sleep(0.4)
    assert store.expire_lost() == 1


@pytest.fixture
def lost(store: Store, claim: Claim) -> Claim:
    """Claim a run, record a little of it, and lose it."""
    assert store.append(claim, [POINT], started=STARTED)
    assert store.heartbeat(claim, -1)
    assert store.expire_lost() == 1
    assert store.expire_lost() == 0
    return claim


def test_a_lost_run_ends_and_says_why(store: Store, lost: Claim) -> None:
    run = store.summary(lost.run_id)
    assert (run.status, run.reason) == ("failed", "worker_lost")
    assert run.message and run.fix and run.finished_at


def test_a_stale_epoch_changes_nothing(store: Store, lost: Claim) -> None:
    before = store.run(lost.run_id)
    later = Points("step", np.array([1]), np.array([[2.0, 0.1]], np.float32))
    assert store.append(lost, [later], started=STARTED, verdicts=[Verdict("vanishing", "warning", None, 1, "x")]) is False
    assert store.heartbeat(lost, 20) is False
    assert store.finish(lost, Outcome("finished")) is False
    assert store.standing(lost) == "lost"
    assert store.run(lost.run_id) == before
    assert store.series(lost.run_id, "step").steps.tolist() == [0]
    assert store.verdicts(lost.run_id) == []


def test_an_older_epoch_of_a_running_run_is_shut_out_too(store: Store, claim: Claim) -> None:
    older = Claim(claim.run_id, claim.epoch - 1, claim.owner, 1, {}, {}, {})
    assert store.append(older, [POINT], started=STARTED) is False
    assert store.standing(older) == "lost"
    assert store.append(claim, [POINT], started=STARTED) is True


def test_a_lost_run_that_was_to_be_cancelled_is_cancelled(store: Store, claim: Claim) -> None:
    store.request_cancel(claim.run_id)
    store.heartbeat(claim, -1)
    assert store.expire_lost() == 1
    run = store.summary(claim.run_id)
    assert (run.status, run.reason, run.message) == ("cancelled", None, None)


def test_what_cannot_be_written_leaves_nothing_behind(store: Store, claim: Claim) -> None:
    falling = Points("step", np.array([2, 1]), np.zeros((2, 2), np.float32))
    with pytest.raises(AssertionError, match="must rise"):
        store.append(claim, [falling], started=STARTED)
    assert store.layout(claim.run_id) == {}
    assert store.summary(claim.run_id).progress.total_steps is None
