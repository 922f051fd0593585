"""Start a worker from the command line: `python -m worker`, which is what `gradloom up` starts."""

from __future__ import annotations

import argparse
import logging
import signal
import sys

from blocks.problems import UserError
from worker import linux


def main(arguments: list[str] | None = None) -> int:
    """Run a worker until it is told to end; exit with 2 and one sentence where it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m worker", description="Train the runs that wait in Gradloom's database.")
    parser.add_argument("--with-parent", type=int, metavar="PID", help="end when this process, which started the worker, ends (on Linux)")
    parser.add_argument("--log-level", default="WARNING", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    given = parser.parse_args(arguments)
    if given.with_parent is not None and linux.IS_LINUX:
        linux.die_with_parent(signal.SIGTERM, given.with_parent)
    logging.basicConfig(level=given.log_level, format="%(asctime)s worker %(levelname)s %(message)s")
    try:
        from worker.celery_app import app
    except UserError as error:
        print(f"The worker cannot start. {error}", file=sys.stderr)
        return 2
    # Workers do not talk with each other: all they share is in the database.
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["--quiet", "worker", f"--loglevel={given.log_level}", *alone])
    return 0
