"""The file is executed elsewhere, behind walls, and what comes back is read as a stranger's."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from blocks.problems import UserError
from engine.importing import import_code, sandbox
from engine.importing.child import ANSWER, EXAMPLE, WEIGHTS
from engine.importing.confinement import Walls

NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(x).relu()
"""

ATTEMPTS = """
import ctypes, os, signal, socket, subprocess, threading
from torch import nn

went_through = []

def attempt(name, function):
    try:
        if function() is not False:
            went_through.append(name)
    except Exception:
        pass

parent = os.getppid()
attempt("network", lambda: socket.create_connection(("127.0.0.1", PORT), 1))
attempt("network below Python", lambda: ctypes.CDLL(None).socket(2, 1, 0) >= 0)
attempt("secret", lambda: open(SECRET).read())
attempt("secret by its folder", lambda: os.listdir(os.path.dirname(SECRET)))
attempt("password file", lambda: open("/etc/passwd").read())
attempt("the app's memory", lambda: open(f"/proc/{parent}/mem", "rb").read(1))
attempt("the app's environment", lambda: open(f"/proc/{parent}/environ", "rb").read(1))
attempt("write outside", lambda: open(SECRET, "w"))
attempt("marks", lambda: os.chmod(SECRET, 0o600))
attempt("remove", lambda: os.remove(SECRET))
attempt("rename", lambda: os.rename(SECRET, SECRET + ".gone"))
attempt("program", lambda: subprocess.run(["/bin/true"]))
attempt("shell", lambda: os.system("true") == 0)
attempt("process", lambda: os.fork() or os._exit(0))
attempt("kill", lambda: os.kill(parent, 0))
attempt("limits", lambda: __import__("resource").setrlimit(__import__("resource").RLIMIT_CPU, (10**6, 10**6)))
attempt("environment", lambda: any("SECRET" in name or "GRADLOOM" in name for name in os.environ))
attempt("inherited files", lambda: any(os.fstat(number) and number > 2 for number in range(3, 64) if _open(number)))

def _open(number):
    try:
        os.fstat(number)
        return not os.readlink(f"/proc/self/fd/{number}").startswith(("/dev", "anon"))
    except OSError:
        return False

raise RuntimeError("went through: " + ", ".join(went_through))
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these walls")


def test_a_file_becomes_a_network_and_its_weights_are_those_of_the_file() -> None:
    imported = import_code(NET.encode(), "my net.py")
    assert [node.type for node in imported.graph.nodes.values()] == ["vector_input", "linear", "relu", "output", "cross_entropy"]
    assert set(imported.weights) == {"fc"} and imported.weights["fc"]["weight"].shape == (2, 4)
    assert imported.difference <= 1e-6
    assert imported.origins["fc"] == {"path": "fc", "line": 11}
    assert "torch" not in imported.graph.name


@pytest.fixture
def attempts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """Return a file that tries to get out, and a secret of ours that it knows of."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the password")
    monkeypatch.setenv("SECRET_KEY", "in the environment")
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"SECRET, PORT = {str(secret)!r}, {server.getsockname()[1]}\n{ATTEMPTS}", secret


@linux
def test_nothing_goes_through_the_walls(attempts: tuple[str, Path]) -> None:
    source, secret = attempts
    with pytest.raises(UserError) as caught:
        import_code(source.encode(), "hostile.py")
    assert caught.value.problems[0].message.endswith("RuntimeError: went through:."), caught.value.problems[0].message
    assert secret.read_text() == "the password"


@linux
def test_without_walls_it_would_go_through(attempts: tuple[str, Path]) -> None:
    source, _ = attempts
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    for what in ("network", "secret", "write outside", "marks", "program", "process", "kill", "environment"):
        assert what in done.stderr.rpartition("went through: ")[2].strip().split(", "), what


@linux
def test_the_walls_are_told() -> None:
    walls = import_code(NET.encode(), "net.py").walls
    assert walls.complete and "without network" in walls.sentence()
    assert "can use the network" in Walls(files=True, system_calls=False, limits=True).sentence()


