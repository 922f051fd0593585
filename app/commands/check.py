"""`gradloom check`: every problem of a network at once, and every shape."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from app.commands.console import Console
from app.commands.files import read_graph_file

if TYPE_CHECKING:
    from engine.check import Report
    from engine.graph.document import Graph

SUMMARY = "Say every problem of a network at once, with its fix, and the shape at every port."


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("graph", metavar="G.json", help='the network, or "-" for standard input')


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Check one network."""
    graph = read_graph_file(arguments.graph)
    from engine.check import check

    report = check(graph)
    console.answer(_document(graph, report))
    _tell(graph, report, console)
    if report.ok:
        return 0
    return console.refuse([problem for problem in report.problems if problem.severity == "error"])


def _document(graph: Graph, report: Report) -> dict[str, Any]:
    nodes = {
        id: {
            "type": graph.nodes[id].type,
            "name": graph.nodes[id].name,
            "outputs": {port: list(tensor.shape) for port, tensor in node.outputs.items()},
            "num_parameters": node.num_parameters,
        }
        for id, node in report.nodes.items()
    }
    return {
        "ok": report.ok,
        "name": graph.name,
        "problems": [problem.to_json() for problem in report.problems],
        "num_parameters": report.num_parameters,
        "nodes": nodes,
    }


def _tell(graph: Graph, report: Report, console: Console) -> None:
    rows = [
        [
            graph.nodes[id].name or id,
            definition.name if (definition := graph.definition_of(graph.nodes[id])) else graph.nodes[id].type,
            ", ".join(f"{port} {tensor}" for port, tensor in node.outputs.items()),
            f"{node.num_parameters:,}",
        ]
        for id, node in report.nodes.items()
    ]
    console.table(["block", "type", "outputs", "parameters"], rows)
    console.say()
    for problem in report.problems:
        console.say(f"- {problem}")
    if report.ok:
        console.say(f"{graph.name}: ready to train, {report.num_parameters:,} parameters.")
