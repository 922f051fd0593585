"""`gradloom runs`: what was trained, and how it ended."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from app.commands.console import Console
from app.commands.database import schema_revision
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
    found = _runs(arguments.limit)
    console.answer({"runs": [_document(summary) for summary in found]})
    rows = [[summary.id, summary.name, summary.status, summary.data_name, _best(summary), _seconds(summary.seconds)] for summary in found]
    console.table(["id", "name", "status", "data", "best", "seconds"], rows) if rows else console.say("There are no runs yet.")
    return 0


def _runs(limit: int) -> list[RunSummary]:
    """Return the newest runs; none where nothing was ever started here."""
    from engine.settings import Settings
    from engine.store import open_store

    current = Settings.from_environment()
    if schema_revision(current) is None:
        return []
    store = open_store(current.database_url)
    try:
        return store.runs(limit=limit)
    finally:
        store.close()


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
        "message": summary.message,
        "fix": summary.fix,
        "created_at": summary.created_at,
        "seconds": summary.seconds,
    }


def _best(summary: RunSummary) -> str:
    return "" if summary.best_value is None else f"{summary.best_name} {summary.best_value:.4f}"


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f}"
