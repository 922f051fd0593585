"""Tell the workers that a run waits. Only a hint: one that is lost costs a second, because workers look into the queue themselves."""

from __future__ import annotations

import logging

from engine.settings import Settings
from worker.broker import BELL, application

log = logging.getLogger(__name__)


def ring(run_id: str, settings: Settings | None = None) -> bool:
    """Ring for a run, and return whether the broker took the message. Never raises."""
    try:
        application(settings or Settings.from_environment()).send_task(BELL, args=[run_id], retry=False)
    except Exception as error:  # a broker fails in the ways of its own driver, and none of them may reach the page
        log.warning("The bell does not ring (%s): the run starts when a worker next looks.", error)
        return False
    return True
