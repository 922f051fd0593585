"""Children without a zygote, as systems other than Linux start them; and the wire that events cross."""

from __future__ import annotations

import time

import numpy as np
import pytest

from engine.train.events import Done, Event, Failed, Points, Started, Verdict
from tests.worker.conftest import eventually
from worker.launcher import SpawnLauncher
from worker.wire import EventDecoder, Job, decode_job, encode_event, encode_job

TARGET = "tests.worker.programs:choose"


def test_a_spawned_child_trains_and_ends() -> None:
    launcher = SpawnLauncher(TARGET)
    child, decoder = launcher.start(Job("r", {}, {"program": "count", "steps": 3}, {})), EventDecoder()
    events: list[Event] = []
    deadline = time.monotonic() + 30
    while child.ended() is None and time.monotonic() < deadline:
        events += decoder.feed(child.read(0.05))
    events += decoder.feed(child.read(0))
    assert child.ended() == 0
    assert [type(event) for event in events] == [Started, Points, Points, Points, Points, Done]
    child.close()
    launcher.close()


def test_a_deaf_spawned_child_is_killed() -> None:
    launcher = SpawnLauncher(TARGET)
    child = launcher.start(Job("r", {}, {"program": "endless"}, {}))
    eventually(lambda: child.read(0.05), what="the first event")
    child.kill()
    eventually(lambda: child.ended() is not None, within_s=2, what="the end of the child")
    assert child.ended() == -9
    child.close()


def test_events_cross_the_wire_in_pieces_of_any_size() -> None:
    values = np.array([[np.nan, np.inf], [-0.0, 1e-45]], np.float32)
    sent = [
        Started(1, 2, 3, 4, "cpu", {"step": ["loss", "<b>"]}),
        Points("step", np.array([0, 2**40]), values),
        Verdict("vanishing", "severe", None, 3, "x", {"A": float("-inf"), "n": np.float32(2.0)}),
        Failed("user_error", "m", "f", "n"),
        Done({"val_loss": 0.5}, 1.0, 2.0),
    ]
    data, decoder = b"".join(encode_event(event) for event in sent), EventDecoder()
    got = [event for start in range(0, len(data), 7) for event in decoder.feed(data[start : start + 7])]
    assert [type(event) for event in got] == [type(event) for event in sent]
    points = got[1]
    assert isinstance(points, Points)
    assert points.steps.tolist() == [0, 2**40] and points.values.tobytes() == values.tobytes()
    assert (got[0], got[3], got[4]) == (sent[0], sent[3], sent[4])
    assert isinstance(got[2], Verdict) and got[2].evidence == {"A": float("-inf"), "n": 2.0}


@pytest.mark.parametrize("frame", [b"\xff" * 64, b"\x02\0\0\0" + bytes(8) + b"{}", b'\x10\0\0\0\0\0\0\0\0\0\0\0{"event":"nono"}'])
def test_what_is_no_event_is_refused(frame: bytes) -> None:
    with pytest.raises(ValueError):
        EventDecoder().feed(frame)


def test_a_job_crosses_with_its_file() -> None:
    for csv in (None, b"", b"a,b\n1,2\n"):
        job = Job("r", {"nodes": []}, {"lr": 0.1}, {"name": "csv"}, csv, 3, 100)
        assert decode_job(encode_job(job)) == job
