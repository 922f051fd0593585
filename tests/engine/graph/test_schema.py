"""The published schema accepts what we write, refuses what we refuse, and is not stale."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.graph.schema import graph_schema
from engine.library import ready, template, templates

PUBLISHED = Path(__file__).parents[3] / "docs" / "graph.schema.json"


@pytest.mark.parametrize("name", templates())
def test_every_library_network_fits_the_schema(name: str) -> None:
    jsonschema.validate(ready(name).to_json(), graph_schema())


def test_the_schema_itself_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(graph_schema())


@pytest.mark.parametrize(
    "path_and_value",
    [
        (["version"], 2),
        (["nodes", 1, "parameters", "kernel_size"], 0),
        (["nodes", 1, "parameters", "filters"], 3),
        (["nodes", 0, "id"], ""),
        (["nodes", 0, "position"], [1]),
        (["edges", 0, "source"], 7),
        (["surprise"], 1),
    ],
)
def test_what_is_wrong_does_not_fit(path_and_value: tuple[list[Any], Any]) -> None:
    path, value = path_and_value
    document = copy.deepcopy(template("lenet5").to_json())
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, graph_schema())


def test_the_published_file_is_current() -> None:
    assert json.loads(PUBLISHED.read_text()) == json.loads(json.dumps(graph_schema())), (
        "run `python -m engine.graph.schema > docs/graph.schema.json`"
    )
