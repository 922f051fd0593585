"""Start the real worker with a program of the tests in the place of training: `python -m tests.worker.start_worker module:function`."""

from __future__ import annotations

import sys

import worker.celery_app
from worker.run_worker import main
from worker.slots import Slots

if __name__ == "__main__":
    target = sys.argv[1]
    worker.celery_app.Slots = lambda store, settings: Slots(store, settings, target)  # type: ignore[assignment,misc]
    sys.exit(main(sys.argv[2:]))
