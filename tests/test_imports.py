"""Imports run one way: the contracts of pyproject.toml, run with the tests, and what contracts cannot say."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"app", "engine", "blocks", "worker", "migrations"}


def imported(folder: str) -> dict[Path, set[str]]:
    """Return the modules that each file of a package imports, at its top or inside a function."""
    found: dict[Path, set[str]] = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        names: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path} imports relatively: say where from"
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
        found[path.relative_to(ROOT)] = names
    return found


def crossings(folder: str, *allowed: str) -> list[str]:
    """Return every import from one package of ours into another that is not among the allowed ones."""
    wrong = []
    for path, names in imported(folder).items():
        for name in names:
            other = name.split(".")[0]
            if other in OURS - {folder} and not any(name == prefix or name.startswith(prefix + ".") for prefix in allowed):
                wrong.append(f"{path} imports {name}")
    return wrong


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        ("blocks", ()),
        ("engine", ("blocks",)),
        ("worker", ("engine", "blocks", "migrations")),
        ("app", ("engine", "blocks", "worker.bell")),
        ("migrations", ("engine.store.tables", "engine.settings")),
    ],
)
def test_packages_import_only_what_stands_below_them(folder: str, allowed: tuple[str, ...]) -> None:
    assert crossings(folder, *allowed) == []


def test_a_wrong_import_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "bad.py").write_text("def late():\n    from engine.check import check\n    return check\n")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    assert crossings("blocks") == ["blocks/bad.py imports engine.check.check"]


def test_the_contracts_of_pyproject_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    if not program.exists():
        pytest.skip("import-linter is not installed: make lint checks the contracts")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "module", ["app.cli", "app.commands.train", "worker.bell", "blocks.problems", "engine.graph.serialise", "engine.settings"]
)
def test_what_must_start_at_once_does_not_import_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit(' '.join(sorted({{'torch', 'sklearn', 'streamlit'}} & set(sys.modules))) or 0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{module} imports {done.stderr.strip()}"
