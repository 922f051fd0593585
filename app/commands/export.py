"""`gradloom export`: the network as a Python file that runs alone with torch."""

from __future__ import annotations

import argparse

from app.commands.console import Console
from app.commands.files import read_graph_file, write_text

SUMMARY = "Write a network as PyTorch source, the very source that is trained."


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("graph", metavar="G.json", help='the network, or "-" for standard input')
    parser.add_argument("--to", choices=["python"], default="python", help="the form to write (default: python)")
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: standard output)")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Compile one network and hand out its source."""
    graph = read_graph_file(arguments.graph)
    from engine.compile import compile_graph

    network = compile_graph(graph)
    if arguments.output is not None:
        write_text(arguments.output, network.source)
        console.say(f"{arguments.output}: the class {network.class_name}, {network.report.num_parameters:,} parameters.")
    elif not console.as_json:
        console.text(network.source)
    console.answer(
        {
            "ok": True,
            "to": arguments.to,
            "path": arguments.output,
            "class_name": network.class_name,
            "num_parameters": network.report.num_parameters,
            **({} if arguments.output is not None else {"source": network.source}),
        }
    )
    return 0
