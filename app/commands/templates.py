"""`gradloom templates`: the networks of the library."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from app.commands.console import Console

SUMMARY = "List the networks of the library."


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: there are none."""


def run(arguments: argparse.Namespace, console: Console) -> int:
    """List every template."""
    from engine.library import templates

    found = templates()
    console.answer({"templates": [_document(name) for name in found]})
    rows = [[name, template.title, template.data["name"], template.summary] for name, template in found.items()]
    console.table(["name", "title", "data", "summary"], rows)
    return 0


def _document(name: str) -> dict[str, Any]:
    """Return what is known of one template: its data, its recipe, the bar it is held to, and what --set takes."""
    from engine.library import settings_of, templates

    template = templates()[name]
    settings = {
        setting: {"default": default, "min": smallest, "max": largest, "help": help}
        for setting, (default, smallest, largest, help) in settings_of(name).items()
    }
    return {
        "name": name,
        "title": template.title,
        "summary": template.summary,
        "family": template.family,
        "data": template.data,
        "recipe": template.recipe,
        "bar": None if template.bar is None else asdict(template.bar),
        "settings": settings,
    }
