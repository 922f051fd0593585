"""Run a module once and write down every torch call it makes, with its place in the file and what flows from where to where.

The calls are seen through torch's own `TorchFunctionMode`, at the level at which people write them (`F.relu`, `x.view`, `nn.LSTM`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from engine.importing.refusal import Refusal, refused
from engine.importing.trees import leaves, mapped

MOST_CALLS = 20_000
_READS = {
    *("item", "tolist", "numpy", "__bool__", "__float__", "__int__", "__index__", "__complex__", "__contains__", "__array__"),
    *("equal", "allclose", "is_nonzero"),
}
"""Calls that make a number of Python's out of what is in a tensor; the drawing cannot follow what happens to it."""


@dataclass(eq=False)
class Value:
    """Stand for one tensor: what comes in, what a call made (`op`), or what the module holds (`tensor`)."""

    number: int
    shape: tuple[int, ...]
    dtype: torch.dtype
    op: Op | None = None
    tensor: Tensor | None = None
    live: bool = False
    """Whether it depends on what comes in."""


@dataclass(eq=False)
class Op:
    """Hold one call: the function, its arguments with values in place of tensors, and what came out.

    `changed` are the positions, among the tensors of the arguments, of those that the call changed in place; their new values stand
    at the end of `results`.
    """

    number: int
    function: Callable[..., Any]
    args: Any
    kwargs: Any
    results: list[Value]
    changed: tuple[int, ...]
    grad: bool
    line: int | None
    inside: Call | None
    """The outermost call of a module of torch's own that it was made in."""

    @property
    def name(self) -> str:
        """Return the function's name as a person writes it."""
        return function_name(self.function)

    def sources(self) -> Iterator[Value]:
        """Yield the values among the arguments."""
        return (leaf for leaf in leaves((self.args, self.kwargs)) if isinstance(leaf, Value))


@dataclass(eq=False)
class Call:
    """Hold one call of a module: its place among the modules, what went in, what came out, and the calls it made itself."""

    module: nn.Module
    path: str
    args: Any
    line: int | None
    results: Any = None
    items: list[Op | Call] = field(default_factory=list)

    @property
    def inputs(self) -> list[Value]:
        """Return the values that went in and depend on what comes into the network, in order."""
        return [leaf for leaf in leaves(self.args) if isinstance(leaf, Value) and leaf.live]

    @property
    def outputs(self) -> list[Value]:
        """Return the values that came out."""
        return [leaf for leaf in leaves(self.results) if isinstance(leaf, Value)]


def function_name(function: Callable[..., Any]) -> str:
    """Return a torch function's name; that of the property for `x.T` and its like."""
    name = getattr(function, "__name__", str(function))
    if name == "__get__":
        name = getattr(getattr(function, "__self__", None), "__name__", name)
    return name


def of_torch(module: nn.Module) -> bool:
    """Return whether a module's class is torch's own."""
    return type(module).__module__.split(".")[0] == "torch"


