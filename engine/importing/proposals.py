"""Propose parameters of a block for a recorded call, from the block's own fields and from what is known of the call.

Nothing here knows a block or a function: fields meet attributes and arguments of the same name, closed choices are tried one by one, and
what is left takes its default or a number that occurs in the call. Whether a proposal is right is for `matching` to find out.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from blocks.validation import describe
from engine.importing.recording import Op, Value, function_name
from engine.importing.trees import leaves

Plain = bool | int | float | str | None | tuple[Any, ...]


@dataclass(frozen=True)
class Hints:
    """Hold what is known of a call: settings by name, and every number that occurs in it."""

    named: Mapping[str, Plain] = field(default_factory=dict)
    numbers: tuple[Plain, ...] = ()


def hints_of_module(module: nn.Module) -> dict[str, Plain]:
    """Return a module's settings: its plain attributes, and whether it has those of its constructor's that became parameters."""
    found: dict[str, Plain] = {}
    for name, value in vars(module).items():
        if not name.startswith("_") and name != "training" and (kept := plain(value)) is not _NOT_PLAIN:
            found[name] = kept
    for name in _constructor(type(module)):
        if name not in found and name in module._parameters:
            found[name] = module._parameters[name] is not None
    return found


def hints_of_op(op: Op) -> dict[str, Plain]:
    """Return the settings that a function was called with, by name, those given by position too."""
    names = _names(op.function)
    if len(op.args) > len(names):
        names = names[:-1]  # the last takes several: x.reshape(-1, 8, 8)
    given = dict(zip(names, op.args, strict=False)) | op.kwargs
    return {name: kept for name, value in given.items() if (kept := plain(value)) is not _NOT_PLAIN}


def numbers_of(ops: Sequence[Op], held: Sequence[Value], outputs: Sequence[Value]) -> tuple[Plain, ...]:
    """Return every number and list of numbers in a piece, and the sizes of what the module holds and of what comes out."""
    found: dict[Plain, None] = {}
    for op in ops:
        for tree in (*op.args, *op.kwargs.values()):
            if isinstance(tree, (tuple, list)) and (whole := plain(tree)) is not _NOT_PLAIN:
                found[whole] = None
            for leaf in leaves(tree):
                if isinstance(leaf, (int, float)) and not isinstance(leaf, bool):
                    found[leaf] = None
    for value in [*held, *outputs]:
        sizes = value.shape[1:] if value in outputs else value.shape
        found |= dict.fromkeys(sizes)
        found[tuple(sizes)] = None
        found[tuple(value.shape[2:])] = None
    return tuple(found)


class _NotPlain:
    """Mark what is no setting."""


_NOT_PLAIN: Any = _NotPlain()


def plain(value: Any) -> Any:
    """Return a setting as plain numbers and words, equal numbers for height and width as one; a mark for anything else."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)) and all(isinstance(part, (int, float)) and not isinstance(part, bool) for part in value):
        sizes = tuple(value)
        return sizes[0] if sizes and len(set(sizes)) == 1 and len(sizes) <= 3 else sizes
    return _NOT_PLAIN


def proposals(block_type: str, hints: Hints, most: int) -> Iterator[dict[str, Any]]:
    """Yield parameters to try, the likeliest first."""
    choices = [
        [(spec["name"], value) for value in _values(spec, hints)] for spec in describe(block_type)["fields"] if spec["name"] != "weight"
    ]
    for chosen in itertools.islice(itertools.product(*choices), most):
        yield {name: list(value) if isinstance(value, tuple) else value for name, value in chosen}


def _values(spec: Mapping[str, Any], hints: Hints) -> list[Any]:
    """Return the values of one field that are worth a trial."""
    name, widget = spec["name"], spec["widget"]
    if name in hints.named:
        value = hints.named[name]
        if _accepts(spec, value):
            return [value]
        if widget == "size" and isinstance(value, int) and (spec["min_items"] or 0) > 1:
            return [(value,) * spec["min_items"]]
    if widget == "choice":
        return [spec["default"], *(choice for choice in spec["choices"] if choice != spec["default"])]
    if widget == "bool":
        return [spec["default"], not spec["default"]]
    default = tuple(spec["default"]) if isinstance(spec["default"], list) else spec["default"]
    return list(dict.fromkeys([default, *(number for number in hints.numbers if _accepts(spec, number))]))


def _accepts(spec: Mapping[str, Any], value: Plain) -> bool:
    """Return whether a value is of a field's type; the block itself says whether it is in bounds."""
    widget = spec["widget"]
    if value is None:
        return bool(spec["optional"])
    if isinstance(value, bool) or widget == "bool":
        return isinstance(value, bool) and widget == "bool"
    if isinstance(value, str):
        return spec["choices"] is not None and value in spec["choices"]
    if isinstance(value, tuple):
        return widget == "size" and spec["max_items"] is not None and (spec["min_items"] or 0) <= len(value) <= spec["max_items"]
    if widget == "float":
        return True
    return isinstance(value, int) and (widget == "int" or (widget == "size" and bool(spec["single"])))


def _constructor(module: type[nn.Module]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for ancestor in module.__mro__[:-1]:
        if "__init__" in vars(ancestor):
            names |= dict.fromkeys(inspect.signature(vars(ancestor)["__init__"]).parameters)
    return tuple(names)


def _names(function: Callable[..., Any]) -> list[str]:
    """Return the names of a torch function's arguments: Python's own where it is written in Python, else those of torch's schema."""
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        schemas = torch._C._jit_get_schemas_for_operator(f"aten::{function_name(function).rstrip('_')}")
    longest = max(schemas, key=lambda schema: len(schema.arguments) * (not schema.overload_name.endswith("out")), default=None)
    return [] if longest is None else [argument.name for argument in longest.arguments]


def settings_equal(one: nn.Module, other: nn.Module) -> bool:
    """Return whether two modules of one class have the same settings; working in place is none."""
    left, right = hints_of_module(one), hints_of_module(other)
    return {**left, "inplace": None} == {**right, "inplace": None}


def same_class(module: nn.Module, within: nn.Module | None) -> nn.Module | None:
    """Return the module of exactly this class in what a block has built."""
    return None if within is None else next((found for found in within.modules() if type(found) is type(module)), None)


def tensors(tree: Any) -> list[Tensor]:
    """Return the tensors among the leaves of a tree."""
    return [leaf for leaf in leaves(tree) if isinstance(leaf, Tensor)]
