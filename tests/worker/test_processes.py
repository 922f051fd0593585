"""The process model, with real processes: cancel, the ways to fail, what is killed and what takes its place."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.figures import Figure
from tests.worker.conftest import Installation, eventually, gone


def test_a_run_is_trained_to_its_end(shared: Installation) -> None:
    run = shared.wait(shared.queue("count", steps=50))
    assert (run.status, run.reason, run.progress.step, run.progress.total_steps) == ("finished", None, 50, 50)
    assert run.best == {"train_loss": 0.5, "val_loss": 0.25}
    assert (run.seconds, run.steps_per_s) == (1.0, 50.0)
    series = shared.store.series(run.id, "step")
    assert series.steps.tolist() == list(range(50))
    assert series.column("loss")[:3].tolist() == pytest.approx([1, 1 / 2, 1 / 3])


def test_the_first_point_is_there_at_once(shared: Installation, figure: Figure) -> None:
    delays = []
    for _ in range(5):
        began = time.monotonic()
        run_id = shared.queue("endless")
        shared.wait_for_step(run_id)
        delays.append(time.monotonic() - began)
        shared.store.request_cancel(run_id)
        shared.wait(run_id)
    figure(f"queue to first point, median of 5: {sorted(delays)[2] * 1000:.0f} ms")
    assert sorted(delays)[2] < 0.6


def test_cancel_ends_a_deaf_child_and_its_own_within_a_second(shared: Installation, figure: Figure) -> None:
    worker = shared.workers[0]
    run_id = shared.queue("deaf")
    shared.wait_for_step(run_id)
    tree = [process for zygote in shared.zygotes(worker) for process in zygote.children(recursive=True)]
    assert len(tree) == 2
    began = time.monotonic()
    shared.store.request_cancel(run_id)
    assert shared.wait(run_id).status == "cancelled"
    took = time.monotonic() - began
    figure(f"cancel of a deaf child: {took * 1000:.0f} ms")
    assert took < 1.0
    assert gone(tree)


def test_cancel_of_a_waiting_run_needs_no_worker(embedded: Installation) -> None:
    run_id = embedded.queue("endless")
    embedded.store.request_cancel(run_id)
    assert embedded.store.summary(run_id).status == "cancelled"


@pytest.mark.parametrize(
    ("program", "reason", "words"),
    [
        ("mistake", "user_error", "Linear 'out': expected 10 features, got 4."),
        ("device_full", "out_of_memory", "more memory than the GPU has"),
        ("devour", "out_of_memory", "more memory than this machine has left"),
        ("devour_tensors", "out_of_memory", "more memory than this machine has left"),
        ("segfault", "crashed", "segmentation fault (SIGSEGV)"),
        ("leave", "crashed", "exit status 3"),
        ("defect", "crashed", "ZeroDivisionError: division by zero"),
        ("backwards", "crashed", "must rise"),
    ],
)
def test_each_failure_has_its_reason_and_the_next_run_is_trained(shared: Installation, program: str, reason: str, words: str) -> None:
    failing, following = shared.queue(program), shared.queue("count")
    run = shared.wait(failing)
    assert (run.status, run.reason) == ("failed", reason)
    assert run.message and words in run.message
    assert run.fix
    assert shared.wait(following).status == "finished"


def test_a_mistake_names_its_node_and_fix(shared: Installation) -> None:
    run = shared.wait(shared.queue("mistake"))
    assert (run.node, run.fix) == ("n7", "Set out_features to 10.")


def test_a_child_killed_from_outside_crashed(shared: Installation) -> None:
    run_id = shared.queue("endless")
    shared.wait_for_step(run_id)
    shared.child(shared.workers[0]).kill()
    run = shared.wait(run_id)
    assert (run.status, run.reason) == ("failed", "crashed")
    assert run.message and "SIGKILL" in run.message


def test_a_killed_zygote_is_replaced(shared: Installation) -> None:
    worker = shared.workers[0]
    run_id = shared.queue("endless")
    shared.wait_for_step(run_id)
    child, (zygote,) = shared.child(worker), shared.zygotes(worker)
    zygote.kill()
    run = shared.wait(run_id, within_s=5)
    assert (run.status, run.reason) == ("failed", "worker_lost")
    assert shared.wait(shared.queue("count"), within_s=5).status == "finished"
    assert worker.is_running() and gone([child])
    idle = shared.zygotes(worker)[0]
    idle.kill()
    assert shared.wait(shared.queue("count"), within_s=5).status == "finished"


def test_a_killed_zygote_leaves_nothing_of_its_run(shared: Installation) -> None:
    worker = shared.workers[0]
    run_id = shared.queue("deaf")
    shared.wait_for_step(run_id)
    (zygote,) = shared.zygotes(worker)
    tree = zygote.children(recursive=True)
    assert len(tree) == 2
    zygote.kill()
    assert shared.wait(run_id, within_s=5).reason == "worker_lost"
    eventually(lambda: gone(tree), within_s=2, what="the end of the child's own child")


def test_a_zygote_is_single_threaded_and_its_children_are_not(shared: Installation) -> None:
    run = shared.wait(shared.queue("two_threads"))
    assert run.status == "finished"
    assert [zygote.num_threads() for zygote in shared.zygotes(shared.workers[0])] == [1]
    assert shared.store.series(run.id, "step").column("threads").max() >= 2


def test_a_child_knows_no_address_and_no_secret(embedded: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "hidden")
    monkeypatch.setenv("SOME_API_KEY", "hidden")
    monkeypatch.setenv("HARMLESS", "shown")
    embedded.start_worker()
    run = embedded.wait(embedded.queue("environment"))
    names = embedded.store.layout(run.id)["step"]
    assert "HARMLESS" in names and "PATH" in names
    assert not [name for name in names if name.startswith(("GRADLOOM", "PG")) or "KEY" in name]


def test_kill_9_of_a_worker_leaves_no_process_and_its_run_ends(embedded: Installation, figure: Figure) -> None:
    worker = embedded.start_worker()
    run_id = embedded.queue("deaf")
    embedded.wait_for_step(run_id)
    tree = worker.children(recursive=True)
    assert len(tree) == 3
    worker.kill()
    worker.wait()
    took = eventually(lambda: gone(tree), within_s=2, what="the end of all")
    figure(f"kill -9 of a worker: its descendants are gone after {took * 1000:.0f} ms")
    assert embedded.store.summary(run_id).status == "running"
    embedded.start_worker(ready=False)
    run = embedded.wait(run_id, within_s=15)
    assert (run.status, run.reason) == ("failed", "worker_lost")


def test_a_worker_told_to_end_ends_its_run_first(embedded: Installation) -> None:
    worker = embedded.start_worker()
    run_id = embedded.queue("endless")
    embedded.wait_for_step(run_id)
    tree = worker.children(recursive=True)
    worker.send_signal(signal.SIGTERM)
    worker.wait(10)
    run = embedded.store.summary(run_id)
    assert (run.status, run.reason) == ("failed", "worker_lost")
    assert gone(tree)


def test_a_worker_that_slept_past_its_lease_changes_nothing(embedded: Installation) -> None:
    worker = embedded.start_worker()
    run_id = embedded.queue("endless")
    embedded.wait_for_step(run_id)
    child = embedded.child(worker)
    worker.send_signal(signal.SIGSTOP)
    time.sleep(embedded.settings.lease_s + 0.2)
    assert embedded.store.expire_lost() == 1
    before = len(embedded.store.series(run_id, "step"))
    worker.send_signal(signal.SIGCONT)
    eventually(lambda: gone([child]), within_s=1, what="the end of the child")
    assert len(embedded.store.series(run_id, "step")) == before
    assert embedded.store.summary(run_id).reason == "worker_lost"
    assert embedded.wait(embedded.queue("count")).status == "finished"


def test_a_worker_ends_with_the_process_that_started_it(embedded: Installation) -> None:
    script = (
        "import os, subprocess, sys, time\n"
        "command = [sys.executable, '-m', 'tests.worker.start_worker', 'tests.worker.programs:choose', '--with-parent', str(os.getpid())]\n"
        "subprocess.Popen(command)\n"
        "time.sleep(60)\n"
    )
    parent = embedded.start_worker("-c", script, ready=False)
    eventually(lambda: any(embedded.zygotes(worker) for worker in parent.children()), what="the start of the worker")
    tree = parent.children(recursive=True)
    parent.kill()
    parent.wait()
    eventually(lambda: gone(tree), within_s=10, what="the end of the worker")


def test_the_worker_never_forks_with_the_page(shared: Installation) -> None:
    sessions = {os.getsid(process.pid) for process in [shared.workers[0], *shared.zygotes(shared.workers[0])]}
    assert len(sessions) == 2, "a zygote has a session of its own, so that Ctrl-C reaches the worker alone"
