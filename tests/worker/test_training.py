"""The whole way of a run through the real engine: asked for, rung for, claimed, trained in a child, recorded, ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load

from engine.compile import compile_graph
from engine.data import DataSpec, load_for
from engine.library import template
from engine.train.recipe import Recipe
from tests.figures import Figure
from tests.worker.conftest import Installation, eventually, installation
from worker.bell import ring

REAL = ("-m", "worker")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Give an embedded installation with one real worker, warm."""
    with installation(tmp_path_factory.mktemp("real"), GRADLOOM_LEASE_S="20", GRADLOOM_HEARTBEAT_S="5") as made:
        made.start_worker(*REAL)
        ask(made, epochs=1)
        yield made


def ask(made: Installation, name: str = "lenet5", data: str = "digits", wait: bool = True, **recipe: object) -> str:
    """Ask for a run of a ready network, and wait for its end."""
    run_id = made.store.queue_run(template(name), replace(Recipe(), **recipe), DataSpec(data))  # type: ignore[arg-type]
    assert ring(run_id, made.settings)
    if wait:
        made.wait(run_id, within_s=90)
    return run_id


def test_lenet_learns_digits(real: Installation) -> None:
    run = real.store.run(ask(real, epochs=2, lr=0.002))
    assert (run.status, run.message) == ("finished", None)
    assert run.progress.step == run.progress.total_steps == 2 * (run.progress.steps_per_epoch or 0)
    assert run.progress.epoch == 2
    assert run.best_name == "val_accuracy" and run.best_value and run.best_value > 0.8
    steps = real.store.series(run.id, "step")
    assert steps.steps.tolist() == list(range(run.progress.step))
    assert steps.names[:3] == ("loss", "lr", "accuracy") and steps.names[3].startswith("grad_norm/")
    assert np.isfinite(steps.values).all()
    assert steps.column("loss")[-10:].mean() < 0.5 * steps.column("loss")[:10].mean()
    assert len(real.store.series(run.id, "epoch")) == 2
    assert len(real.store.series(run.id, "probe")) > 0
    assert 2 <= len(run.sparkline) <= 60
    assert run.graph == template("lenet5")


def test_a_finished_run_keeps_its_weights_until_it_is_deleted(real: Installation) -> None:
    run = real.store.run(ask(real, epochs=3, lr=0.002))
    kept = real.store.weights(run.id)
    assert set(kept) == {"final", "best"} and kept["final"].step == run.progress.step - 1
    network = compile_graph(run.graph)
    data = load_for(network, DataSpec("digits"))
    module = network.build().eval()
    module.load_state_dict(load(real.store.weights_file(run.id, "best")))
    with torch.no_grad():
        right = (module(*data.x_val).argmax(1) == data.y_val).double().mean()
    assert float(right) == pytest.approx(run.best["val_accuracy"])
    folder = real.settings.home / "weights"
    assert {path.name for path in folder.glob(f"{run.id}*")} == {each.file for each in kept.values()}
    real.store.delete_run(run.id)
    assert not list(folder.glob(f"{run.id}*")) and not real.store.weights(run.id)


def test_the_first_loss_is_there_at_once(real: Installation, figure: Figure) -> None:
    delays = []
    for _ in range(5):
        began = time.monotonic()
        run_id = ask(real, epochs=200, wait=False)
        real.wait_for_step(run_id)
        delays.append(time.monotonic() - began)
        real.store.request_cancel(run_id)
        real.wait(run_id)
    figure(f"queue to first loss of LeNet-5, median of 5: {sorted(delays)[2] * 1000:.0f} ms")
    assert sorted(delays)[2] < 1.5


def test_cancel_in_mid_training(real: Installation) -> None:
    run_id = ask(real, epochs=500, wait=False)
    real.wait_for_step(run_id)
    real.store.request_cancel(run_id)
    took = eventually(lambda: real.store.summary(run_id).is_final, within_s=5)
    run = real.store.summary(run_id)
    assert (run.status, run.reason) == ("cancelled", None)
    assert took < 1.0
    assert len(real.store.series(run_id, "step")) == run.progress.step > 0
    assert not real.store.weights(run_id) and not list((real.settings.home / "weights").glob(f"{run_id}*"))


def test_data_that_does_not_fit_is_the_users_to_mend(real: Installation) -> None:
    run = real.store.run(ask(real, data="wine"))
    assert (run.status, run.reason) == ("failed", "user_error")
    assert run.message and run.fix


def test_an_uploaded_table_reaches_the_child(real: Installation) -> None:
    rows = "\n".join(f"{a},{b},{int(a * b > 0)}" for a, b in np.random.default_rng(0).normal(size=(80, 2)).round(3).tolist())
    upload = real.store.add_upload("signs.csv", f"a,b,class\n{rows}\n".encode())
    spec = DataSpec("csv", {"upload": upload, "target": "class"})
    run_id = real.store.queue_run(template("xor"), Recipe(epochs=2), spec)
    ring(run_id, real.settings)
    run = real.wait(run_id, within_s=60)
    assert run.status == "finished", run.message


def test_the_real_zygote_is_single_threaded(real: Installation) -> None:
    assert [zygote.num_threads() for zygote in real.zygotes(real.workers[0])] == [1]
