"""`gradloom train`: train a network here and now, through the engine that the workers use."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from app.commands import experiment
from app.commands.console import Console
from app.commands.files import read_graph_file
from blocks.problems import Problem, UserError

if TYPE_CHECKING:
    from engine.train.events import Event, Points, Started

SUMMARY = "Train a network here and now, through the same engine as the page."


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("graph", metavar="G.json", help='the network, or "-" for standard input')
    experiment.configure(parser, data_is_required=True)
    parser.add_argument("--threads", type=int, help="CPU threads to use (default: as many as torch chooses)")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Train, tell of each epoch, and answer with all of them."""
    graph = read_graph_file(arguments.graph)
    csv = experiment.read_table(arguments)
    from engine.compile import compile_graph
    from engine.data import load_for
    from engine.train.loop import train

    _use_threads(arguments.threads)
    recipe, spec = experiment.read_recipe(arguments), experiment.read_spec(arguments)
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
