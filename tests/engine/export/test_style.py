"""What is handed out reads as an expert would write it: ruff finds nothing in it, and mypy knows its types."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.compile import compile_graph
from engine.data import DataSpec
from engine.export import training_script
from engine.library import ready, templates
from engine.train.recipe import Recipe

RULES = ["--isolated", "--line-length", "120", "--target-version", "py311"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with every exported file of the library."""
    made = tmp_path_factory.mktemp("exported")
    for name, chosen in templates().items():
        network = compile_graph(ready(name))
        (made / f"{name}.py").write_text(network.source)
        recipe = Recipe.from_json({**chosen.recipe, "phases": []})
        (made / f"{name}_train.py").write_text(training_script(network, DataSpec.from_json(chosen.data), recipe))
    yield made


def checked(folder: Path, *command: str) -> str:
    return subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=170).stdout


def test_ruff_finds_nothing(folder: Path) -> None:
    # N: names of tensors end in their dimensions (x_BTD), which is our convention and no slip.
    assert (
        checked(folder, "ruff", "check", *RULES, "--select", "E,F,I,UP,B,ANN,W,SIM", "--output-format", "concise", ".")
        == "All checks passed!\n"
    )


def test_a_formatter_changes_nothing(folder: Path) -> None:
    assert checked(folder, "ruff", "format", *RULES, "--diff", ".") == ""


@pytest.mark.thorough
def test_the_source_is_typed(folder: Path) -> None:
    # What torch's own stubs lack is not ours: modules return Any when called, and Module.to knows no memory_format (so no image network).
    found = checked(folder, "mypy", "--strict", "--no-warn-return-any", "--config-file=", "transformer.py")
    assert found.startswith("Success"), found
