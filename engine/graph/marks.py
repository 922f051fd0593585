"""The training mark that says how weights begin: a closed list of schemes, three of which take a number ("normal(0.02)")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from blocks.problems import Problem, UserError


@dataclass(frozen=True)
class Scheme:
    """Describe one way to begin: what it is called, what it does, where it comes from, and the number it takes, if any."""

    name: str
    title: str
    help: str
    source: str = ""
    number: str = ""
    """What its number is called; empty where it takes none."""
    default: float = 0.0
    """The number where none is written."""
    least: float = 0.0
    most: float = 0.0

    @property
    def pattern(self) -> str:
        """Return how its mark is written, as a regular expression; every number that is written so is within the bounds."""
        return self.name if not self.number else rf"{self.name}(\({'-?' if self.least < 0 else ''}({_NUMBER})\))?"


LARGEST = 100.0
_NUMBER = r"[0-9]{1,2}(\.[0-9]{1,20})?(e-[0-9]{1,2})?|100(\.0)?"
"""From 0 to 100, as Python writes it."""
_INIT = "https://docs.pytorch.org/docs/stable/nn.init.html"

SCHEMES: Mapping[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme("default", "As PyTorch does", "What PyTorch gives this block by itself."),
        Scheme("xavier", "Xavier", "Uniform, with a bound by inputs and outputs; for tanh and sigmoid.", "Glorot, Bengio 2010, eq. 16"),
        Scheme("he", "He", "Uniform, with a bound by inputs; for ReLU.", "He et al. 2015, eq. 10"),
        Scheme("normal", "Normal", "Normally distributed around 0.", _INIT, "Standard deviation", 0.02, 0.0, LARGEST),
        Scheme("uniform", "Uniform", "Evenly distributed from −bound to bound.", _INIT, "Bound", 0.05, 0.0, LARGEST),
        Scheme("orthogonal", "Orthogonal", "Rows at right angles: keeps lengths; for recurrent and deep networks.", "Saxe et al. 2014"),
        Scheme("zeros", "Zeros", "Every weight is 0: neurons of a layer then learn all the same.", _INIT),
        Scheme("ones", "Ones", "Every weight is 1.", _INIT),
        Scheme("constant", "Constant", "Every weight is the same number.", _INIT, "Value", 0.01, -LARGEST, LARGEST),
        Scheme("inverse_sqrt", "1 / √n", "Uniform from −1/√n to 1/√n, n inputs of each neuron.", "LeCun et al. 1998, section 4.6"),
    )
}

LONGEST_MARK = 40
MARK_PATTERN = f"^({'|'.join(scheme.pattern for scheme in SCHEMES.values())})$"
_EXACTLY = re.compile(MARK_PATTERN, re.ASCII)
_ROUGHLY = re.compile(r"([a-z_]+)\(([^()]*)\)", re.ASCII)
EXPECTED = f"one of {', '.join(SCHEMES)}, or with a number as in normal(0.02)"


@dataclass(frozen=True)
class Initialisation:
    """Hold a mark that was read: the scheme, and its number where it takes one."""

    scheme: Scheme
    number: float = 0.0


def read_mark(mark: str) -> Initialisation:
    """Read a mark, "he" or "normal(0.02)".

    Raises:
        UserError: where it is none, or its number is out of bounds (code "bad_mark").
    """
    if len(mark) <= LONGEST_MARK and _EXACTLY.fullmatch(mark):
        name, _, number = mark.removesuffix(")").partition("(")
        return Initialisation(SCHEMES[name], float(number) if number else SCHEMES[name].default)
    near = _ROUGHLY.fullmatch(mark[:60])
    scheme = SCHEMES.get(near[1]) if near else None
    if near is None or scheme is None:
        raise _refused(f"The initialisation must be {EXPECTED}, got {mark[:60]!r}.", "Choose one of these.", mark)
    if not scheme.number:
        raise _refused(f"The initialisation {scheme.name} takes no number, got {mark[:60]!r}.", f"Write {scheme.name} alone.", mark)
    bounds = f"from {scheme.least:g} to {scheme.most:g}"
    message = f"Initialisation {scheme.name}: the {scheme.number.lower()} must be a number {bounds}, got {near[2]!r}."
    raise _refused(message, f"Set it to {scheme.default:g}.", mark)


def write_mark(name: str, number: float | None = None) -> str:
    """Write a mark; a number that is the scheme's default is left out, so that the same choice has one spelling."""
    scheme = SCHEMES[name]
    return name if not scheme.number or number is None or number == scheme.default else f"{name}({float(number)!r})"


def is_mark(value: object) -> bool:
    """Return whether a value is a mark."""
    if not isinstance(value, str):
        return False
    try:
        read_mark(value)
    except UserError:
        return False
    return True


def _refused(message: str, fix: str, mark: str) -> UserError:
    return UserError(Problem("bad_mark", message, fix, parameter="initialisation", received=mark[:60]))
