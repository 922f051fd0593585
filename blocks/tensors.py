"""What flows along a wire: a kind with a meaning, a shape with named free dimensions, an element type.

Dimensions, one letter each, used in every docstring and as a suffix of tensor names:
B batch, C channels, H height, W width, T time (sequence position), D features, N number of layers times directions,
K classes, V vocabulary size.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["image", "series", "vector", "sequence", "tokens", "state", "weights", "mask", "target", "loss", "any"]

# What each kind is called, and its shape, wherever a person reads it.
KINDS: Mapping[Kind, tuple[str, str]] = {
    "image": ("an image", "(B, C, H, W)"),
    "series": ("a series of channels", "(B, C, T)"),
    "vector": ("a vector", "(B, D)"),
    "sequence": ("a sequence", "(B, T, D)"),
    "tokens": ("token numbers", "(B, T)"),
    "state": ("a recurrent state", "(N, B, D)"),
    "weights": ("attention weights", "(B, T, T)"),
    "mask": ("a mask", "(B, T)"),
    "target": ("a target", ""),
    "loss": ("a loss", "()"),
    "any": ("anything", ""),
}

FLOAT_KINDS: tuple[Kind, ...] = ("vector", "sequence", "image", "series", "state", "weights")
"""Kinds that hold real numbers, which activations, dropout and sums take alike."""

Axis = Literal["layers", "batch", "features", "time", "height", "width", "source"]
"""What a dimension means; channels count as features."""

AXES: Mapping[Kind, tuple[Axis, ...]] = {
    "vector": ("batch", "features"),
    "sequence": ("batch", "time", "features"),
    "image": ("batch", "features", "height", "width"),
    "series": ("batch", "features", "time"),
    "state": ("layers", "batch", "features"),
    "weights": ("batch", "time", "source"),
    "tokens": ("batch", "time"),
    "mask": ("batch", "time"),
}

_AXES_BY_RANK: Mapping[int, tuple[Axis, ...]] = {2: AXES["vector"], 3: AXES["sequence"], 4: AXES["image"]}

Dim = int | str
"""A size, or the letter of a dimension that is free ("B"); "2*B" is a multiple of a free one."""

DType = Literal["float", "int", "bool"]


@dataclass(frozen=True)
class TensorSpec:
    """Describe the tensor on one wire: its shape, its element type and what it means."""

    shape: tuple[Dim, ...]
    dtype: DType = "float"
    kind: Kind = "any"
    num_values: int | None = None
    """For tokens: how many different ones there are, where that is known."""

    def size(self, dim: int) -> int:
        """Return a size that must be a plain number (`in_channels`, say); assert where it is free."""
        size = self.shape[dim]
        assert isinstance(size, int), f"dimension {dim} of {self.shape} is free, a block asked for its size"
        return size

    def axis(self, meaning: Axis) -> int | None:
        """Return the position of the dimension that means this, or None where there is none (the height of a vector)."""
        axes = AXES.get(self.kind) or _AXES_BY_RANK.get(len(self.shape), ())
        return axes.index(meaning) if meaning in axes else None

    def __str__(self) -> str:
        inner = ", ".join(str(size) for size in self.shape)
        return f"({inner},)" if len(self.shape) == 1 else f"({inner})"


class Inputs:
    """Hold what arrives at a block's input ports while its shapes are worked out: none, one or several wires a port.

    `unused` names the outputs that nobody reads, for blocks that can save the work for them.
    """

    def __init__(self, wires: Mapping[str, tuple[TensorSpec, ...]], unused: Collection[str] = ()) -> None:
        self._wires = dict(wires)
        self._unused = frozenset(unused)

    def is_used(self, output: str) -> bool:
        """Return whether anybody reads an output; while shapes are worked out, all are."""
        return output not in self._unused

    def __getitem__(self, port: str) -> TensorSpec:
        """Return what arrives at a port that takes one wire."""
        (spec,) = self._wires[port]
        return spec

    def __contains__(self, port: str) -> bool:
        return bool(self._wires.get(port))

    def __iter__(self) -> Iterator[str]:
        return (port for port, wires in self._wires.items() if wires)

    def many(self, port: str) -> tuple[TensorSpec, ...]:
        """Return what arrives at a port that takes any number of wires, in their order."""
        return self._wires.get(port, ())
