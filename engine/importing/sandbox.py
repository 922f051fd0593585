"""Have a user's file executed in a process of its own, bounded in every way this system knows, and take its answer as a stranger's.

The file never runs in the process that asks. What it can reach is said by `Walls`; `confinement` sets them up.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from blocks.problems import Problem, UserError
from engine.composites.expand import MOST_WRITTEN_OUT
from engine.graph.document import Graph
from engine.graph.serialise import read_graph
from engine.importing.child import ANSWER, EXAMPLE, WEIGHTS
from engine.importing.confinement import Walls
from engine.importing.refusal import refused

TIMEOUT_S = 120.0
LARGEST_SOURCE_BYTES = 2**20
LARGEST_ANSWER_BYTES = 32 * 2**20
LARGEST_WEIGHTS_BYTES = 2**30
MOST_NOTES, LONGEST_NOTE = 50, 500
_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[2]); from engine.importing.child import main; main(sys.argv[1:])"


@dataclass(frozen=True)
class Answer:
    """Hold what the process answered, read and bounded, but not yet held to the file's own results."""

    graph: Graph
    weights: Mapping[str, Tensor]
    """By "path/tensor"."""
    example: Mapping[str, Tensor]
    notes: tuple[str, ...]
    origins: Mapping[str, Any]
    walls: Walls


def execute(
    source: bytes,
    file_name: str,
    class_name: str | None,
    inputs: Sequence[Sequence[int]],
    seed: int,
    timeout_s: float,
    walls_required: bool,
) -> Answer:
    """Execute a file and return what was made of it; with `walls_required`, only where every wall stands.

    Raises:
        UserError: where the file is refused, takes too long, or dies.
    """
    with tempfile.TemporaryDirectory(prefix="gradloom-import-") as name:
        folder = Path(name).resolve()
        for part in ("file", "answer", "home", "tmp"):
            (folder / part).mkdir()
        (folder / "file" / file_name).write_bytes(source)
        request = {
            "file": file_name,
            "class": class_name,
            "inputs": [list(shape) for shape in inputs],
            "seed": seed,
            "walls_required": walls_required,
        }
        (folder / "request.json").write_text(json.dumps(request))
        walls, code = _run(folder, timeout_s)
        return _read(folder / "answer", walls, code)


def _run(folder: Path, timeout_s: float) -> tuple[Walls, int]:
    """Run the process to its end and return its walls and its exit code."""
    reading, writing = os.pipe()
    home = str(folder / "home")
    # Threads of numerical libraries are left out: the process is to be one thread when it locks itself in.
    environment = {
        "HOME": home,
        "TMPDIR": str(folder / "tmp"),
        "LANG": "C.UTF-8",
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _START, str(folder), str(_ROOT), str(writing)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=home,
            env=environment,
            pass_fds=(writing,),
            start_new_session=True,
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as told:
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            message = f"the file was still running after {timeout_s:g} s, so it was ended."
            fix = "Import the network without what trains it or loads data, and put that under `if __name__ == '__main__':`."
            raise refused("timeout", message, fix) from error
        finally:
            _end(process)
        # What it started has been ended with it, so that nobody holds the other end any more.
        return _walls(told.read(1000)), process.returncode


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and its whole group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()


def _walls(text: bytes) -> Walls:
    try:
        return Walls(**{name: bool(holds) for name, holds in json.loads(text).items()})
    except (ValueError, TypeError, AttributeError):
        return Walls(files=False, system_calls=False, limits=False)


def _read(folder: Path, walls: Walls, code: int) -> Answer:
    text = _bytes(folder / ANSWER, LARGEST_ANSWER_BYTES)
    if text is None:
        raise _died(code)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _spoilt() from error
    if not isinstance(document, dict):
        raise _spoilt()
    if problems := document.get("problems"):
        raise UserError(*_problems(problems))
    notes, origins = document.get("notes"), document.get("origins")
    if not isinstance(notes, list) or not isinstance(origins, dict) or not isinstance(document.get("graph"), dict):
        raise _spoilt()
    graph = read_graph(document["graph"])
    weights, example = _tensors(folder / WEIGHTS), _tensors(folder / EXAMPLE)
    return Answer(graph, weights, example, tuple(_text(note) for note in notes[:MOST_NOTES]), _origins(origins), walls)


def _bytes(path: Path, most: int) -> bytes | None:
    """Return a regular file's content, or None where there is none or it is too large."""
    try:
        place = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(place, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > most:
            return None
        return file.read(most)


def _tensors(path: Path) -> dict[str, Tensor]:
    content = _bytes(path, LARGEST_WEIGHTS_BYTES)
    if content is None:
        raise _spoilt()
    try:
        tensors = load(content)
    except (SafetensorError, ValueError, KeyError, OverflowError) as error:
        raise _spoilt() from error
    if not all(tensor.layout == torch.strided for tensor in tensors.values()):
        raise _spoilt()
    return tensors


def _problems(raw: Any) -> list[Problem]:
    if not isinstance(raw, list) or not all(isinstance(problem, dict) for problem in raw):
        raise _spoilt()
    return [Problem(_text(one.get("code"))[:40], _text(one.get("message")), _text(one.get("fix"))) for one in raw[:10]]


def _text(value: Any) -> str:
    text = " ".join(str(value).split()) if isinstance(value, str) else ""
    return "".join(character for character in text if character.isprintable())[:LONGEST_NOTE]


def _origins(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return, for each node's path, the path of the module and the line it comes from."""
    found = {}
    for path, one in itertools.islice(raw.items(), MOST_WRITTEN_OUT):
        if isinstance(one, dict):
            line = one.get("line")
            found[path] = {"path": _text(one.get("path")), "line": line if isinstance(line, int) and not isinstance(line, bool) else None}
    return found


def _died(code: int) -> UserError:
    reasons = {
        -signal.SIGXCPU: "it computed for too long",
        -signal.SIGXFSZ: "it wrote a file that is too large",
        -signal.SIGSEGV: "it took more memory than an import may have, or broke Python",
        -signal.SIGABRT: "it took more memory than an import may have, or broke torch",
    }
    why = reasons.get(code, "it was ended" if code < 0 else "it ended by itself")
    return refused("died", f"the file could not be read to its end: {why}.", "Leave out all but the network, and make it smaller.")


def _spoilt() -> UserError:
    return refused("spoilt", "what came back from reading the file cannot be used.", "Leave out all but the network, and import it again.")
