"""`gradloom runs`: what was trained, and how it ended."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from app.commands.console import Console
from app.commands.files import set_environment
from blocks.problems import Problem, UserError

if TYPE_CHECKING:
    from engine.store import RunSummary

SUMMARY = "List the runs of the page and its workers, newest first."


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--limit", type=int, default=50, help="how many at most (default: 50)")
    parser.add_argument("--home", metavar="FOLDER", help="where the database is (default: .gradloom, or GRADLOOM_HOME)")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """List runs."""
    if arguments.limit < 1:
        raise UserError(Problem("usage", f"--limit must be at least 1, got {arguments.limit}.", "Choose a larger number."))
    set_environment(arguments.home)
    from engine.settings import Settings
    from engine.store import open_store

    store = open_store(Settings.from_environment().database_url)
    try:
        found = store.runs(limit=arguments.limit)
    finally:
        store.close()
    console.answer({"runs": [_document(summary) for summary in found]})
    rows = [[str(summary.id), summary.name, summary.status, summary.data_name, _seconds(summary.seconds)] for summary in found]
    console.table(["id", "name", "status", "data", "seconds"], rows) if rows else console.say("There are no runs yet.")
    return 0


def _document(summary: RunSummary) -> dict[str, Any]:
    """Return what the Runs page shows of one run."""
    return {
        "id": summary.id,
        "name": summary.name,
        "status": summary.status,
        "reason": summary.reason,
        "data": summary.data_name,
        "best": {"name": summary.best_name, "value": summary.best_value},
        "num_parameters": summary.num_parameters,
        "created_at": summary.created_at,
        "seconds": summary.seconds,
    }


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f}"
