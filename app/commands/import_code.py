"""`gradloom import`: a network written in Python, as a graph that can be edited."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.console import Console
from app.commands.files import read_bytes, write_bytes, write_text
from app.exports import graph_text

if TYPE_CHECKING:
    from engine.importing import Imported

SUMMARY = "Turn a class made of nn.Module into a network that can be edited, with its weights."


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("code", metavar="FILE.py[:CLASS]", help="the file and the class (default: the last one in it)")
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="1x28x28",
        help="the size of one example, without the batch; once for each input of forward (default: what the file says, or a guess)",
    )
    parser.add_argument("-o", "--output", metavar="G.json", help="the file to write (default: standard output)")
    parser.add_argument("--weights", metavar="W.safetensors", help="write the weights as well, named as in the exported source")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Import one network. The file is executed in a locked-in process of its own."""
    path, class_name = _parts(arguments.code)
    from engine.importing import LARGEST_SOURCE_BYTES, import_code
    from engine.importing.entering import sizes

    inputs = [sizes(text) for text in arguments.input]

    imported = import_code(read_bytes(path, LARGEST_SOURCE_BYTES), Path(path).name, class_name, inputs)
    if arguments.weights is not None:
        _write_weights(arguments.weights, imported)
    text = graph_text(imported.graph)
    if arguments.output is not None:
        write_text(arguments.output, text)
    elif not console.as_json:
        console.text(text)
        return 0
    console.answer(
        {
            "ok": True,
            "name": imported.graph.name,
            "path": arguments.output,
            "weights": arguments.weights,
            "notes": list(imported.notes),
            "difference": imported.difference,
            "walls": imported.walls.to_json(),
            "origins": {id: dict(origin) for id, origin in imported.origins.items()},
            **({} if arguments.output is not None else {"graph": imported.graph.to_json()}),
        }
    )
    console.say(f"{arguments.output}: {imported.graph.name}, {len(imported.graph.nodes)} blocks; {imported.comparison()}")
    for note in imported.notes:
        console.say(f"- {note}")
    console.say(imported.walls.sentence())
    return 0


def _parts(text: str) -> tuple[str, str | None]:
    """Split FILE.py:CLASS; a colon that is followed by no identifier belongs to the path."""
    path, colon, name = text.rpartition(":")
    return (path, name) if colon and name.isidentifier() else (text, None)


def _write_weights(path: str, imported: Imported) -> None:
    from safetensors.torch import save

    from engine.compile import compile_graph

    write_bytes(path, save(imported.state_dict(compile_graph(imported.graph))))
