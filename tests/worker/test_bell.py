"""The bell: only a hint. Each run is trained once, whatever happens to its message; a broker that is away never reaches the page."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.settings import Settings
from tests.figures import Figure
from tests.worker.conftest import ROOT, Installation, eventually, installation
from worker.bell import ring


def test_a_deleted_message_delays_a_run_and_no_more(embedded: Installation) -> None:
    embedded.start_worker()
    began = time.monotonic()
    runs = [embedded.queue("count", bell=False) for _ in range(3)]
    assert {embedded.wait(run_id, within_s=10).status for run_id in runs} == {"finished"}
    assert time.monotonic() - began < 10
    assert {embedded.store.summary(run_id).attempts for run_id in runs} == {1}


def test_messages_that_are_there_many_times_start_a_run_once(embedded: Installation) -> None:
    runs = [embedded.queue("count") for _ in range(3)]
    folder = embedded.settings.broker_folder
    assert folder is not None
    messages = list(folder.glob("*.msg"))
    assert len(messages) == 3
    for message in messages:
        for copy in range(5):
            shutil.copy(message, message.with_name(f"0_copy{copy}_{message.name}"))
    embedded.start_worker()
    for run_id in runs:
        assert embedded.wait(run_id).status == "finished"
    for _ in range(5):
        ring(runs[0], embedded.settings)
    eventually(lambda: not list(folder.glob("*.msg")), what="the taking of every message")
    assert {embedded.store.summary(run_id).attempts for run_id in runs} == {1}


def test_a_message_holds_the_run_id_and_nothing_else(tmp_path: Path) -> None:
    settings = Settings.from_environment({"GRADLOOM_HOME": str(tmp_path)})
    assert ring("the-run", settings)
    (message,) = (tmp_path / "broker").glob("*.msg")
    text = message.read_text()
    arguments, keywords, _ = json.loads(base64.b64decode(json.loads(text)["body"]))
    assert (arguments, keywords) == (["the-run"], {})


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "amqp://guest:guest@127.0.0.1:1//", "nonsense://", "filesystem://"])
def test_a_broker_that_is_away_is_no_error_of_the_page(broker: str, tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_text("where the broker's folder should be")
    began = time.monotonic()
    assert ring("x", Settings(home, "sqlite://", broker)) is False
    assert time.monotonic() - began < 3


def test_the_bell_imports_no_training_code() -> None:
    code = "import sys, worker.bell; print(sorted({'torch', 'sqlalchemy', 'engine.store', 'engine.compile', 'sklearn'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.strip() == "[]"


def test_a_worker_says_why_it_cannot_start(tmp_path: Path) -> None:
    environ = {"GRADLOOM_HOME": str(tmp_path), "GRADLOOM_DATABASE_URL": "mysql://nobody@localhost/none", "PATH": "/usr/bin"}
    run = subprocess.run([sys.executable, "-m", "worker"], capture_output=True, text=True, cwd=ROOT, env=environ, timeout=60)
    assert run.returncode != 0
    assert "must name SQLite or PostgreSQL, got 'mysql'" in run.stderr and "Traceback" not in run.stderr


@pytest.mark.service
@pytest.mark.parametrize("broker", ["redis_url", "rabbitmq_url"])
def test_the_whole_way_on_postgresql_and_a_broker(broker: str, request: pytest.FixtureRequest, tmp_path: Path, figure: Figure) -> None:
    urls = {"GRADLOOM_DATABASE_URL": request.getfixturevalue("postgres_url"), "GRADLOOM_BROKER_URL": request.getfixturevalue(broker)}
    with installation(tmp_path, **urls) as team:
        team.start_worker()
        team.wait(team.queue("count"))
        began = time.monotonic()
        run_id = team.queue("endless")
        team.wait_for_step(run_id)
        figure(f"queue to first point on PostgreSQL and {broker[:-4]}: {(time.monotonic() - began) * 1000:.0f} ms")
        team.store.request_cancel(run_id)
        began = time.monotonic()
        assert team.wait(run_id).status == "cancelled"
        assert time.monotonic() - began < 1
        assert team.wait(team.queue("segfault")).reason == "crashed"
        run = team.wait(team.queue("count", steps=30))
        assert run.status == "finished"
        assert team.store.series(run.id, "step").steps.tolist() == list(range(30))


@pytest.mark.service
def test_celery_starts_the_worker_as_compose_does(postgres_url: str, redis_url: str, tmp_path: Path) -> None:
    with installation(tmp_path, GRADLOOM_DATABASE_URL=postgres_url, GRADLOOM_BROKER_URL=redis_url) as team:
        team.start_worker("-m", "celery", "-A", "worker.celery_app", "worker", "--loglevel=WARNING")
        run = team.wait(team.queue("count"), within_s=60)
        assert (run.status, run.reason) == ("failed", "user_error"), "the real engine was asked to train a recipe of the tests"