class Recorder(TorchFunctionMode):
    """Write down what is called while it is entered."""

    def __init__(self, model: nn.Module, filename: str) -> None:
        super().__init__()
        self.model = model
        self.filename = filename
        self.root = Call(model, "", (), None)
        self.refusal: Refusal | None = None
        self._stack = [self.root]
        self._paths = {id(module): path for path, module in reversed(list(model.named_modules(remove_duplicate=False)))}
        self._values: dict[int, tuple[Tensor, Value, int]] = {}
        self._number = 0

    # Values

    def enter(self, tensor: Tensor) -> Value:
        """Return a new value for a tensor that comes in."""
        return self._register(tensor, Value(self._next(), tuple(tensor.shape), tensor.dtype, live=True))

    def value(self, tensor: Tensor) -> Value:
        """Return the value that a tensor stands for; one that was never seen is held by the module."""
        known = self._values.get(id(tensor))
        if known is None:
            return self._register(tensor, Value(self._next(), tuple(tensor.shape), tensor.dtype, tensor=tensor))
        _, value, version = known
        if value.live and _version(tensor) != version:
            raise self._refuse(
                refused(
                    "in_place",
                    "a tensor is used after a part or a view of it was changed in place, which cannot be drawn.",
                    "Write the change without the trailing underscore or the assignment to a part.",
                    line=self._line(),
                )
            )
        return value

    def _register(self, tensor: Tensor, value: Value) -> Value:
        self._values[id(tensor)] = (tensor, value, _version(tensor))
        return value

    def _next(self) -> int:
        self._number += 1
        if self._number > MOST_CALLS:
            raise self._refuse(refused("too_large", f"the network makes more than {MOST_CALLS:,} calls.", "Import a smaller one."))
        return self._number

    # Calls of functions

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        before = [_version(tensor) for tensor in given]
        sources = [self.value(tensor) for tensor in given] if _is_followed(func) else []
        reads = function_name(func) in _READS
        if reads and any(source.live for source in sources):
            raise self._refuse(_data_dependent(func, self._line()))
        out = func(*args, **kwargs)
        made = [leaf for leaf in leaves(out) if isinstance(leaf, Tensor)]
        changed = [index for index, tensor in enumerate(given) if _version(tensor) != before[index]]
        if not reads and _is_followed(func) and (changed or made):
            self._write_down(func, args, kwargs, made, given, changed)
        return out

    def _write_down(self, func: Any, args: Any, kwargs: Any, made: list[Tensor], given: list[Tensor], changed: list[int]) -> None:
        def as_value(leaf: Any) -> Any:
            return self._values[id(leaf)][1] if isinstance(leaf, Tensor) else leaf

        args_in, kwargs_in = mapped(args, as_value), mapped(kwargs, as_value)
        live = any(leaf.live for leaf in leaves((args_in, kwargs_in)) if isinstance(leaf, Value))
        inside = next((call for call in self._stack[1:] if of_torch(call.module)), None)
        op = Op(self._next(), func, args_in, kwargs_in, [], tuple(changed), torch.is_grad_enabled(), self._line(), inside)
        for tensor in [*made, *(given[index] for index in changed)]:
            value = Value(self._next(), tuple(tensor.shape), tensor.dtype, op, live=live)
            op.results.append(value)
            self._register(tensor, value)
        self._stack[-1].items.append(op)

    # Calls of modules

    @contextmanager
    def modules(self) -> Iterator[None]:
        """Write down the calls of modules, too, while it is entered."""
        plain = nn.Module.__call__
        recorder = self

        def called(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if id(module) not in recorder._paths or module is recorder.model:
                return plain(module, *args, **kwargs)
            return recorder._module(plain, module, args, kwargs)

        nn.Module.__call__ = called  # type: ignore[method-assign]
        try:
            yield
        finally:
            nn.Module.__call__ = plain  # type: ignore[method-assign]

    def _module(self, plain: Callable[..., Any], module: nn.Module, args: Any, kwargs: Any) -> Any:
        call = Call(module, self._paths[id(module)], self._as_values((args, kwargs)), self._line())
        self._stack[-1].items.append(call)
        self._stack.append(call)
        try:
            out = plain(module, *args, **kwargs)
        finally:
            self._stack.pop()
        call.results = self._as_values(out)
        return out

    def _as_values(self, tree: Any) -> Any:
        return mapped(tree, lambda leaf: self.value(leaf) if isinstance(leaf, Tensor) else leaf)

    def finish(self, out: Any) -> Any:
        """Return what the network gives, with values in place of tensors."""
        self.root.results = self._as_values(out)
        return self.root.results

    # Places

    def _line(self) -> int | None:
        """Return the line of the user's file that is being executed."""
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.filename:
                return frame.f_lineno
            frame = frame.f_back  # type: ignore[assignment]
        return None

    def _refuse(self, refusal: Refusal) -> Refusal:
        """Keep a refusal: the user's code may catch it, and it holds all the same."""
        self.refusal = self.refusal or refusal
        return refusal


def _version(tensor: Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version


_UNFOLLOWED = {"size", "dim", "ndim", "shape", "numel", "nelement", "dtype", "device", "is_floating_point", "stride", "requires_grad"}


def _is_followed(function: Any) -> bool:
    """Return whether a call may make a new tensor or read one: questions about shape and type do neither."""
    return function_name(function) not in _UNFOLLOWED


def _data_dependent(function: Any, line: int | None) -> Refusal:
    what = "an `if`, a `while` or an `assert` decides" if function_name(function) == "__bool__" else "Python computes"
    return refused(
        "data_dependent",
        f"here {what} by what is in a tensor, so the network is another one for other data; a drawing is one network.",
        "Decide by sizes or settings, or compute it with torch for all cases.",
        line=line,
    )
