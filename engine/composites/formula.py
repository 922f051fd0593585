"""Formulas of parameters, as in a spreadsheet: `=width * 4`. A closed arithmetic grammar, read by hand; nothing is ever executed.

    comparison: sum (("==" | "!=" | "<=" | ">=" | "<" | ">") sum)?
    sum:        product (("+" | "-") product)*
    product:    power (("*" | "/" | "//" | "%") power)*
    power:      signed ("**" power)?
    signed:     "-" signed | atom
    atom:       number | name | function "(" comparison ("," comparison)* ")" | "(" comparison ")" | "true" | "false"

Names are the exposed parameters, `copy` (0 for the first of the repeated copies) and `copies`. Whole numbers stay whole.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

Number = bool | int | float
Values = Mapping[str, Number]

LONGEST = 200
DEEPEST = 40
LARGEST = 2**53
"""Beyond this, whole numbers and floating point no longer agree."""

FUNCTIONS: Mapping[str, tuple[int, int]] = {"min": (1, 8), "max": (1, 8), "round": (1, 1), "floor": (1, 1), "ceil": (1, 1), "sqrt": (1, 1)}
"""Each with the smallest and the largest number of arguments; `if(condition, then, else)` is read apart, because only one side counts."""
RESERVED = frozenset({*FUNCTIONS, "if", "true", "false", "copy", "copies", "repeat", "self", "type", "name", "i"})

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|(\*\*|//|==|!=|<=|>=|[-+*/%(),<>]))", re.ASCII)


class FormulaError(Exception):
    """Say what is wrong with a formula and at which character (from 1, the "=" is the first)."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position

    def sentence(self, formula: str) -> str:
        """Return the mistake with the formula and the character it is at."""
        return f"the formula {formula[:LONGEST]!r} has a mistake at character {self.position}: {self.message}"


def is_formula(value: object) -> bool:
    """Return whether a parameter's value is a formula."""
    return isinstance(value, str) and value.startswith("=")


def evaluate(formula: str, values: Values) -> Number:
    """Return the value of a formula that begins with "=".

    Raises:
        FormulaError: where it cannot be read, names nothing, divides by zero, or leaves the numbers that are allowed.
    """
    return _parsed(formula).value(values)


def names_in(formula: str) -> frozenset[str]:
    """Return the names that a formula uses; none for one that cannot be read."""
    try:
        return frozenset(_parsed(formula).names())
    except FormulaError:
        return frozenset()


@dataclass(frozen=True)
class _Term:
    """Hold one operation, where it stands in the text, and what it works on."""

    kind: str
    position: int
    parts: tuple[_Term, ...] = ()
    number: Number = 0
    name: str = ""

    def names(self) -> set[str]:
        found = {self.name} if self.kind == "name" else set()
        return found.union(*(part.names() for part in self.parts))

    def value(self, values: Values) -> Number:
        if self.kind == "number":
            return self.number
        if self.kind == "name":
            if self.name not in values:
                known = ", ".join(sorted(values)) or "none"
                raise FormulaError(f"there is no parameter '{self.name}' here; there are: {known}.", self.position)
            return values[self.name]
        if self.kind == "if":
            return self.parts[1 if self.parts[0].value(values) else 2].value(values)
        numbers = [part.value(values) for part in self.parts]
        try:
            found = _OPERATIONS[self.kind](*numbers)
        except ZeroDivisionError:
            raise FormulaError("this divides by zero.", self.position) from None
        except (OverflowError, ValueError):
            raise FormulaError("this has no value that is a number.", self.position) from None
        if isinstance(found, complex) or not math.isfinite(found) or abs(found) > LARGEST:
            raise FormulaError("the result is too large.", self.position)
        return found


def _power(base: Number, exponent: Number) -> Number:
    if abs(exponent) > 64 or (abs(base) > 1 and abs(exponent) * math.log2(abs(base)) > 53):
        raise OverflowError
    result: Number = base**exponent
    return result


def _round(number: Number) -> int:
    """Round half up, as a person does; Python's own rounds half to even."""
    return math.floor(number + 0.5)


_OPERATIONS: Mapping[str, Callable[..., Number]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b if isinstance(a, int) and isinstance(b, int) and b != 0 and a % b == 0 else a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": _power,
    "negative": lambda a: -a,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "min": min,
    "max": max,
    "round": _round,
    "floor": math.floor,
    "ceil": math.ceil,
    "sqrt": math.sqrt,
}


