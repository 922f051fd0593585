"""The command `gradloom` as a script meets it: 0, or 2 with one sentence; exactly one JSON document; never a traceback."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import psutil
import pytest

import migrations
from app.cli import main
from app.commands.console import plain
from engine.compile import compile_graph
from engine.data import DataSpec
from engine.export import weights_of
from engine.library import template
from engine.store import Outcome, open_store
from engine.store.weights import write_weights
from engine.train.events import Weights
from engine.train.recipe import Recipe
from tests.engine.train.networks import autoencoder_and_classifier
from tests.services import free_port

ROOT = Path(__file__).parents[2]
GRADLOOM = [sys.executable, "-m", "app.cli"]


@dataclass(frozen=True)
class Done:
    """Hold what a command left: its exit status and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def gradloom(*arguments: str, stdin: str | bytes = "", **environment: str) -> Done:
    """Run one command to its end. In this process, so that torch is imported once; what needs a process of its own is tested in one."""
    given = io.TextIOWrapper(io.BytesIO(stdin.encode() if isinstance(stdin, str) else stdin))
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "stdin", given)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setenv("GRADLOOM_HOME", os.environ["GRADLOOM_HOME"])  # --home sets it: take that back afterwards
        status = main(arguments)
    for stream in (out, err):
        stream.flush()
    written = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return Done(status, *written)


def answer(*arguments: str, stdin: str = "", status: int = 0) -> Any:
    """Run one command with --json and return its document."""
    done = gradloom(*arguments, "--json", stdin=stdin)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def refusal(*arguments: str, stdin: str | bytes = "", **environment: str) -> str:
    """Run a command that must fail, and return its one sentence."""
    done = gradloom(*arguments, stdin=stdin, **environment)
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def lenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graphs") / "lenet5.json"
    assert gradloom("template", "lenet5", "-o", str(path)).returncode == 0
    return path


@pytest.fixture(scope="module")
def xor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graphs") / "xor.json"
    assert gradloom("template", "xor", "-o", str(path)).returncode == 0
    return path


def test_help_answers_without_torch() -> None:
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "app.cli", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert not re.search(r"\| +(torch|sqlalchemy|numpy|streamlit)$", done.stderr, re.MULTILINE)
    for command in ("up", "templates", "template", "check", "train", "runs", "export", "doctor"):
        assert f"    {command}" in done.stdout


def test_templates_lists_the_library() -> None:
    found = {entry["name"]: entry for entry in answer("templates")["templates"]}
    assert len(found) >= 10
    assert found["lenet5"]["data"]["name"] == "digits" and found["lenet5"]["bar"]["value"] >= 0.97
    assert "LeNet-5" in gradloom("templates").stdout


def test_check_gives_shapes_and_parameters(lenet: Path) -> None:
    report = answer("check", str(lenet))
    assert report["ok"] is True and report["problems"] == []
    # 6·(1·25+1) + 16·(6·25+1) + 400·120+120 + 120·84+84 + 84·10+10, as in the paper's figure 2 with full connections.
    assert report["num_parameters"] == 61_706
    assert report["nodes"]["conv1"]["outputs"]["y"] == ["B", 6, 28, 28]
    assert report["nodes"]["fc3"]["outputs"]["y"] == ["B", 10]


def test_check_names_every_problem_and_ends_with_2(lenet: Path) -> None:
    graph = json.loads(lenet.read_text())
    nodes = {node["id"]: node for node in graph["nodes"]}
    nodes["conv1"]["parameters"]["kernel_size"] = 50
    nodes["fc1"]["type"] = "dense_layer"
    done = gradloom("check", "-", "--json", stdin=json.dumps(graph))
    report = json.loads(done.stdout)
    assert done.returncode == 2 and report["ok"] is False
    assert {"conv1", "fc1"} <= {problem["node"] for problem in report["problems"]}
    assert all(
        problem["code"] and problem["message"] and problem["fix"] for problem in report["problems"] if problem["severity"] == "error"
    )
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("gradloom check: ")


def test_template_takes_its_own_settings_and_parameters_of_blocks() -> None:
    graph = json.loads(gradloom("template", "lenet5", "--set", "num_classes=3", "--set", "conv1.out_channels=8").stdout)
    parameters = {node["id"]: node["parameters"] for node in graph["nodes"]}
    assert parameters["fc3"]["out_features"] == 3 and parameters["conv1"]["out_channels"] == 8
    assert "depth" in refusal("template", "lenet5", "--set", "depth=50")
    assert "'nowhere'" in refusal("template", "lenet5", "--set", "nowhere.out_channels=1")
    assert "'ksz'" in refusal("template", "lenet5", "--set", "conv1.ksz=1")
    assert "name=value" in refusal("template", "lenet5", "--set", "num_classes")
    assert "no ready network" in refusal("template", "nope")


