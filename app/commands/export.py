"""`gradloom export`: a network, or a run, as files that other programs read."""

from __future__ import annotations

import argparse

from app.commands import experiment
from app.commands.console import Console
from app.commands.database import schema_revision
from app.commands.files import read_graph_file, set_environment, write_bytes
from app.exports import FORMS, Subject, made, of_run
from blocks.problems import Problem, UserError

SUMMARY = "Write a network, or what a run has left, as source, training script, ONNX, weights, picture or JSON."
_TAKES = {"script": None, "onnx": {"--seed"}, "safetensors": {"--seed"}}
"""Which arguments of an experiment a form takes: all where None, none where it is not listed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("graph", metavar="G.json", nargs="?", help='the network, or "-" for standard input')
    parser.add_argument("--run", dest="run_id", metavar="ID", help="a run instead of a network: what it trained and left")
    parser.add_argument("--to", choices=list(FORMS), default="python", help="the form to write (default: python)")
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: standard output)")
    parser.add_argument("--weights", choices=["best", "final"], default="best", help="which weights of the run (default: best)")
    parser.add_argument("--theme", choices=["auto", "light", "dark"], default="auto", help="colours of the picture (default: auto)")
    parser.add_argument("--home", metavar="FOLDER", help="where the database of the run is (default: .gradloom, or GRADLOOM_HOME)")
    experiment.configure(parser, data_is_required=False)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Make one form and hand it out."""
    _require_sense(arguments)
    subject = _of_run(arguments) if arguments.run_id is not None else _of_file(arguments)
    content = made(arguments.to, subject)
    form, path = FORMS[arguments.to], arguments.output
    if path is not None:
        write_bytes(path, content)
        console.say(f"{path}: {form.title}, {len(content):,} bytes.")
    elif not console.as_json:
        console.text(content.decode())
    console.answer(
        {
            "ok": True,
            "to": arguments.to,
            "path": path,
            "size_bytes": len(content),
            **_facts(subject),
            **({} if path is not None else {"source": content.decode()}),
        }
    )
    return 0


def _facts(subject: Subject) -> dict[str, object]:
    """Return what a script wants to know of the network, as far as it can be compiled."""
    from engine.check import check
    from engine.compile import compile_graph

    report = check(subject.graph)
    if not report.ok:
        return {}
    return {"class_name": compile_graph(subject.graph, report).class_name, "num_parameters": report.num_parameters}


def _require_sense(arguments: argparse.Namespace) -> None:
    if (arguments.graph is None) == (arguments.run_id is None):
        received = "neither" if arguments.graph is None else "both"
        raise UserError(Problem("usage", f"Export takes a network or a run, got {received}.", "Name a file, or --run ID."))
    given = experiment.given(arguments)
    if arguments.run_id is not None and given:
        raise UserError(Problem("usage", f"A run has its own data and recipe, got {given[0]} as well.", f"Leave out {given[0]}."))
    takes = _TAKES.get(arguments.to, set())
    if takes is not None and (useless := [name for name in given if name not in takes]):
        raise UserError(Problem("usage", f"--to {arguments.to} has no use for {useless[0]}.", "Leave it out, or write --to script."))
    if arguments.to == "script" and arguments.run_id is None and arguments.data is None:
        raise UserError(Problem("usage", "A training script needs data to train on.", "Name it: --data digits."))
    if not FORMS[arguments.to].is_text and arguments.output is None:
        raise UserError(
            Problem("usage", f"--to {arguments.to} is no text for a terminal.", f"Name a file: -o network{FORMS[arguments.to].ending}")
        )


def _of_file(arguments: argparse.Namespace) -> Subject:
    graph = read_graph_file(arguments.graph)
    if arguments.to not in _TAKES:
        return Subject(graph, theme=arguments.theme)
    spec = experiment.read_spec(arguments) if arguments.to == "script" else None
    return Subject(graph, experiment.read_recipe(arguments), spec, experiment.read_table(arguments))


def _of_run(arguments: argparse.Namespace) -> Subject:
    from engine.settings import Settings
    from engine.store import open_store

    set_environment(arguments.home)
    settings = Settings.from_environment()
    if schema_revision(settings) is None:
        raise UserError(Problem("no_such_run", "There are no runs here yet.", "Name the folder of the database: --home FOLDER."))
    store = open_store(settings.database_url)
    try:
        return of_run(store, arguments.run_id, arguments.weights if not FORMS[arguments.to].is_text else None, arguments.theme)
    finally:
        store.close()
