"""`gradloom doctor`: whether everything that Gradloom stands on is there, and what to do where it is not."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.commands.console import Console
from app.commands.database import schema_revision
from app.commands.files import set_environment
from blocks.problems import Problem, UserError

if TYPE_CHECKING:
    from engine.settings import Settings

SUMMARY = "Look at everything that Gradloom stands on, and say what to do where something is missing."
_PACKAGES = ("gradloom", "torch", "streamlit", "streamlit-flow-component", "celery", "sqlalchemy", "pydantic", "scikit-learn")
_LEAST_FREE_BYTES = 2 * 1024**3
_PATIENCE_S = 3.0


@dataclass(frozen=True)
class Finding:
    """Say how one thing stands: "ok", "warn" (something will not work) or "fail" (nothing will)."""

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    fix: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--only", nargs="+", choices=list(_CHECKS), metavar="NAME", help=f"look at these only: {', '.join(_CHECKS)}")
    parser.add_argument("--home", metavar="FOLDER", help="where the database is (default: .gradloom, or GRADLOOM_HOME)")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Look at each thing in turn; a failure of one does not hide the others."""
    set_environment(arguments.home)
    from engine.settings import Settings

    current = Settings.from_environment()
    findings = []
    for name in arguments.only or _CHECKS:
        try:
            findings.append(_CHECKS[name](current))
        except UserError as error:
            findings.append(Finding(name, "fail", error.problems[0].message, error.problems[0].fix))
    failed = [finding for finding in findings if finding.status == "fail"]
    console.answer({"ok": not failed, "checks": [asdict(finding) for finding in findings]})
    for finding in findings:
        console.say(f"{finding.status:4}  {finding.name:9}  {finding.detail}{' ' + finding.fix if finding.fix else ''}")
    return console.refuse([Problem(f"doctor_{finding.name}", finding.detail, finding.fix) for finding in failed]) if failed else 0


def _versions(settings: Settings) -> Finding:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            return Finding("versions", "fail", f"The package {package} is not installed.", "Run make install.")
    return Finding(
        "versions", "ok", f"Python {sys.version.split()[0]}, " + ", ".join(f"{name} {number}" for name, number in found.items()) + "."
    )


def _home(settings: Settings) -> Finding:
    folder = _nearest(settings)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return Finding("home", "fail", f"{folder} may not be written to.", "Set GRADLOOM_HOME to a folder you may write to.")
    made = "may be written to" if folder == settings.home else "will be made"
    return Finding("home", "ok", f"{settings.home} {made}.")


def _nearest(settings: Settings) -> Path:
    """Return the home, or the nearest folder above it that is there already."""
    return next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())


def _disk(settings: Settings) -> Finding:
    folder = _nearest(settings)
    free = shutil.disk_usage(folder).free
    told = f"{free / 1024**3:.1f} GiB free at {folder}."
    if free < _LEAST_FREE_BYTES:
        return Finding("disk", "warn", told, "Free some space: metrics and checkpoints are kept there.")
    return Finding("disk", "ok", told)


def _database(settings: Settings) -> Finding:
    from engine.store.tables import SCHEMA_REVISION

    revision = schema_revision(settings)
    kind = "SQLite" if settings.embedded else "PostgreSQL"
    if revision is None:
        return Finding("database", "warn", f"{kind} holds no tables yet.", "They are made by gradloom up, or python -m migrations.")
    if revision != SCHEMA_REVISION:
        told = f"{kind} answers with tables of migration {revision}, this Gradloom needs {SCHEMA_REVISION}."
        return Finding("database", "fail", told, "Run python -m migrations.")
    return Finding("database", "ok", f"{kind} answers, its tables are up to date ({revision}).")


def _broker(settings: Settings) -> Finding:
    if settings.broker_folder is not None:
        return Finding("broker", "ok", f"Messages go through the folder {settings.broker_folder}; no broker is needed.")
    from kombu.connection import Connection
    from kombu.exceptions import KombuError

    try:
        with Connection(settings.broker_url, connect_timeout=_PATIENCE_S) as connection:
            connection.ensure_connection(max_retries=1, timeout=_PATIENCE_S)
            kind = connection.transport_cls
    except (KombuError, OSError, KeyError, ValueError) as error:
        # The message of the library may hold the URL, and so a password: only its kind is told.
        told = f"The broker does not answer ({type(error).__name__})."
        return Finding(
            "broker",
            "warn",
            told,
            "Start it and check GRADLOOM_BROKER_URL; until then workers find new runs by looking every second or two.",
        )
    return Finding("broker", "ok", f"The broker ({kind}) answers.")


def _worker(settings: Settings) -> Finding:
    from engine.store import open_store

    if schema_revision(settings) is None:
        return Finding("worker", "ok", "Nothing waits to be trained.")
    store = open_store(settings.database_url)
    try:
        found = store.runs(limit=200)
    finally:
        store.close()
    training = sum(run.status == "running" for run in found)
    waiting = [run for run in found if run.status == "queued" and time.time() - run.created_at > 10]
    if training:
        return Finding("worker", "ok", f"{training} {'run is' if training == 1 else 'runs are'} being trained.")
    if waiting:
        return Finding(
            "worker",
            "warn",
            f"{len(waiting)} queued for more than 10 s, and nobody trains.",
            "Start a worker: gradloom up, or python -m worker.",
        )
    return Finding("worker", "ok", "Nothing waits to be trained.")


def _devices(settings: Settings) -> Finding:
    import torch

    found = [f"CPU with {torch.get_num_threads()} threads"]
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        found.append(f"{properties.name} with {properties.total_memory / 1024**3:.0f} GiB")
    if torch.backends.mps.is_available():
        found.append("Apple GPU")
    if shutil.which("nvidia-smi") and not torch.cuda.is_available():
        return Finding(
            "devices", "warn", f"{found[0]}; there is an NVIDIA driver, but this torch cannot use it.", "Install the CUDA build of torch."
        )
    return Finding("devices", "ok", ", ".join(found) + ".")


def _chromium(settings: Settings) -> Finding:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("GRADLOOM_CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)
    if path is not None:
        return Finding("chromium", "ok", f"{path}, for the browser tests.")
    return Finding("chromium", "warn", "No Chromium on the path; only the browser tests need one.", "Run make browser.")


_CHECKS: dict[str, Callable[[Settings], Finding]] = {
    "versions": _versions,
    "home": _home,
    "disk": _disk,
    "database": _database,
    "broker": _broker,
    "worker": _worker,
    "devices": _devices,
    "chromium": _chromium,
}
