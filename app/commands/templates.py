"""`gradloom templates`: the networks of the library."""

from __future__ import annotations

import argparse

from app.commands.console import Console

SUMMARY = "List the networks of the library."


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: there are none."""


def run(arguments: argparse.Namespace, console: Console) -> int:
    """List every template."""
    from engine.library import templates

    found = templates()
    console.answer(
        {"templates": [{"name": name, "title": template.title, "summary": template.summary} for name, template in found.items()]}
    )
    console.table(["name", "title", "summary"], [[name, template.title, template.summary] for name, template in found.items()])
    return 0
