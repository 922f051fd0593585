"""The worker as Celery runs it: `celery -A worker.celery_app worker`. The bell's task only wakes a slot; the queue is in the database."""

from __future__ import annotations

import logging
from typing import Any

from celery import signals

import migrations
from blocks.problems import UserError
from engine.settings import Settings
from engine.store import open_store
from worker.broker import BELL, application
from worker.slots import Slots

log = logging.getLogger(__name__)
settings = Settings.from_environment()
app = application(settings)
_slots: list[Slots] = []


@app.task(name=BELL)
def bell(run_id: str) -> None:
    """Wake a slot: it looks into the queue, and takes the run that has waited longest."""
    for slots in _slots:
        slots.ring()


@signals.worker_init.connect(weak=False)
def open_slots(**about: Any) -> None:
    """Start the slots before the broker is reached: they work without it.

    Raises: SystemExit with one sentence where the database cannot be used.
    """
    try:
        if settings.embedded:
            migrations.upgrade(settings.database_url)
        slots = Slots(open_store(settings.database_url), settings)
    except UserError as error:
        raise SystemExit(f"The worker cannot start. {error}") from error
    slots.start()
    _slots.append(slots)


@signals.worker_shutting_down.connect(weak=False)
def stop_slots(**about: Any) -> None:
    """End what is being trained, each run with its final state, while Celery ends too."""
    for slots in _slots:
        slots.stop()


@signals.worker_shutdown.connect(weak=False)
def close_slots(**about: Any) -> None:
    """Wait until nothing of ours lives."""
    while _slots:
        slots = _slots.pop()
        slots.stop()
        slots.join()
        slots.store.close()
