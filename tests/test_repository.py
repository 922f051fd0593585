"""What every file of the repository keeps to, whoever wrote it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
OURS = ("app", "engine", "blocks", "worker", "migrations")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LARGEST_FILE_BYTES = 2_000_000
LONGEST_MODULE_LINES = 450


def tracked() -> list[Path]:
    """Return the files that belong to the repository, those not yet committed too."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode != 0:
        pytest.skip("this is not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    """Return every file that is text, with it."""
    found = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            found.append((path.relative_to(ROOT), content.decode("utf-8")))
    return found


def test_no_file_is_large() -> None:
    large = {str(path.relative_to(ROOT)): path.stat().st_size for path in tracked() if path.stat().st_size > LARGEST_FILE_BYTES}
    assert large == {}


def test_no_module_holds_two_ideas() -> None:
    long = {str(path): lines for path, text in texts() if path.suffix == ".py" and (lines := text.count("\n")) > LONGEST_MODULE_LINES}
    assert long == {}


def test_no_name_in_app_hides_another_module() -> None:
    """`streamlit run app/main.py` puts app/ first on the path: a file there named like a package would be found in its place."""
    known = set(sys.stdlib_module_names) | {
        name for name, distributions in packages_distributions().items() if distributions != ["gradloom"]
    }
    names = {path.stem for path in (ROOT / "app").iterdir() if path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py")))}
    assert names & (known | set(OURS) | {"tests", "pages"}) == set()


def test_no_file_names_this_machine_or_a_package_index() -> None:
    machine = [str(ROOT.resolve()) + "/"] if len(ROOT.resolve().parts) > 2 else []
    hosts = r"files\.pythonhosted\.org|pypi\.org/simple|registry\.npmjs|registry\.yarnpkg|download\.pytorch\.org"
    pattern = re.compile("|".join([*map(re.escape, machine), hosts, r"/home/\w+/", r"/Users/\w+/", r"file:///\w"]))
    found = [
        f"{path}: {match[0]}" for path, text in texts() for match in pattern.finditer(text) if path != Path("tests/test_repository.py")
    ]
    assert found == []


def test_the_commands_of_the_readme_exist() -> None:
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    told = set(re.findall(r"^make ([a-z]+)", readme, re.MULTILINE))
    assert {"run", "test", "install", "lint", "bench", "screenshots"} <= told <= targets
    commands = set(re.findall(r"^gradloom ([a-z]+)", readme, re.MULTILINE))
    modules = {path.stem: path.read_text() for path in (ROOT / "app" / "commands").glob("*.py")}
    assert commands == {name.removesuffix("_code") for name, text in modules.items() if "\nSUMMARY = " in text}


def test_the_folders_and_links_of_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    folders = re.findall(r"^\| `(\w+)/` \|", readme, re.MULTILINE)
    assert {*OURS, "tests", "docs"} == set(folders)
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for link in re.findall(r"\]\((?!http|#)([^)#]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name} links to {link}, which is not there"


def requirements() -> list[Requirement]:
    """Return everything that pyproject.toml asks for."""
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    return [Requirement(text) for requirements in lists for text in requirements]


def normal(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    """Return the version that constraints.txt pins for each package."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines), "constraints.txt holds exact pins and nothing else"
    return {normal(name): version for name, version in (line.split("==") for line in lines)}


def test_constraints_pin_every_dependency_within_its_range() -> None:
    pinned = pins()
    for requirement in requirements():
        name = normal(requirement.name)
        assert name in pinned, f"constraints.txt does not pin {name}"
        assert requirement.specifier.contains(pinned[name]), f"{name}=={pinned[name]} is outside {requirement.specifier}"


def test_dependencies_are_those_that_the_code_imports() -> None:
    distributions = packages_distributions()
    imports: set[str] = set()
    for folder in OURS:
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
                imports |= {name.split(".")[0] for name in names if name}
    foreign = imports - set(sys.stdlib_module_names) - set(OURS) - {"__future__"}
    used = {normal(distribution) for name in foreign for distribution in distributions.get(name, [name])}
    declared = {normal(Requirement(text).name) for text in PROJECT["dependencies"]}
    used -= {normal(Requirement(text).name) for text in PROJECT["optional-dependencies"]["onnx"]}  # imported where it is there
    # SQLAlchemy and Celery load their drivers by the URL; kombu is Celery's own messaging.
    assert used - declared - {"kombu", "billiard"} == set()
    assert declared - used - {"psycopg"} == set()


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text and "END OF TERMS AND CONDITIONS" in text and PROJECT["license"] == "Apache-2.0"
