"""What a block is: fields with bounds, named and typed ports, and a torch call. Everything else follows from these.

Adding a block is adding one file with one subclass of `Block`; the form, the validation, the JSON schema, the shapes,
the source code, the help page and the contract test are derived from it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from torch import nn

from blocks.problems import Problem
from blocks.tensors import Inputs, Kind, TensorSpec

Category = Literal[
    "input",
    "convolution",
    "pooling",
    "normalisation",
    "regularisation",
    "linear",
    "activation",
    "recurrent",
    "attention",
    "merge",
    "loss",
    "output",
    "note",
    "composite",
]
Role = Literal["layer", "input", "loss", "output", "note", "entry", "exit"]
TargetForm = Literal["class_index", "value"]
"""How a loss wants the data set's target: class numbers (B,), or numbers shaped like the prediction (B, D)."""

ModuleClass = type[nn.Module]

LARGEST_SIZE = 1_048_576
"""Largest number of channels, features or classes that a form accepts; memory is bounded before a run is queued."""


@dataclass(frozen=True)
class Port:
    """Name one place a wire can be attached to, and the kinds it takes (input) or gives (output).

    An output with `like` gives the kind that arrives at that input port, whatever it is. Of an input with `only_size` the values do not
    matter, and no gradient goes back through it.
    """

    name: str
    kinds: tuple[Kind, ...] = ("any",)
    help: str = ""
    optional: bool = False
    many: bool = False
    like: str | None = None
    only_size: bool = False


@dataclass(frozen=True)
class Call:
    """Hold a constructor call in a form that can be written as source and never contains a user's text.

    `callee` is a dotted name ("nn.Conv2d") or the name of one of the block's `support` classes. Arguments are numbers, booleans, None,
    strings out of a closed choice, and tuples of these. Keyword arguments that equal torch's own default are left out of the source.
    """

    callee: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def source(self) -> str:
        """Write the call as Python."""
        keywords = [f"{name}={literal(value)}" for name, value in self.kwargs.items() if not self.is_default(name, value)]
        return f"{self.callee}({', '.join([*map(literal, self.args), *keywords])})"

    def argument_names(self) -> list[str]:
        """Return the names of the positional arguments, as the constructor declares them."""
        if self.callee.startswith("nn."):
            declared = [name for name in _parameters(getattr(nn, self.callee[3:])) if name not in ("self", "args", "kwargs", "mode")]
            if len(declared) >= len(self.args):
                return declared[: len(self.args)]
        return [f"size_{place + 1}" for place in range(len(self.args))]

    def is_default(self, name: str, value: Any) -> bool:
        """Return whether torch takes this value where nothing is said."""
        if not self.callee.startswith("nn."):
            return False
        parameter = _parameters(getattr(nn, self.callee[3:])).get(name)
        if parameter is None:
            return False
        default = parameter.default
        return bool(type(default) is type(value) and default == value)


@cache
def _parameters(module: type[nn.Module]) -> dict[str, inspect.Parameter]:
    """Return a constructor's parameters; LSTM and its kin take `*args, **kwargs` and leave the names to their base class."""
    found: dict[str, inspect.Parameter] = {}
    for ancestor in reversed(module.__mro__[:-1]):
        if "__init__" in vars(ancestor):
            found |= inspect.signature(vars(ancestor)["__init__"]).parameters
    return found


def call(callee: str, *args: Any, **kwargs: Any) -> Call:
    """Write `call("nn.Linear", 3, 4, bias=False)` for a `Call`."""
    return Call(callee, args, kwargs)


def literal(value: Any) -> str:
    """Write a checked value as a Python literal.

    Raises:
        AssertionError: for anything but None, bool, int, float, a plain word, or a tuple or list of these.
    """
    if isinstance(value, str):
        assert re.fullmatch(r"[A-Za-z0-9_]*", value), f"{value!r} is not a plain word and must not reach the source"
        return f'"{value}"'
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    assert value is None or isinstance(value, (bool, int, float)), f"{type(value).__name__} is no literal"
    return repr(value)


def param(default: Any, *, help: str, label: str | None = None, unit: str | None = None, step: float | None = None, **bounds: Any) -> Any:
    """Declare a parameter of a block: default, `ge`/`gt`/`le`/`lt` bounds, help in one sentence, and a unit where it has one."""
    extra: JsonDict = {name: value for name, value in (("label", label), ("unit", unit), ("step", step)) if value is not None}
    return Field(default, description=help, json_schema_extra=extra or None, **bounds)