def test_export_runs_alone(lenet: Path, tmp_path: Path) -> None:
    path = tmp_path / "lenet5.py"
    written = answer("export", str(lenet), "--to", "python", "-o", str(path))
    assert written["num_parameters"] == 61_706
    code = f"import torch, lenet5; print(sum(p.numel() for p in lenet5.{written['class_name']}().parameters()))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"], capture_output=True, text=True
    )
    assert done.stdout.strip() == "61706", done.stderr
    assert gradloom("export", str(lenet)).stdout == path.read_text()
    assert answer("export", str(lenet))["source"] == path.read_text()


def test_export_writes_every_form(xor: Path, tmp_path: Path) -> None:
    for form, ending in (("script", "py"), ("onnx", "onnx"), ("safetensors", "safetensors"), ("svg", "svg"), ("json", "json")):
        path = tmp_path / f"xor.{ending}"
        more = ("--data", "xor", "--epochs", "3", "--seed", "4") if form == "script" else ()
        written = answer("export", str(xor), "--to", form, "-o", str(path), *more)
        assert (written["to"], written["size_bytes"]) == (form, path.stat().st_size) and written["num_parameters"] == 9
    assert json.loads((tmp_path / "xor.json").read_text()) == json.loads(xor.read_text())
    script = (tmp_path / "xor.py").read_text()
    assert "epochs: int = 3" in script and "seed: int = 4" in script
    assert answer("export", str(xor), "--to", "svg")["source"].startswith("<svg")
    seeds = [answer("export", str(xor), "--to", "safetensors", "--seed", seed, "-o", str(tmp_path / seed)) for seed in ("1", "2")]
    assert seeds[0]["ok"] and (tmp_path / "1").read_bytes() != (tmp_path / "2").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["XOR", "--to", "onnx"], "-o network.onnx"),
        (["XOR", "--to", "script"], "--data digits"),
        (["XOR", "--to", "script", "--data", "iris"], "Iris"),
        (["XOR", "--to", "svg", "--epochs", "3"], "--epochs"),
        (["XOR", "--to", "safetensors", "--lr", "3"], "--lr"),
        (["XOR", "--run", "abc"], "got both"),
        ([], "got neither"),
        (["--run", "abc", "--data", "xor"], "--data"),
        (["--run", "abc", "--home", "no_such_home"], "no runs here"),
    ],
)
def test_export_refuses_what_makes_no_sense(arguments: list[str], told: str, xor: Path) -> None:
    assert told in refusal("export", *(str(xor) if argument == "XOR" else argument for argument in arguments))


