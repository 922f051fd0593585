"""A worker's slots: one thread and one zygote each, taking runs from the queue when the bell rings, and looking there every second."""

from __future__ import annotations

import logging
import os
import platform
import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from blocks.problems import UserError
from engine.settings import Settings
from engine.store import Claim, Outcome, Store
from worker import linux
from worker.launcher import Child, Launcher, LaunchError, launcher
from worker.outcomes import ZYGOTE_LOST
from worker.supervisor import Stuck, Supervisor
from worker.wire import Job
from worker.zygote import TRAIN

log = logging.getLogger(__name__)
SCAN_EVERY_S = 1.0
RELAUNCH_AFTER_S = 5.0


class Slots:
    """Train as many runs at a time as there are slots."""

    def __init__(self, store: Store, settings: Settings, target: str = TRAIN) -> None:
        self.store, self.settings, self.target = store, settings, target
        self.stopping = threading.Event()
        self._bell = threading.Semaphore(0)
        # A zygote dies with the thread that started it: so each slot's own thread does, and lives as long as the worker.
        self._threads = [
            threading.Thread(target=self._serve, args=(f"{platform.node()}:{os.getpid()}:{slot}",), name=f"slot-{slot}", daemon=True)
            for slot in range(settings.slots)
        ]
        self._threads.append(threading.Thread(target=self._end_lost_runs, name="lost-runs", daemon=True))

    def start(self) -> None:
        """Start every slot. From then on this process takes in, and ends, what a killed zygote leaves."""
        if linux.IS_LINUX:
            linux.adopt_orphans()
        for thread in self._threads:
            thread.start()

    def ring(self) -> None:
        """Wake one idle slot."""
        self._bell.release()

    def stop(self) -> None:
        """Ask every slot to end what it trains; `join` waits for them."""
        self.stopping.set()
        for _ in self._threads:
            self._bell.release()

    def join(self, timeout_s: float = 15.0) -> None:
        """Wait until no slot trains and no zygote lives."""
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _end_lost_runs(self) -> None:
        while not self.stopping.is_set():
            try:
                if ended := self.store.expire_lost():
                    log.warning("%d runs ended: their workers went away", ended)
            except SQLAlchemyError as error:
                log.warning("The database does not answer: %s", error)
            self.stopping.wait(SCAN_EVERY_S)

    def _serve(self, owner: str) -> None:
        parent: Launcher | None = None
        while not self.stopping.is_set():
            try:
                if parent is None or not parent.alive():
                    parent = self._replaced(parent)
                claim = self.store.claim(owner, self.settings.lease_s)
                if claim is None:
                    self._bell.acquire(timeout=SCAN_EVERY_S)
                else:
                    parent = self._train(claim, parent)
            except LaunchError as error:
                log.error("No training process can be started: %s", error)
                self.stopping.wait(RELAUNCH_AFTER_S)
            except SQLAlchemyError as error:
                log.warning("The database does not answer: %s", error)
                self.stopping.wait(SCAN_EVERY_S)
        if parent is not None:
            parent.close()

    def _replaced(self, parent: Launcher | None) -> Launcher:
        if parent is not None:
            log.warning("The zygote is gone: another takes its place")
            parent.close()
        return launcher(self.target)

    def _train(self, claim: Claim, parent: Launcher) -> Launcher | None:
        """Train a claimed run and return the launcher for the next one, None where it must be replaced."""
        try:
            job = self._job(claim)
        except UserError as error:
            problem = error.problems[0]
            self.store.finish(claim, Outcome("failed", "user_error", problem.message, problem.fix, problem.node))
            return parent
        try:
            child = parent.start(job)
        except LaunchError:
            # It was killed since we looked: once more with a new one, for the run has not begun.
            try:
                parent = self._replaced(parent)
                child = parent.start(job)
            except LaunchError:
                self.store.finish(claim, ZYGOTE_LOST)
                raise
        return parent if self._supervise(claim, child) and parent.alive() else self._dropped(parent)

    def _supervise(self, claim: Claim, child: Child) -> bool:
        try:
            outcome = Supervisor(self.store, self.settings, claim, child, self.stopping).run()
        except Stuck:
            log.error("The child of run %s would not die: its zygote is given up", claim.run_id)
            return False
        except SQLAlchemyError:
            log.exception("The results of run %s cannot be written", claim.run_id)
            return False
        finally:
            child.close()
        log.info("Run %s: %s", claim.run_id, "lost to another worker" if outcome is None else outcome.status)
        return outcome is not ZYGOTE_LOST

    def _dropped(self, parent: Launcher) -> None:
        parent.close()

    def _job(self, claim: Claim) -> Job:
        upload = (claim.data.get("options") or {}).get("upload")
        return Job(
            claim.run_id,
            claim.document,
            claim.recipe,
            claim.data,
            self.store.upload(str(upload)) if upload else None,
            self.settings.threads,
            self.settings.memory_limit_mb,
            self.settings.weights_limit_mb,
        )