class Block(BaseModel):
    """Be the base of every block. A subclass declares class variables, fields and, as a rule, only `module`.

    The docstring of a subclass is its help page: what it does, `Shapes:`, the formula in words or symbols, and when to use it.
    `type` is the file's name and is given by the registry.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    type: ClassVar[str]
    title: ClassVar[str]
    category: ClassVar[Category]
    role: ClassVar[Role] = "layer"
    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()
    formula: ClassVar[str]
    """LaTeX, without dollar signs; a note has none."""
    source: ClassVar[str]
    """Where the definition comes from: the paper and equation, or torch's page; a note has none."""
    keywords: ClassVar[tuple[str, ...]] = ()
    """Other words people search for."""
    support: ClassVar[tuple[ModuleClass, ...]] = ()
    """Our own modules that `module` calls, in the order they must be written; their source is exported as it stands."""
    activation: ClassVar[bool] = False
    """Whether units can be dead or saturated after this block."""
    examples: ClassVar[tuple[dict[str, Any], ...]]
    """At least one example, with outputs worked out by hand:
    {"parameters": {…}, "inputs": {port: TensorSpec or [TensorSpec, …]}, "outputs": {port: shape}}."""

    def module(self, inputs: Inputs) -> Call | None:
        """Return the constructor of the torch module, or None where `forward` needs none.

        Sizes that follow from what is connected (`in_channels`) are taken from `inputs`, never asked for.
        """
        return None

    def forward(self, inputs: Inputs) -> str:
        """Return the statement of one forward pass, with `{self}` for the module and `{port}` for each port's variable.

        A port with `many` wires is written `{xs}` (all, comma separated) or `{xs[0]}`. Outputs that nobody uses become `_`.
        By default: every output, in order, from calling the module with every connected input, in order.
        """
        outputs = ", ".join(f"{{{port.name}}}" for port in self.outputs)
        arguments = ", ".join(f"{{{port.name}}}" for port in self.inputs if port.name in inputs)
        return f"{outputs} = {{self}}({arguments})"

    def output_kinds(self, inputs: Inputs) -> dict[str, Kind]:
        """Return the kind at each output port; override where it depends on the parameters (Reshape)."""
        kinds: dict[str, Kind] = {}
        for port in self.outputs:
            kinds[port.name] = port.kinds[0]
            if port.like is not None:
                arriving = inputs.many(port.like)
                kinds[port.name] = arriving[0].kind if arriving else "any"
        return kinds

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Yield problems where torch's own message would not help a beginner. Called once every port has what it needs."""
        return iter(())

    def problem(
        self,
        message: str,
        fix: str,
        *,
        code: str = "shape_mismatch",
        port: str | None = None,
        parameter: str | None = None,
        expected: str | None = None,
        received: str | None = None,
        severity: Literal["error", "warning"] = "error",
    ) -> Problem:
        """Return a problem of this block, its message led by the block's title."""
        sentence = f"{self.title}: {message}"
        return Problem(code, sentence, fix, None, port, parameter, expected, received, severity)

    @classmethod
    def parameter_fields(cls) -> dict[str, FieldInfo]:
        """Return the declared parameters by name, in order."""
        return dict(cls.model_fields)

    @classmethod
    def help_page(cls) -> str:
        """Return the docstring, dedented."""
        return inspect.getdoc(cls) or ""


class InputBlock(Block):
    """Be the base of blocks through which data enters the network."""

    category: ClassVar[Category] = "input"
    role: ClassVar[Role] = "input"

    def tensor(self) -> TensorSpec:
        """Return what this block lets in; the first dimension is "B"."""
        raise AssertionError(f"{type(self).__name__} must say what it lets in")


class LossBlock(Block):
    """Be the base of blocks that say what is to be minimised.

    `prediction` must be connected; `target` may be, else it is the data set's own target. The loss counts `weight` times.
    `forward` gives a scalar with the mean over the batch, from `{prediction}` and `{target}`:
    `"{loss} = F.mse_loss({prediction}, {target})"`. A loss that needs no target has a `target_form` of None, and ports of its own choice.
    """

    category: ClassVar[Category] = "loss"
    role: ClassVar[Role] = "loss"
    target_form: ClassVar[TargetForm | None]
    outputs: ClassVar[tuple[Port, ...]] = (Port("loss", ("loss",)),)

    weight: float = param(1.0, ge=0.0, le=1e6, help="How much this loss counts in the sum of all losses.")

    def boundary(self) -> float:
        """Return where a prediction of one number turns from class 0 to class 1."""
        return 0.5
