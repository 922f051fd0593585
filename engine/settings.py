"""Where Gradloom keeps things and how a worker behaves, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from blocks.problems import Problem, UserError

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True)
class Settings:
    """Hold the two URLs that make a team installation of an embedded one, and the worker's few numbers."""

    home: Path
    database_url: str
    broker_url: str
    host: str = "127.0.0.1"
    port: int = 8501
    slots: int = 1
    """Runs that one worker trains at a time."""
    threads: int = 1
    """CPU threads of each run. One processor is left to the page by default: two pools that share one wait for each other, spinning."""
    lease_s: float = 20.0
    heartbeat_s: float = 5.0
    memory_limit_mb: int | None = None
    """What one run may allocate on the host; nothing but the machine's own limit where None."""
    weights_limit_mb: int = 512
    """The largest file of weights that is kept of a finished run, which has up to two; 0 keeps none."""

    @property
    def embedded(self) -> bool:
        """Return whether the database is this machine's own SQLite file, which migrates itself."""
        return self.database_url.startswith("sqlite")

    @property
    def broker_folder(self) -> Path | None:
        """Return the folder of the file-system broker, or None where a real broker is named."""
        return self.home / "broker" if self.broker_url.startswith("filesystem:") else None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read `GRADLOOM_*`; whatever is not set has a default that needs no other program.

        Raises: UserError where a number is not one, or is out of range.
        """
        home = Path(environ.get("GRADLOOM_HOME") or ".gradloom").expanduser().absolute()
        slots = _number(environ, "GRADLOOM_SLOTS", int, max(1, min(4, _cpus() // 2)), 1)
        memory_limit = _number(environ, "GRADLOOM_MEMORY_LIMIT_MB", int, 0, 0)
        settings = cls(
            home=home,
            database_url=environ.get("GRADLOOM_DATABASE_URL") or f"sqlite:///{home / 'gradloom.db'}",
            broker_url=environ.get("GRADLOOM_BROKER_URL") or "filesystem://",
            host=environ.get("GRADLOOM_HOST") or "127.0.0.1",
            port=_number(environ, "GRADLOOM_PORT", int, 8501, 1),
            slots=slots,
            threads=_number(environ, "GRADLOOM_THREADS", int, max(1, (_cpus() - 1) // slots), 1),
            lease_s=_number(environ, "GRADLOOM_LEASE_S", float, 20.0, 0.5),
            heartbeat_s=_number(environ, "GRADLOOM_HEARTBEAT_S", float, 5.0, 0.05),
            memory_limit_mb=memory_limit or None,
            weights_limit_mb=_number(environ, "GRADLOOM_WEIGHTS_LIMIT_MB", int, 512, 0),
        )
        if settings.heartbeat_s * 2 > settings.lease_s:
            raise UserError(
                Problem(
                    "bad_setting",
                    f"GRADLOOM_HEARTBEAT_S must be at most half of GRADLOOM_LEASE_S ({settings.lease_s:g}), got {settings.heartbeat_s:g}.",
                    "Make the lease longer or the heartbeat shorter.",
                    parameter="GRADLOOM_HEARTBEAT_S",
                )
            )
        return settings


def _cpus() -> int:
    """Return the processors this process may use, which in a container or under taskset are fewer than the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _number(environ: Mapping[str, str], name: str, kind: Callable[[str], _Number], default: _Number, least: _Number) -> _Number:
    text = environ.get(name, "").strip()
    if not text:
        return default
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not value >= least:
        raise UserError(
            Problem(
                "bad_setting",
                f"The environment variable {name} must be a number of at least {least:g}, got {text[:60]!r}.",
                f"Set {name} to such a number, or leave it out for {default:g}.",
                parameter=name,
                expected=f">= {least:g}",
                received=text[:60],
            )
        )
    return value