def test_export_of_a_run_is_what_it_trained_and_left(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    url = f"sqlite:///{home}/gradloom.db"
    migrations.upgrade(url)
    store = open_store(url)
    run_id = store.queue_run(template("xor"), Recipe(epochs=2, seed=7), DataSpec("xor"))
    claim = store.claim("test", 60)
    assert claim is not None
    assert "has left no weights" in refusal("export", "--run", run_id, "--home", home, "--to", "safetensors", "-o", str(tmp_path / "w"))
    content = weights_of(compile_graph(template("xor")).build(3))
    store.finish(claim, Outcome("finished"), write_weights(store.home, run_id, claim.epoch, Weights(("final", "best"), 1, content)))
    store.close()
    answer("export", "--run", run_id, "--home", home, "--to", "safetensors", "-o", str(tmp_path / "w"))
    assert (tmp_path / "w").read_bytes() == content
    assert "epochs: int = 2" in answer("export", "--run", run_id, "--home", home, "--to", "script")["source"]
    assert "no such run" in refusal("export", "--run", "nobody", "--home", home)


def test_train_learns_and_repeats(xor: Path) -> None:
    arguments = ("train", str(xor), "--data", "xor", "--epochs", "3", "--seed", "1")
    first, second = answer(*arguments), answer(*arguments)
    assert first["status"] == "finished" and first["ok"] is True and first["steps_per_s"] > 0
    assert len(first["epochs"]) == 3
    assert {"train_loss", "val_loss", "val_accuracy"} <= first["epochs"][0].keys()
    losses = [[epoch["train_loss"] for epoch in run["epochs"]] for run in (first, second)]
    assert losses[0] == losses[1] and losses[0][2] != losses[0][0]
    assert first["recipe"]["seed"] == 1 and first["data"]["name"] == "xor"


def test_train_compares_pairs(tmp_path: Path) -> None:
    network = tmp_path / "siamese.json"
    network.write_text(json.dumps(template("siamese").to_json()))
    run = answer("train", str(network), "--data", "digit_pairs", "--data-option", "num_examples=400", "--epochs", "1")
    assert run["ok"] is True and run["epochs"][0]["val_accuracy"] > 0
    assert "feeds 3 inputs" in refusal("train", str(network), "--data", "digit_triplets")


def test_train_takes_a_recipe_with_phases_from_a_file(tmp_path: Path) -> None:
    network, recipe = tmp_path / "pair.json", tmp_path / "recipe.json"
    network.write_text(json.dumps(autoencoder_and_classifier().to_json()))
    phases = [
        {"name": "draw", "losses": ["drawn"], "parts": ["encoder", "decoder"]},
        {"name": "read", "losses": ["read"], "parts": ["classifier"]},
    ]
    recipe.write_text(json.dumps({"epochs": 9, "phases": phases}))
    run = answer("train", str(network), "--data", "digits", "--recipe", str(recipe), "--epochs", "1")
    assert len(run["epochs"]) == 1 and [phase["name"] for phase in run["recipe"]["phases"]] == ["draw", "read"]
    recipe.write_text(json.dumps({"phases": [{"name": "draw", "losses": ["gone"]}]}))
    told = refusal("train", str(network), "--data", "digits", "--recipe", str(recipe))
    assert "Phase 'draw' names a loss ('gone') that is not in the network any more." in told
    recipe.write_text("{")
    assert "is no JSON" in refusal("train", str(network), "--data", "digits", "--recipe", str(recipe))


def test_train_tells_a_person_of_each_epoch(xor: Path) -> None:
    done = gradloom("train", str(xor), "--data", "xor", "--epochs", "2")
    assert done.returncode == 0 and "epoch 1/2" in done.stdout and "epoch 2/2" in done.stdout and "train_loss" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--data", "no_such_data"], "no_such_data"),
        (["--data", "iris"], "Iris"),
        (["--data", "xor", "--epochs", "0"], "epochs"),
        (["--data", "xor", "--epochs", "many"], "many"),
        (["--data", "xor", "--lr", "nan"], "learning rate"),
        (["--data", "xor", "--threads", "0"], "--threads"),
        (["--data", "xor", "--optimizer", "magic"], "magic"),
        (["--data", "xor", "--set", "warp=9"], "warp"),
        (["--data", "xor", "--data-option", "warp=9"], "warp"),
        (["--data", "csv"], "CSV"),
        (["--data", "csv", "--csv", "no_such.csv"], "no_such.csv"),
        ([], "--data"),
    ],
)
def test_train_refuses_in_one_sentence(xor: Path, arguments: list[str], told: str) -> None:
    assert told.lower() in refusal("train", str(xor), *arguments).lower()


@pytest.mark.parametrize("command", ["check", "export", "train"])
def test_a_file_that_is_no_network_is_refused_in_one_sentence(command: str, tmp_path: Path) -> None:
    more = ["--data", "digits"] if command == "train" else []
    bad = {
        "empty.json": b"",
        "text.json": b"hello",
        "binary.json": bytes(range(256)),
        "list.json": b"[1, 2]",
        "deep.json": b"[" * 200_000,
        "nan.json": b'{"format": "gradloom/graph", "version": 1, "nodes": NaN}',
        "newer.json": b'{"format": "gradloom/graph", "version": 99}',
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        assert name in refusal(command, str(tmp_path / name), *more)
    assert "cannot be read" in refusal(command, str(tmp_path / "not_there.json"), *more)
    assert "cannot be read" in refusal(command, str(tmp_path), *more)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="this system has no /dev/zero")
def test_a_file_without_end_is_refused() -> None:
    assert "bytes" in refusal("check", "/dev/zero")


def test_what_is_refused_is_also_told_as_json() -> None:
    for arguments in (["check", "not_there.json"], ["no_such_command"], ["check"], ["train", "-", "--data", "digits"]):
        told = answer(*arguments, status=2)
        assert told["ok"] is False and told["problems"][0]["message"]


def test_json_has_no_nan() -> None:
    values = {"a": float("nan"), "b": (float("inf"), 1, 2.5, True, None, "x")}
    assert plain(values) == {"a": None, "b": [None, 1, 2.5, True, None, "x"]}


def test_a_name_cannot_steer_the_terminal(lenet: Path) -> None:
    graph = json.loads(lenet.read_text())
    graph["name"] = "\x1b[2J\x1b]0;gone\x07"
    done = gradloom("check", "-", stdin=json.dumps(graph))
    assert done.returncode == 0 and "\x1b" not in done.stdout and "\\x1b[2J" in done.stdout


