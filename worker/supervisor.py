"""Watch one training child: write what it yields, keep the lease, end it when asked to, and say how it ended.

The supervisor is the run's only writer. Every store call is fenced by the claim's epoch, so one that is late changes nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from engine.settings import Settings
from engine.store import Claim, KeptWeights, Outcome, Store
from engine.store.weights import delete_weights, write_weights
from engine.train.events import Done, Event, Failed, Points, Started, Verdict, Weights
from worker.launcher import Child, LaunchError
from worker.linux import out_of_memory_kills
from worker.outcomes import CANCELLED, WORKER_STOPPED, ZYGOTE_LOST, outcome_of_exit
from worker.wire import EventDecoder

log = logging.getLogger(__name__)
FLUSH_EVERY_S = 0.15
TERMINATE_WITHIN_S = 0.5
KILL_WITHIN_S = 5.0
RETRY_EVERY_S = 1.0
LONGEST_WAIT_S = 0.05
MOST_PENDING = 4_000
"""Events held back while the database is away; beyond them the pipe fills, and training waits."""
_T = TypeVar("_T")


@dataclass
class _Pending:
    """Hold events that are not written yet."""

    started: Started | None = None
    points: list[Points] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.points) + len(self.verdicts) + (self.started is not None)


class Stuck(Exception):
    """Say that a child would not die, so that its slot cannot be used again as it is."""


class Supervisor:
    """See one run through."""

    def __init__(self, store: Store, settings: Settings, claim: Claim, child: Child, stopping: threading.Event) -> None:
        self.store, self.settings, self.claim, self.child, self.stopping = store, settings, claim, child, stopping
        self.cancel_every_s = 0.1 if settings.embedded else 0.25
        self.decoder = EventDecoder()
        self.pending = _Pending()
        self.shown = False
        self.last_word: Done | Failed | None = None
        self.weights: list[KeptWeights] = []
        self.ending: Outcome | None = None
        self.lost = False
        self.memory_kills = out_of_memory_kills()
        now = time.monotonic()
        self.flushed_at, self.beat_at, self.asked_at, self.retry_at, self.ending_at = now, now, now - 1.0, now, now
        self.killed = False

    def run(self) -> Outcome | None:
        """Watch until the child and its descendants are gone, write how it ended, and return that; None where the run was lost to others.

        Raises: Stuck where the child would not die; the outcome is written first.
        """
        stuck = False
        try:
            code = self._watch()
        except LaunchError:
            code = None
        except Stuck:
            code, stuck = None, True
        except (ValueError, AssertionError) as error:
            # What it sent is no event, or no event of a run: our own mistake, and no reason to leave the run without an end.
            log.exception("Run %s sent what cannot be recorded", self.claim.run_id)
            code = self._killed()
            self.pending = _Pending()
            self.ending = Outcome(
                "failed", "crashed", f"What training yielded cannot be recorded: {error}", "Report this to Gradloom's makers."
            )
        outcome = self._end(code)
        if outcome is None and self.weights:
            delete_weights(self.store.home, self.claim.run_id, epoch=self.claim.epoch)  # whoever has the run now writes its own
        if stuck:
            raise Stuck
        return outcome

    def _watch(self) -> int:
        while True:
            if len(self.pending) < MOST_PENDING:
                for event in self.decoder.feed(self.child.read(LONGEST_WAIT_S)):
                    self._take(event)
            else:
                time.sleep(LONGEST_WAIT_S)
            self._write()
            self._keep_lease()
            self._end_if_asked()
            code = self.child.ended()
            if code is not None:
                while data := self.child.read(0):
                    for event in self.decoder.feed(data):
                        self._take(event)
                return code

    def _take(self, event: Event) -> None:
        match event:
            case Points():
                self.pending.points.append(event)
            case Verdict():
                self.pending.verdicts.append(event)
            case Started():
                self.pending.started = event
            case Weights():
                self._keep(event)
            case Done() | Failed():
                self.last_word = event

    def _keep(self, event: Weights) -> None:
        """Write the file; the database is told of it when the run ends, if it is still ours then."""
        try:
            self.weights += write_weights(self.store.home, self.claim.run_id, self.claim.epoch, event)
        except OSError as error:
            log.error("The weights of run %s cannot be kept: %s", self.claim.run_id, error)

    def _write(self, at_once: bool = False) -> None:
        now = time.monotonic()
        first = not self.shown and bool(self.pending.points)
        if not len(self.pending) or self.lost or not (at_once or first or now - self.flushed_at >= FLUSH_EVERY_S):
            return
        batch = self.pending
        kept = self._tried(lambda: self.store.append(self.claim, batch.points, started=batch.started, verdicts=batch.verdicts))
        if kept is None:
            return
        self.pending, self.flushed_at = _Pending(), now
        self.shown = self.shown or first
        self._lose_unless(kept)

    def _keep_lease(self) -> None:
        now = time.monotonic()
        if now - self.beat_at >= self.settings.heartbeat_s and not self.lost:
            kept = self._tried(lambda: self.store.heartbeat(self.claim, self.settings.lease_s))
            if kept is not None:
                self.beat_at = now
                self._lose_unless(kept)

    def _end_if_asked(self) -> None:
        now = time.monotonic()
        if self.ending is None and not self.lost and now - self.asked_at >= self.cancel_every_s:
            self.asked_at = now
            standing = self._tried(lambda: self.store.standing(self.claim))
            if standing == "cancel":
                self.ending, self.ending_at = CANCELLED, now
                self.child.terminate()
            elif standing == "lost":
                self._lose_unless(False)
        if self.stopping.is_set() and self.ending is None:
            self.ending = WORKER_STOPPED
            self._kill()
        if self.ending is CANCELLED and now - self.ending_at >= TERMINATE_WITHIN_S:
            self._kill()
        if self.killed and now - self.ending_at >= KILL_WITHIN_S:
            raise Stuck

    def _lose_unless(self, kept: bool) -> None:
        if not kept and not self.lost:
            log.warning("Run %s is no longer ours: its child is ended", self.claim.run_id)
            self.lost = True
            self._kill()

    def _kill(self) -> None:
        if not self.killed:
            self.killed, self.ending_at = True, time.monotonic()
            self.child.kill()

    def _killed(self) -> int | None:
        """End the child and wait for it."""
        self._kill()
        while time.monotonic() - self.ending_at < KILL_WITHIN_S:
            self.child.read(LONGEST_WAIT_S)
            try:
                code = self.child.ended()
            except LaunchError:
                return None
            if code is not None:
                return code
        return None

    def _end(self, code: int | None) -> Outcome | None:
        if self.lost:
            return None
        outcome = self._outcome(code)
        patience = time.monotonic() + (self.settings.lease_s if self.stopping.is_set() else 10 * self.settings.lease_s)
        while time.monotonic() < patience:
            try:
                self._write(at_once=True)
                if not len(self.pending) or self.lost:
                    return outcome if not self.lost and self._finish(outcome) else None
            except OperationalError as error:
                log.warning("The database does not answer: %s", error.orig)
            except (ValueError, AssertionError):
                log.exception("The last events of run %s cannot be recorded", self.claim.run_id)
                self.pending = _Pending()
            time.sleep(LONGEST_WAIT_S)
        log.error("Run %s ended, and the database did not take it: its lease will", self.claim.run_id)
        return None

    def _finish(self, outcome: Outcome) -> bool:
        """Enter how the run ended, with its weights where it came to its end, and leave no file that nobody knows of."""
        kept = self.weights if outcome.status == "finished" else []
        ours = self.store.finish(self.claim, outcome, kept)
        if ours:
            delete_weights(self.store.home, self.claim.run_id, but=kept)
        return ours

    def _outcome(self, code: int | None) -> Outcome:
        if isinstance(self.last_word, Done):
            return Outcome("finished", done=self.last_word)
        if self.ending is not None:
            return self.ending
        if isinstance(self.last_word, Failed):
            word = self.last_word
            return Outcome("failed", word.reason, word.message, word.fix, word.node)
        if code is None:
            return ZYGOTE_LOST
        return outcome_of_exit(code, killed_for_memory=out_of_memory_kills() > self.memory_kills)

    def _tried(self, call: Callable[[], _T]) -> _T | None:
        """Call the store; None where the database is away, which is tried again a little later."""
        if time.monotonic() < self.retry_at:
            return None
        try:
            return call()
        except OperationalError as error:
            log.warning("The database does not answer: %s", error.orig)
            self.retry_at = time.monotonic() + RETRY_EVERY_S
            return None
