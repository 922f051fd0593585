"""The arguments that say on what and how a network is trained: for `train`, which does it, and for `export`, which writes it down."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from app.commands.files import read_bytes, settings
from blocks.problems import Problem, UserError

if TYPE_CHECKING:
    from engine.data import DataSpec
    from engine.train.recipe import Recipe

LARGEST_RECIPE_BYTES = 4 * 1024 * 1024
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


def configure(parser: argparse.ArgumentParser, *, data_is_required: bool) -> None:
    """Declare the arguments."""
    parser.add_argument("--data", required=data_is_required, metavar="NAME", help="digits, iris, wine, …, or csv")
    parser.add_argument(
        "--data-option", action="append", default=[], metavar="NAME=VALUE", help="an option of the data set; may be repeated"
    )
    parser.add_argument("--csv", metavar="FILE", help="the file, with --data csv")
    for name, (kind, help) in _RECIPE_OPTIONS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=None, help=help)
    parser.add_argument("--recipe", metavar="R.json", help="a recipe in a file, with its phases say; the other options change it")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any other field of the recipe; may be repeated")


def given(arguments: argparse.Namespace) -> list[str]:
    """Return which of these arguments were given, as they are written."""
    names = ["data", "data_option", "csv", *_RECIPE_OPTIONS, "recipe", "set"]
    return [f"--{name.replace('_', '-')}" for name in names if getattr(arguments, name) not in (None, [])]


def read_table(arguments: argparse.Namespace) -> bytes | None:
    """Return the table that was named."""
    return None if arguments.csv is None else read_bytes(arguments.csv, LARGEST_CSV_BYTES)


def read_spec(arguments: argparse.Namespace) -> DataSpec:
    """Return the choice of data."""
    from engine.data import DataSpec

    return DataSpec.from_json({"name": arguments.data, "options": settings(arguments.data_option, "--data-option")})


def read_recipe(arguments: argparse.Namespace) -> Recipe:
    """Return the recipe."""
    from engine.train.recipe import Recipe

    named = {name: getattr(arguments, name) for name in _RECIPE_OPTIONS if getattr(arguments, name) is not None}
    others = settings(arguments.set, "--set")
    twice = sorted(named.keys() & others.keys())
    if twice:
        raise UserError(Problem("usage", f"{twice[0]} is given twice.", f"Leave out --set {twice[0]}."))
    return Recipe.from_json({**_from_file(arguments.recipe), **others, **named})


def _from_file(path: str | None) -> dict[str, Any]:
    """Return the recipe in a file as plain JSON; an empty one where none is named."""
    if path is None:
        return {}
    try:
        document = json.loads(read_bytes(path, LARGEST_RECIPE_BYTES))
    except ValueError as error:
        raise UserError(Problem("unreadable", f"{path} is no JSON.", "Save the recipe again.")) from error
    if not isinstance(document, dict):
        raise UserError(Problem("bad_recipe", f"{path} holds no object with named settings.", 'Write it like {"optimizer": "adam"}.'))
    return document
