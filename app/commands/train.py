"""`gradloom train`: train a network here and now, through the engine that the workers use."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from app.commands.console import Console
from app.commands.files import read_bytes, read_graph_file, settings
from blocks.problems import Problem, UserError

if TYPE_CHECKING:
    from engine.train.events import Event, Points, Started
    from engine.train.recipe import Recipe

SUMMARY = "Train a network here and now, through the same engine as the page."
LARGEST_CSV_BYTES = 50 * 1024 * 1024

# The options that name one field of the recipe each, in the recipe's own words; the others go by --set.
_RECIPE_OPTIONS = {
    "optimizer": (str, "sgd, adagrad, adadelta, rmsprop, adam or adamw"),
    "lr": (float, "learning rate"),
    "epochs": (int, "passes through the training data"),
    "batch_size": (int, "examples a step"),
    "seed": (int, "of initialisation, shuffling and dropout"),
    "momentum": (float, "of SGD or RMSprop"),
    "weight_decay": (float, "pull of the weights towards zero"),
    "gradient_clip": (float, "largest norm of the gradient"),
    "device": (str, "auto, cpu, cuda or mps"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("graph", metavar="G.json", help='the network, or "-" for standard input')
    parser.add_argument("--data", required=True, metavar="NAME", help="digits, iris, wine, …, or csv")
    parser.add_argument(
        "--data-option", action="append", default=[], metavar="NAME=VALUE", help="an option of the data set; may be repeated"
    )
    parser.add_argument("--csv", metavar="FILE", help="the file, with --data csv")
    for name, (kind, help) in _RECIPE_OPTIONS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=None, help=help)
    parser.add_argument("--threads", type=int, help="CPU threads to use (default: as many as torch chooses)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any other field of the recipe; may be repeated")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Train, tell of each epoch, and answer with all of them."""
    graph = read_graph_file(arguments.graph)
    csv = None if arguments.csv is None else read_bytes(arguments.csv, LARGEST_CSV_BYTES)
    from engine.compile import compile_graph
    from engine.data import DataSpec, load_for
    from engine.train.loop import train

    _use_threads(arguments.threads)
    recipe = _recipe(arguments)
    spec = DataSpec.from_json({"name": arguments.data, "options": settings(arguments.data_option, "--data-option")})
    network = compile_graph(graph)
    data = load_for(network, spec, csv=csv)
    record = _Record(console)
    try:
        record.follow(train(network, data, recipe))
    except KeyboardInterrupt:
        record.stop("cancelled", [Problem("cancelled", f"Cancelled by Ctrl+C after {len(record.epochs)} epochs.", "")])
    document = {**record.document(), "recipe": recipe.to_json(), "data": spec.to_json()}
    if record.problems:
        return console.refuse(record.problems, document)
    console.answer(document)
    return 0


def _use_threads(wanted: int | None) -> None:
    import torch

    if wanted is None:
        return  # no page has to stay quick beside a command, and another number of threads rounds sums differently
    if not 1 <= wanted <= 1024:
        raise UserError(Problem("usage", f"--threads must be from 1 to 1024, got {wanted}.", "Leave it out."))
    torch.set_num_threads(wanted)


def _recipe(arguments: argparse.Namespace) -> Recipe:
    from engine.train.recipe import Recipe

    named = {name: getattr(arguments, name) for name in _RECIPE_OPTIONS if getattr(arguments, name) is not None}
    others = settings(arguments.set, "--set")
    twice = sorted(named.keys() & others.keys())
    if twice:
        raise UserError(Problem("usage", f"{twice[0]} is given twice.", f"Leave out --set {twice[0]}."))
    return Recipe.from_json({**others, **named})


class _Record:
    """Gather what one training says into one document, telling a person of each epoch as it ends."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.epochs: list[dict[str, float]] = []
        self.verdicts: list[dict[str, Any]] = []
        self.problems: list[Problem] = []
        self._started: Started | None = None
        self._facts: dict[str, Any] = {"status": "running", "steps_per_s": None}

    def follow(self, events: Iterable[Event]) -> None:
        """Take in every event to the last."""
        from engine.train.events import Done, Failed, Points, Started, Verdict

        for event in events:
            match event:
                case Started():
                    self._started = event
                    self.console.say(f"{event.num_parameters:,} parameters, {event.total_steps:,} steps on {event.device}.")
                case Points(stream="epoch"):
                    self._epochs(event)
                case Verdict():
                    self.verdicts.append(
                        {"kind": event.kind, "severity": event.severity, "node": event.node, "step": event.step, "message": event.message}
                    )
                    self.console.say(f"step {event.step}: {event.message}")
                case Done():
                    self._facts |= {"status": "finished", "best": event.best, "seconds": event.seconds, "steps_per_s": event.steps_per_s}
                    self.console.say(f"Finished in {event.seconds:.1f} s, {event.steps_per_s:.0f} steps a second.")
                case Failed():
                    self._facts["reason"] = event.reason
                    self.stop("failed", [Problem(event.reason, event.message, event.fix, node=event.node)])

    def stop(self, status: str, problems: list[Problem]) -> None:
        """Note that training ended before its end."""
        self._facts["status"] = status
        self.problems = problems

    def _epochs(self, points: Points) -> None:
        assert self._started is not None, "an epoch ended before training started"
        names = self._started.series["epoch"]
        for row in points.values.tolist():
            epoch = dict(zip(names, row, strict=True))
            self.epochs.append(epoch)
            values = "  ".join(f"{name} {value:.4f}" for name, value in epoch.items() if name != "seconds")
            self.console.say(f"epoch {len(self.epochs)}/{self._started.total_epochs}  {values}")
            self.console.flush()

    def document(self) -> dict[str, Any]:
        """Return all of it as plain JSON."""
        started = self._started
        known = (
            {}
            if started is None
            else {"num_parameters": started.num_parameters, "total_steps": started.total_steps, "device": started.device}
        )
        return {
            "ok": not self.problems,
            **self._facts,
            **known,
            "epochs": self.epochs,
            "verdicts": self.verdicts,
            "problems": [problem.to_json() for problem in self.problems],
        }
