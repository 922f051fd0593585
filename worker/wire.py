"""What crosses the pipe between a worker and its training child: a JSON header and raw array bytes, never a pickle."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.train.events import Done, Event, Failed, Points, Started, Verdict, Weights

_LENGTHS = struct.Struct("<IQ")
_LARGEST_HEADER_BYTES = 64 * 1024 * 1024
_LARGEST_BODY_BYTES = 1024 * 1024 * 1024
_PLAIN: Mapping[str, Callable[..., Event]] = {"started": Started, "verdict": Verdict, "done": Done, "failed": Failed}


@dataclass(frozen=True)
class Job:
    """Hold all a child is told: what to train, and how much of the machine is its own."""

    run_id: str
    document: Mapping[str, Any]
    recipe: Mapping[str, Any]
    data: Mapping[str, Any]
    csv: bytes | None = None
    threads: int = 1
    memory_limit_mb: int | None = None
    weights_limit_mb: int = 0


def encode_job(job: Job) -> bytes:
    """Return a job as one frame."""
    header = {
        name: getattr(job, name) for name in ("run_id", "document", "recipe", "data", "threads", "memory_limit_mb", "weights_limit_mb")
    }
    return _frame(header | {"has_csv": job.csv is not None}, job.csv or b"")


def decode_job(frame: bytes) -> Job:
    """Read a job back."""
    header_bytes, body_bytes = _LENGTHS.unpack_from(frame)
    header = json.loads(frame[_LENGTHS.size : _LENGTHS.size + header_bytes])
    body = frame[_LENGTHS.size + header_bytes :]
    assert len(body) == body_bytes, f"a job of {body_bytes} bytes arrived with {len(body)}"
    return Job(**header, csv=body) if header.pop("has_csv") else Job(**header)


def encode_event(event: Event) -> bytes:
    """Return an event as one frame."""
    if isinstance(event, Points):
        steps, values = np.ascontiguousarray(event.steps, dtype="<i8"), np.ascontiguousarray(event.values, dtype="<f4")
        return _frame({"event": "points", "stream": event.stream, "shape": values.shape}, steps.tobytes() + values.tobytes())
    if isinstance(event, Weights):
        return _frame({"event": "weights", "kinds": event.kinds, "step": event.step}, event.content)
    return _frame({"event": type(event).__name__.lower(), **asdict(event)}, b"")


class EventDecoder:
    """Turn the bytes of a pipe, in pieces of any size, into events."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Event]:
        """Take more bytes and return the events that are whole with them.

        Raises: ValueError where the bytes are not events.
        """
        self._pending += data
        events: list[Event] = []
        while len(self._pending) >= _LENGTHS.size:
            header_bytes, body_bytes = _LENGTHS.unpack_from(self._pending)
            if header_bytes > _LARGEST_HEADER_BYTES or body_bytes > _LARGEST_BODY_BYTES:
                raise ValueError(f"a frame of {header_bytes} + {body_bytes} bytes is none of ours")
            end = _LENGTHS.size + header_bytes + body_bytes
            if len(self._pending) < end:
                break
            header = json.loads(self._pending[_LENGTHS.size : _LENGTHS.size + header_bytes])
            with memoryview(self._pending) as pending:  # one copy of what may be large, not two
                body = bytes(pending[_LENGTHS.size + header_bytes : end])
            events.append(_event(header, body))
            del self._pending[:end]
        return events


def _frame(header: Mapping[str, Any], body: bytes) -> bytes:
    text = json.dumps(header, default=_plain, separators=(",", ":")).encode()
    return _LENGTHS.pack(len(text), len(body)) + text + body


def _plain(value: Any) -> Any:
    """Write numpy's numbers and arrays, which evidence may hold, as JSON has them."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot cross the pipe")


def _event(header: dict[str, Any], body: bytes) -> Event:
    try:
        kind = header.pop("event")
        if kind == "points":
            rows, columns = header["shape"]
            steps = np.frombuffer(body, "<i8", rows)
            values = np.frombuffer(body, "<f4", rows * columns, offset=steps.nbytes)
            return Points(header["stream"], steps, values.reshape(rows, columns))
        if kind == "weights":
            return Weights(tuple(header["kinds"]), header["step"], body)
        return _PLAIN[kind](**header)
    except (KeyError, TypeError) as error:
        raise ValueError(f"a frame that is no event: {error!r}") from error
