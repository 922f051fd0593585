"""Run a recorded piece of a network again, on other numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from engine.importing.recording import Op, Value
from engine.importing.trees import leaves, mapped


class TooLong(Exception):
    """Say that a piece is longer than it was allowed to be."""


def piece(targets: Iterable[Value], known: Collection[Value], longest: int | None = None) -> tuple[list[Op], list[Value]]:
    """Return the calls that lead from known values to targets, in the order they were made, and the known values met, in order of use.

    A known value is listed once for each time it is used. Calls that depend on nothing that comes in are part of the piece.

    Raises:
        TooLong: where more than `longest` calls that depend on what comes in are needed.
    """
    ops: dict[int, Op] = {}
    stack = [target for target in targets if target not in known]
    while stack:
        value = stack.pop()
        if value.op is None or value.op.number in ops:
            continue
        ops[value.op.number] = value.op
        if longest is not None and sum(any(result.live for result in op.results) for op in ops.values()) > longest:
            raise TooLong
        stack += [source for source in value.op.sources() if source not in known]
    ordered = [ops[number] for number in sorted(ops)]
    met = [source for op in ordered for source in op.sources() if source in known]
    return ordered, met + [target for target in targets if target in known]


def held(ops: Iterable[Op]) -> list[Value]:
    """Return the tensors of the module itself that a piece reads, each once, in order."""
    return list(dict.fromkeys(source for op in ops for source in op.sources() if source.tensor is not None))


def replay(ops: Iterable[Op], given: Mapping[Value, Tensor], targets: Iterable[Value]) -> list[Tensor]:
    """Run a piece on given tensors, which may also replace what the module holds, and return its targets."""
    found: dict[Value, Tensor] = dict(given)

    def tensor(leaf: Any) -> Any:
        if not isinstance(leaf, Value):
            return leaf
        if leaf in found:
            return found[leaf]
        assert leaf.tensor is not None, f"value {leaf.number} is needed before it was made"
        return leaf.tensor

    for op in ops:
        _run(op, found, tensor)
    return [tensor(target) for target in targets]


def _run(op: Op, found: dict[Value, Tensor], tensor: Any) -> None:
    args, kwargs = mapped((op.args, op.kwargs), tensor)
    copies: list[Tensor] = []
    if op.changed:
        sources = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        originals = [sources[index] for index in op.changed]
        # What is changed in place is changed in a copy: the original is used again by the next trial.
        clones = {id(original): original.clone() for original in originals}
        args, kwargs = mapped((args, kwargs), lambda leaf: clones.get(id(leaf), leaf) if isinstance(leaf, Tensor) else leaf)
        copies = [clones[id(original)] for original in originals]
    with torch.set_grad_enabled(op.grad and torch.is_grad_enabled()):
        out = op.function(*args, **kwargs)
    made = [leaf for leaf in leaves(out) if isinstance(leaf, Tensor)]
    for value, result in zip(op.results, [*made, *copies], strict=True):
        found[value] = result


def called(op: Op) -> str:
    """Return how a call is named in a sentence: by torch's own module around it where there is one, else as it was written."""
    if op.inside is not None:
        return f"nn.{type(op.inside.module).__name__}"
    if op.name in _SIGNS and not getattr(op.function, "__module__", None):
        return f"`{_SIGNS[op.name]}`"
    module = getattr(op.function, "__module__", None) or ""
    prefix = "F." if module == "torch.nn.functional" else "torch." if module.startswith("torch") and not op.name.startswith("__") else "."
    return f"`{prefix}{op.name}`"


_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "matmul": "@", "neg": "-", "__getitem__": "[…]", "__setitem__": "[…] ="}