def test_a_reader_that_leaves_early_is_no_error() -> None:
    writer = subprocess.Popen([*GRADLOOM, "templates", "--json"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None and writer.stderr is not None
    writer.stdout.close()
    assert (writer.wait(60), writer.stderr.read()) == (0, b"")
    writer.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_an_answer_that_cannot_be_written_is_said() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*GRADLOOM, "templates"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "could not be written" in done.stderr


def test_runs_is_empty_where_nothing_was_trained_and_makes_nothing(tmp_path: Path) -> None:
    assert answer("runs", "--home", str(tmp_path / "home")) == {"runs": []}
    assert not (tmp_path / "home").exists()
    assert "--limit" in refusal("runs", "--limit", "0")


def test_runs_and_doctor_say_that_the_database_is_away() -> None:
    away = {"GRADLOOM_DATABASE_URL": f"postgresql://someone:hush@127.0.0.1:{free_port()}/gradloom"}
    for arguments in (["runs"], ["doctor", "--only", "database"]):
        told = refusal(*arguments, **away)
        assert "does not answer" in told and "hush" not in told


def test_doctor_says_how_everything_stands(tmp_path: Path) -> None:
    report = answer("doctor", "--home", str(tmp_path))
    assert {check["name"] for check in report["checks"]} == {
        "versions",
        "home",
        "disk",
        "database",
        "broker",
        "worker",
        "devices",
        "chromium",
    }
    assert all(check["status"] in ("ok", "warn", "fail") and check["detail"] for check in report["checks"])
    assert all(check["fix"] for check in report["checks"] if check["status"] != "ok")


def test_doctor_does_not_tell_a_password_of_the_broker() -> None:
    done = gradloom("doctor", "--only", "broker", GRADLOOM_BROKER_URL=f"redis://:hush@127.0.0.1:{free_port()}/0")
    assert done.returncode == 0 and "warn" in done.stdout and "hush" not in done.stdout + done.stderr


def test_up_refuses_a_port_that_is_taken_or_impossible() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is taken" in refusal("up", "--port", str(port))
    assert "65535" in refusal("up", "--port", "70000")
    assert "no address" in refusal("up", "--host", "no such host", "--port", str(free_port()))


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["terminate", "kill"])
def test_up_starts_everything_and_leaves_nothing_behind(tmp_path: Path, ending: str) -> None:
    port = free_port()
    command = [*GRADLOOM, "up", "--port", str(port), "--home", str(tmp_path / "home"), "--no-open", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as up:
        assert up.stdout is not None and up.stderr is not None
        lines = iter(up.stdout.readline, "}\n")
        told = json.loads("".join(lines) + "}")
        assert told["address"] == f"http://127.0.0.1:{port}"
        page = build_opener(ProxyHandler({})).open(told["address"], timeout=10)
        assert page.status == 200
        page.close()
        family = psutil.Process(up.pid).children(recursive=True)
        assert {told["children"]["page"], told["children"]["worker"]} <= {process.pid for process in family}
        getattr(up, ending)()
        status = up.wait(20)
        assert status == (0 if ending == "terminate" else -9), up.stderr.read()
    deadline = time.monotonic() + 10
    while (
        left := [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    ) and time.monotonic() < deadline:
        time.sleep(0.1)
    names = [process.name() for process in left]
    for process in left:
        process.kill()
    assert names == []
    assert (tmp_path / "home" / "gradloom.db").exists()


NET = """
from torch import nn


class Net(nn.Module):
    def __init__(self, width=5):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, 3))

    def forward(self, x):
        return self.body(x)
"""


def test_import_makes_a_network_of_a_class_and_keeps_its_weights(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    code, graph, weights = tmp_path / "net.py", tmp_path / "net.json", tmp_path / "net.safetensors"
    code.write_text(NET)
    told = answer("import", f"{code}:Net", "--input", "4", "-o", str(graph), "--weights", str(weights))
    assert told["ok"] and told["difference"] <= 1e-6 and told["name"] == "Net"
    assert told["origins"]["body.0"]["path"] == "body.0"
    assert answer("check", str(graph))["num_parameters"] == 4 * 5 + 5 + 5 * 3 + 3
    assert sum(tensor.numel() for tensor in load_file(weights).values()) == 4 * 5 + 5 + 5 * 3 + 3


def test_import_says_in_one_sentence_what_is_wrong(tmp_path: Path) -> None:
    code = tmp_path / "net.py"
    code.write_text(NET)
    assert "has no class 'Other'; it has Net." in refusal("import", f"{code}:Other")
    assert "must look like 1x28x28, got 'B,4'" in refusal("import", str(code), "--input", "B,4")
    assert "cannot be read" in refusal("import", str(tmp_path / "none.py:Net"))
    (tmp_path / "model.pt").write_bytes(b"PK")
    assert "never opened" in refusal("import", str(tmp_path / "model.pt"))
