"""The command `gradloom`: the whole product without a browser, for scripts, tests and teaching.

Exit status 0, or 2 with one clear sentence on standard error; with `--json`, standard output carries exactly one JSON document.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

from app.commands import check, doctor, export, import_code, runs, template, templates, train, up
from app.commands.console import Console, Unwritable
from blocks.problems import Problem, UserError

REFUSED = 2
_COMMANDS = {
    "up": up,
    "templates": templates,
    "template": template,
    "check": check,
    "train": train,
    "runs": runs,
    "export": export,
    "import": import_code,
    "doctor": doctor,
}


class _Parser(argparse.ArgumentParser):
    """Report a mistake in the arguments as every other mistake: one sentence and a fix."""

    def error(self, message: str) -> NoReturn:
        raise UserError(Problem("usage", f"{message[:1].upper()}{message[1:]}.".replace("..", "."), f"See {self.prog} --help."))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="gradloom", description="Draw a network, watch it learn, and be told why when it doesn't.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"gradloom {_version()}")
    parser.add_argument("--json", action="store_true", help="answer with one JSON document")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    for name, module in _COMMANDS.items():
        command = commands.add_parser(name, help=module.SUMMARY, description=module.SUMMARY, allow_abbrev=False)
        command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="answer with one JSON document")
        module.configure(command)
        command.set_defaults(run=module.run)
    return parser


def _version() -> str:
    try:
        return version("gradloom")
    except PackageNotFoundError:
        return "(not installed)"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    console = Console("--json" in arguments)
    try:
        status = _answer(arguments, console)
        console.flush()
        return status
    except BrokenPipeError:
        # Whoever read our output has seen enough (`gradloom templates | head -1`).
        console.silence()
        return 0
    except Unwritable as error:
        console.silence()
        console.complain(f"The answer could not be written: {error}.")
        return REFUSED


def _answer(arguments: list[str], console: Console) -> int:
    debug = bool(os.environ.get("GRADLOOM_DEBUG"))
    try:
        with warnings.catch_warnings():
            if not debug:
                warnings.simplefilter("ignore")
            parsed = _parser().parse_args(arguments)
            console.command = parsed.command
            status: int = parsed.run(parsed, console)
            return status
    except UserError as error:
        return console.refuse(error.problems)
    except KeyboardInterrupt:
        return console.refuse([Problem("interrupted", "Stopped by Ctrl+C.", "")])
    except (BrokenPipeError, Unwritable):
        raise
    except Exception as error:
        if debug:
            raise
        told = f"Gradloom itself failed: {type(error).__name__}: {' '.join(str(error).split())[:300]}."
        return console.refuse([Problem("internal", told, "Run it again with GRADLOOM_DEBUG=1 and report what it prints.")])


if __name__ == "__main__":
    sys.exit(main())