def test_a_file_that_never_ends_is_ended() -> None:
    with pytest.raises(UserError, match="still running after 4 s") as caught:
        import_code(b"while True: pass", "forever.py", timeout_s=4)
    assert caught.value.problems[0].code == "import_timeout"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("x = 1\nclass Net(nn.Module:\n    pass", "Line 2: this is not Python: "),
        ("import torch\nimport torchvision_of_mine", "Line 2: the file imports 'torchvision_of_mine', which is not here."),
        ("1 / 0", "Line 1: reading the file raises ZeroDivisionError: division by zero."),
        ("import os\nos._exit(3)", "the file could not be read to its end: it ended by itself."),
        ("import ctypes\nctypes.string_at(0)", "the file could not be read to its end: it took more memory"),
        ("raise SystemExit", "the file ends the program"),
        ("x = 1", "the file has no class made of nn.Module."),
        ("import torch\ntorch.empty(2**35).fill_(1)", "Line 2: the network takes more memory than an import may have."),
    ],
)
def test_what_the_file_does_wrong_is_said_in_one_sentence(source: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        import_code(source.encode(), "net.py")
    assert caught.value.problems[0].message.startswith(sentence), caught.value.problems[0].message


def test_what_is_no_python_is_never_opened(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(1)}, tmp_path / "model.pt")
    for name in ("model.pt", "renamed.py"):
        with pytest.raises(UserError, match="never opened"):
            import_code((tmp_path / "model.pt").read_bytes(), name)
    with pytest.raises(UserError, match="not text"):
        import_code(b"\xff\xfe\x00", "net.py")
    with pytest.raises(UserError, match="more than 1,048,576"):
        import_code(b"#" * (2**20 + 1), "net.py")


def test_side_effects_are_told_and_gone() -> None:
    before = set(os.listdir(os.getcwd()))
    imported = import_code(f"open('left.txt', 'w').write('x'){NET}".encode(), "net.py")
    assert any("wrote left.txt" in note for note in imported.notes)
    assert set(os.listdir(os.getcwd())) == before


def _answer(folder: Path, document: object, weights: dict[str, torch.Tensor] | None = None) -> Path:
    (folder / ANSWER).write_text(document if isinstance(document, str) else json.dumps(document))
    for name in (WEIGHTS, EXAMPLE):
        save_file(weights or {}, folder / name)
    return folder


@pytest.mark.parametrize(
    "document",
    [
        "not json",
        "[]",
        {},
        {"graph": {}, "notes": 3, "origins": {}},
        {"graph": [], "notes": [], "origins": {}},
        {"problems": "x"},
        "[" * 100_000,
    ],
)
def test_an_answer_that_is_no_answer_is_refused(document: object, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be used"):
        sandbox._read(_answer(tmp_path, document), Walls(True, True, True), 0)


def test_an_answers_graph_is_read_as_any_strangers(tmp_path: Path) -> None:
    graph = {"format": "gradloom/graph", "version": 1, "name": "x" * 1000, "nodes": [], "edges": []}
    with pytest.raises(UserError, match="name must be text"):
        sandbox._read(_answer(tmp_path, {"graph": graph, "notes": [], "origins": {}}), Walls(True, True, True), 0)


def test_an_answer_that_is_a_link_or_a_pickle_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("{}")
    (tmp_path / ANSWER).symlink_to(secret)
    with pytest.raises(UserError, match="could not be read to its end"):
        sandbox._read(tmp_path, Walls(True, True, True), 0)
    (tmp_path / ANSWER).unlink()
    graph = {"format": "gradloom/graph", "version": 1, "name": "x", "nodes": [], "edges": []}
    _answer(tmp_path, {"graph": graph, "notes": [], "origins": {}})
    torch.save({"a": torch.ones(1)}, tmp_path / WEIGHTS)
    with pytest.raises(UserError, match="cannot be used"):
        sandbox._read(tmp_path, Walls(True, True, True), 0)


def test_words_of_the_answer_are_bounded_and_plain(tmp_path: Path) -> None:
    problems = [{"code": "x", "message": "a\x1b[31m\n" + "b" * 10_000, "fix": 7}]
    with pytest.raises(UserError) as caught:
        sandbox._read(_answer(tmp_path, {"problems": problems}), Walls(True, True, True), 0)
    (problem,) = caught.value.problems
    assert len(problem.message) <= 500 and "\x1b" not in problem.message and problem.fix == ""


def test_a_drawing_that_answers_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.importing import code

    def changed(*arguments: object) -> sandbox.Answer:
        answer = sandbox.execute(*arguments)  # type: ignore[arg-type]
        return sandbox.Answer(
            answer.graph,
            {name: tensor + 0.01 for name, tensor in answer.weights.items()},
            answer.example,
            answer.notes,
            answer.origins,
            answer.walls,
        )

    monkeypatch.setattr(code, "execute", changed)
    with pytest.raises(UserError, match="does not answer as the file's network does"):
        import_code(NET.encode(), "net.py")
