"""`gradloom template`: one network of the library, as a file to check, change, train and export."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from app.commands.console import Console
from app.commands.files import settings, write_text
from app.exports import graph_text
from blocks.problems import Problem, UserError
from engine.graph.document import Graph

SUMMARY = "Write one network of the library as JSON."


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", metavar="NAME", help="see `gradloom templates`")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the template, or BLOCK.PARAMETER of a block; may be repeated",
    )
    parser.add_argument("-o", "--output", metavar="G.json", help="the file to write (default: standard output)")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write one template, with its parameters set."""
    from engine.library import template

    # A plain name is a setting of the template (num_classes=3), a dotted one a parameter of one of its blocks (conv1.out_channels=8).
    values = settings(arguments.set, "--set")
    own = {name: value if isinstance(value, int) else str(value) for name, value in values.items() if "." not in name}
    graph = _with_parameters(template(arguments.name, own), {name: value for name, value in values.items() if "." in name})
    text = graph_text(graph)
    if arguments.output is None:
        # The network is itself the one JSON document, with --json or without.
        console.text(text)
        return 0
    write_text(arguments.output, text)
    console.answer({"ok": True, "template": arguments.name, "name": graph.name, "path": arguments.output})
    console.say(f"{arguments.output}: {graph.name}, {len(graph.nodes)} blocks.")
    return 0


def _with_parameters(graph: Graph, values: Mapping[str, Any]) -> Graph:
    """Return the network with parameters set; whether a value is in bounds is said by the check, with the block."""
    from engine.graph.edits import SetParameters, apply
    from engine.graph.serialise import read_graph

    for key, value in values.items():
        block, _, parameter = key.rpartition(".")
        nodes = [node.id for node in graph.nodes.values() if block in (node.id, node.name)]
        if len(nodes) != 1:
            found = "there is none" if not nodes else f"there are {len(nodes)}"
            fix = f"Name one of: {', '.join(graph.nodes)}." if len(graph.nodes) <= 40 else "See the ids in the network's JSON."
            raise UserError(Problem("unknown_setting", f"--set {key}: of blocks named {block!r} {found}.", fix))
        _parameter_exists(graph.nodes[nodes[0]].type, parameter, key)
        graph, _ = apply(graph, SetParameters(nodes[0], {parameter: value}))
    # Read back as any file is: a value that no file may hold is refused here.
    return read_graph(graph.to_json()) if values else graph


def _parameter_exists(block_type: str, parameter: str, key: str) -> None:
    from blocks.registry import block_class

    known = block_class(block_type).parameter_fields()
    if parameter not in known:
        fix = f"It has {', '.join(known)}." if known else "It has none."
        raise UserError(Problem("unknown_parameter", f"--set {key}: the block {block_type!r} has no parameter {parameter!r}.", fix))
