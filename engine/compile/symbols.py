"""Write values that differ between the uses of one class as its constructor's arguments: `64`, `width`, `4 * width`, `in_channels`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from blocks.spec import literal
from blocks.tensors import TensorSpec
from engine.compile.names import Names

LARGEST_FACTOR = 64
Vector = tuple[Any, ...]
"""One value for each use of the class."""


class Symbols:
    """Give each vector of values an expression, and remember which arguments that takes.

    `exposed` are the composite's parameters, under the names that the user gave them; they are used where they say the same.
    """

    def __init__(self, exposed: Mapping[str, Sequence[Any]]) -> None:
        self._exposed = {name: tuple(values) for name, values in exposed.items() if not _constant(tuple(values))}
        self.arguments: dict[str, Vector] = {}
        self._names = Names(self._exposed)

    def write(self, wanted: str, values: Sequence[Any]) -> str:
        """Return the expression for values, under the wanted name where a new argument is needed."""
        vector = tuple(values)
        if _constant(vector):
            return literal(vector[0])
        known = self._in_terms_of(vector, {**self.arguments, **self._exposed})
        if known is not None:
            return known
        name = self._names.give(wanted)
        self.arguments[name] = vector
        return name

    def _in_terms_of(self, vector: Vector, candidates: Mapping[str, Vector]) -> str | None:
        for name, values in candidates.items():
            if _same(values, vector):
                return self._use(name)
        if not all(type(value) is int and value > 0 for value in vector):
            return None
        for name, values in candidates.items():
            if not all(type(value) is int and value > 0 for value in values):
                continue
            factor = vector[0] // values[0]
            if 2 <= factor <= LARGEST_FACTOR and all(value == factor * base for value, base in zip(vector, values, strict=True)):
                return f"{factor} * {self._use(name)}"
            divisor = values[0] // vector[0]
            if 2 <= divisor <= LARGEST_FACTOR and all(base == divisor * value for value, base in zip(vector, values, strict=True)):
                return f"{self._use(name)} // {divisor}"
        return None

    def _use(self, name: str) -> str:
        if name not in self.arguments:
            self.arguments[name] = self._exposed[name]
        return name

    def annotated(self) -> list[str]:
        """Return the constructor's arguments as they are declared."""
        return [f"{name}: {_annotation(values)}" for name, values in self.arguments.items()]

    def shape(self, specs: Sequence[TensorSpec]) -> str:
        """Return a shape for a comment; a size that differs between uses is written by the argument it equals, or by its letter."""
        first = specs[0]
        if any(len(spec.shape) != len(first.shape) for spec in specs):
            return "(…)"
        dims = []
        for place in range(len(first.shape)):
            sizes = tuple(spec.shape[place] for spec in specs)
            letter = _letter(first, place)
            known = str(sizes[0]) if len(set(sizes)) == 1 else self._in_terms_of(sizes, self.arguments) if letter in "CD" else None
            dims.append(known or letter)
        return f"({', '.join(dims)}{',' if len(dims) == 1 else ''})" if dims else "scalar"


def _letter(spec: TensorSpec, place: int) -> str:
    letters = {"image": "BCHW", "series": "BCT", "sequence": "BTD", "vector": "BD", "tokens": "BT", "state": "NBD"}.get(spec.kind, "")
    return letters[place] if place < len(letters) else "N"


def _constant(vector: Vector) -> bool:
    return all(type(value) is type(vector[0]) and value == vector[0] for value in vector)


def _same(first: Vector, second: Vector) -> bool:
    return all(type(one) is type(other) and one == other for one, other in zip(first, second, strict=True))


def _annotation(values: Vector) -> str:
    kinds = list(dict.fromkeys(_kind(value) for value in values if value is not None))
    if "float" in kinds and "int" in kinds:
        kinds.remove("int")
    return " | ".join(kinds + (["None"] if None in values else [])) or "None"


def _kind(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        inner = list(dict.fromkeys(_kind(item) for item in value))
        return f"tuple[{' | '.join(inner)}, ...]" if isinstance(value, tuple) else f"list[{' | '.join(inner)}]"
    return type(value).__name__