@lru_cache(maxsize=4096)
def _parsed(formula: str) -> _Term:
    if len(formula) > LONGEST:
        raise FormulaError(f"it is longer than {LONGEST} characters.", LONGEST)
    return _Parser(formula).whole()


class _Parser:
    """Read one formula from left to right."""

    def __init__(self, formula: str) -> None:
        self.tokens: list[tuple[str, str, int]] = []
        at = 1
        while formula[at:].strip():
            match = _TOKEN.match(formula, at)
            if match is None:
                at += len(formula[at:]) - len(formula[at:].lstrip())
                raise FormulaError(f"{formula[at]!r} means nothing here.", at + 1)
            kind = "number" if match[1] else "word" if match[2] else "sign"
            self.tokens.append((kind, match.group().strip(), match.end() - len(match.group().strip()) + 1))
            at = match.end()
        self.end = len(formula) + 1
        self.place = 0
        self.depth = 0

    def whole(self) -> _Term:
        term = self.comparison()
        if self.place < len(self.tokens):
            _, text, position = self.tokens[self.place]
            raise FormulaError(f"'{text}' is not expected here.", position)
        return term

    def sign(self, *signs: str) -> tuple[str, int] | None:
        """Take the next token if it is one of these signs."""
        if self.place < len(self.tokens):
            kind, text, position = self.tokens[self.place]
            if kind == "sign" and text in signs:
                self.place += 1
                return text, position
        return None

    def need(self, sign: str, why: str) -> None:
        if self.sign(sign) is None:
            position = self.tokens[self.place][2] if self.place < len(self.tokens) else self.end
            raise FormulaError(f"'{sign}' is missing {why}.", position)

    def comparison(self) -> _Term:
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaError("it is nested too deeply.", self.tokens[min(self.place, len(self.tokens) - 1)][2])
        left = self.chain(("+", "-"), lambda: self.chain(("*", "/", "//", "%"), self.power))
        if found := self.sign("==", "!=", "<=", ">=", "<", ">"):
            right = self.chain(("+", "-"), lambda: self.chain(("*", "/", "//", "%"), self.power))
            left = _Term(found[0], found[1], (left, right))
        self.depth -= 1
        return left

    def chain(self, signs: tuple[str, ...], operand: Callable[[], _Term]) -> _Term:
        left = operand()
        while found := self.sign(*signs):
            left = _Term(found[0], found[1], (left, operand()))
        return left

    def power(self) -> _Term:
        if found := self.sign("-"):
            return _Term("negative", found[1], (self.nested(self.power),))
        base = self.atom()
        if found := self.sign("**"):
            return _Term("**", found[1], (base, self.nested(self.power)))
        return base

    def nested(self, read: Callable[[], _Term]) -> _Term:
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaError("it is nested too deeply.", self.tokens[min(self.place, len(self.tokens) - 1)][2])
        term = read()
        self.depth -= 1
        return term

    def atom(self) -> _Term:
        if self.place >= len(self.tokens):
            raise FormulaError("a number or a name is missing at the end.", self.end)
        kind, text, position = self.tokens[self.place]
        self.place += 1
        if kind == "number":
            number: Number = int(text) if text.isdigit() else float(text)
            if number > LARGEST:
                raise FormulaError("this number is too large.", position)
            return _Term("number", position, number=number)
        if kind == "word":
            return self.word(text, position)
        if text == "(":
            inner = self.comparison()
            self.need(")", "at the end of the parentheses")
            return inner
        raise FormulaError(f"a number or a name is expected before '{text}'.", position)

    def word(self, text: str, position: int) -> _Term:
        if text in ("true", "false"):
            return _Term("number", position, number=text == "true")
        if text != "if" and text not in FUNCTIONS:
            return _Term("name", position, name=text)
        self.need("(", f"after '{text}'")
        arguments = [self.comparison()]
        while self.sign(","):
            arguments.append(self.comparison())
        self.need(")", f"at the end of '{text}(…'")
        least, most = FUNCTIONS.get(text, (3, 3))
        if not least <= len(arguments) <= most:
            expected = str(least) if least == most else f"{least} to {most}"
            raise FormulaError(f"'{text}' takes {expected} values, got {len(arguments)}.", position)
        return _Term(text, position, tuple(arguments))
