"""Weights of finished runs: written once, known to the database, gone with their run, and fenced like everything a worker writes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from blocks.problems import UserError
from engine.store import Claim, Outcome, Store
from engine.store.weights import FOLDER, delete_weights, write_weights
from engine.train.events import Weights

LAST, BEST = Weights(("final",), 9, b"the last"), Weights(("best",), 4, b"the best")
FINISHED = Outcome("finished")


@pytest.fixture
def home(store: Store, tmp_path: Path) -> Path:
    store.home = tmp_path
    return tmp_path


def test_weights_are_read_back_and_deleted_with_their_run(store: Store, claim: Claim, home: Path) -> None:
    kept = [*write_weights(home, claim.run_id, claim.epoch, LAST), *write_weights(home, claim.run_id, claim.epoch, BEST)]
    assert store.weights(claim.run_id) == {}, "not known before the run has ended"
    assert store.finish(claim, FINISHED, kept)
    assert {kind: each.step for kind, each in store.weights(claim.run_id).items()} == {"final": 9, "best": 4}
    assert store.weights_file(claim.run_id, "best") == b"the best"
    assert store.weights(claim.run_id)["final"].size_bytes == len(b"the last")
    store.delete_run(claim.run_id)
    assert store.weights(claim.run_id) == {} and list((home / FOLDER).iterdir()) == []


def test_a_worker_that_lost_the_run_enters_nothing_and_deletes_nothing_of_the_others(store: Store, claim: Claim, home: Path) -> None:
    stale = replace(claim, epoch=claim.epoch - 1)
    late, ours = (write_weights(home, claim.run_id, each.epoch, LAST) for each in (stale, claim))
    assert not store.finish(stale, FINISHED, late)
    delete_weights(home, claim.run_id, epoch=stale.epoch)
    assert store.weights(claim.run_id) == {}
    assert store.finish(claim, FINISHED, ours) and store.weights_file(claim.run_id, "final") == b"the last"


def test_what_an_earlier_attempt_left_is_cleared_away(store: Store, claim: Claim, home: Path) -> None:
    write_weights(home, claim.run_id, claim.epoch - 1, BEST)
    kept = write_weights(home, claim.run_id, claim.epoch, LAST)
    delete_weights(home, claim.run_id, but=kept)
    assert [path.name for path in (home / FOLDER).iterdir()] == [kept[0].file]


def test_weights_that_are_not_there_or_not_the_same_are_refused_in_words(store: Store, claim: Claim, home: Path) -> None:
    with pytest.raises(UserError, match="has left no weights"):
        store.weights_file(claim.run_id, "final")
    kept = write_weights(home, claim.run_id, claim.epoch, LAST)
    store.finish(claim, FINISHED, kept)
    (home / FOLDER / kept[0].file).write_bytes(b"another")
    with pytest.raises(UserError, match="was changed since"):
        store.weights_file(claim.run_id, "final")
    (home / FOLDER / kept[0].file).unlink()
    with pytest.raises(UserError, match="cannot be read: no such file"):
        store.weights_file(claim.run_id, "final")


def test_a_file_that_cannot_be_written_leaves_nothing(store: Store, claim: Claim, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_weights(home, claim.run_id, claim.epoch, LAST)
    assert list((home / FOLDER).iterdir()) == []
