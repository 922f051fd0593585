"""Shapes, counts and torch's own objections for one block, found by running torch on the meta device, and memoised.

No rule is written twice: the statement that is run here is the statement that is trained. Which dimensions are free is found by
running it with two sizes of the batch.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from blocks.problems import Problem, UserError
from blocks.spec import Block, Call, InputBlock, LossBlock
from blocks.tensors import Dim, DType, Inputs, TensorSpec

BATCH_SIZES = (2, 3)
"""Two sizes of the batch to probe with; a size of 1 would hide broadcasting and trouble batch norm."""

BYTES_PER_FLOAT = 4
_DTYPES: Mapping[DType, torch.dtype] = {"float": torch.float32, "int": torch.int64, "bool": torch.bool}


@dataclass(frozen=True)
class Inferred:
    """Hold what one block makes of what arrives at it."""

    outputs: Mapping[str, TensorSpec]
    num_parameters: int
    activation_bytes: int
    """Bytes of the outputs for one example."""
    warnings: tuple[Problem, ...] = ()
    """What the block says without refusing."""


Wires = tuple[tuple[str, tuple[TensorSpec, ...]], ...]
"""What arrives: (port, specs of its wires in order) for every connected port. Hashable, so that results can be remembered."""


def infer(block: Block, wires: Wires) -> Inferred:
    """Return the outputs, parameter count and memory of a block.

    Raises:
        UserError: where the block, or torch, refuses what arrives. The problems name no node: the caller knows it.
    """
    result = _infer(type(block), block, wires)
    if isinstance(result, UserError):
        raise result
    return result


@lru_cache(maxsize=65_536)
def _infer(_: type[Block], block: Block, wires: Wires) -> Inferred | UserError:
    # Two classes with the same fields would compare equal as keys, hence the type beside the block.
    if isinstance(block, InputBlock):
        spec = block.tensor()
        return Inferred({block.outputs[0].name: spec}, 0, _bytes_per_example(spec))
    inputs = with_own_target(block, Inputs(dict(wires)))
    problems = tuple(block.check(inputs))
    if any(problem.severity == "error" for problem in problems):
        return UserError(*problems)
    if not block.outputs or block.role == "entry":
        return Inferred({}, 0, 0, problems)
    try:
        return replace(_run(block, inputs), warnings=problems)
    except (RuntimeError, ValueError, TypeError, IndexError, AssertionError, ArithmeticError) as error:
        return UserError(_refused_by_torch(block, inputs, error))


def with_own_target(block: Block, inputs: Inputs) -> Inputs:
    """Give a loss whose target is not connected the one that the data set would bring."""
    if not isinstance(block, LossBlock) or "target" in inputs or "prediction" not in inputs:
        return inputs
    prediction = inputs["prediction"]
    if block.target_form == "class_index":
        classes = prediction.axis("features") or 1
        target = TensorSpec(prediction.shape[:classes] + prediction.shape[classes + 1 :], "int", "target")
    else:
        target = TensorSpec(prediction.shape, prediction.dtype, "target")
    return Inputs({"prediction": (prediction,), "target": (target,)})


def namespace(block: Block) -> dict[str, Any]:
    """Return the names that a block's constructor and statement may use."""
    return {"torch": torch, "nn": nn, "F": F, "math": math, "Tensor": Tensor, **{support.__name__: support for support in block.support}}


class Wired(list[str]):
    """Be the variables of a port with many wires, written `{xs}` (all) or `{xs[0]}` in a block's statement."""

    def __format__(self, _: str) -> str:
        return ", ".join(self)


def statement(block: Block, inputs: Inputs, names: Mapping[str, str | list[str]], module: str) -> str:
    """Write the block's forward statement with variable names in place of its ports; outputs without a name become `_`."""
    filled: dict[str, Any] = {port.name: "_" for port in block.outputs}
    for port, name in names.items():
        filled[port] = Wired(name) if isinstance(name, list) else name
    return _UNUSED_TUPLE.sub("_", block.forward(inputs).format(self=module, **filled))


_UNUSED_TUPLE = re.compile(r"\(_(, _)+\)")


def construct(block: Block, inputs: Inputs) -> nn.Module | None:
    """Build the block's torch module on the current default device, or return None where it needs none."""
    made = block.module(inputs)
    return None if made is None else _construct(made, block)


def _construct(made: Call, block: Block) -> nn.Module:
    space = namespace(block)
    head, *rest = made.callee.split(".")
    constructor = space[head]
    for part in rest:
        constructor = getattr(constructor, part)
    return cast(nn.Module, constructor(*made.args, **made.kwargs))


def _run(block: Block, inputs: Inputs) -> Inferred:
    with torch.device("meta"), torch.no_grad():
        module = construct(block, inputs)
    num_parameters = 0 if module is None else sum(parameter.numel() for parameter in module.parameters())
    free = any(isinstance(dim, str) for port in inputs for spec in inputs.many(port) for dim in spec.shape)
    runs = [_forward(block, module, inputs, size) for size in (BATCH_SIZES if free else BATCH_SIZES[:1])]
    kinds = block.output_kinds(inputs)
    outputs: dict[str, TensorSpec] = {}
    for port in block.outputs:
        first, last = runs[0][port.name], runs[-1][port.name]
        shape = tuple(_dim(a, b) for a, b in zip(first.shape, last.shape, strict=True)) if free else tuple(first.shape)
        outputs[port.name] = TensorSpec(shape, _dtype(first.dtype), kinds[port.name])
    return Inferred(outputs, num_parameters, sum(_bytes_per_example(spec) for spec in outputs.values()))


def _forward(block: Block, module: nn.Module | None, inputs: Inputs, batch_size: int) -> dict[str, Tensor]:
    """Run the block's own statement on meta tensors and return its outputs by port."""
    space = namespace(block)
    names: dict[str, str | list[str]] = {}
    for port in block.inputs:
        wires = inputs.many(port.name)
        variables = [f"{port.name}_{index}" for index in range(len(wires))]
        for variable, spec in zip(variables, wires, strict=True):
            space[variable] = torch.empty(_concrete(spec.shape, batch_size), dtype=_DTYPES[spec.dtype], device="meta")
        if wires:
            names[port.name] = variables if port.many else variables[0]
    names |= {port.name: f"out_{port.name}" for port in block.outputs}
    space["module"] = module
    with torch.no_grad():
        exec(_compiled(statement(block, inputs, names, "module")), space)  # noqa: S102 - written by the block from checked literals
    return {port.name: space[f"out_{port.name}"] for port in block.outputs}


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Any:
    return compile(source, "<statement of a block>", "exec")


def _concrete(shape: tuple[Dim, ...], batch_size: int) -> tuple[int, ...]:
    return tuple(dim if isinstance(dim, int) else _factor(dim) * batch_size for dim in shape)


def _factor(dim: str) -> int:
    factor, _, letter = dim.rpartition("*")
    return int(factor) if letter == "B" and factor else 1


def _dim(first: int, last: int) -> Dim:
    """Name a size that follows the batch; one that does not is a plain number."""
    if first == last:
        return first
    factor, rest = divmod(last - first, BATCH_SIZES[1] - BATCH_SIZES[0])
    assert rest == 0 and first == factor * BATCH_SIZES[0], (
        f"a size of {first} and {last} for batches of {BATCH_SIZES} is no multiple of the batch"
    )
    return "B" if factor == 1 else f"{factor}*B"


def _dtype(dtype: torch.dtype) -> DType:
    if dtype == torch.bool:
        return "bool"
    return "float" if dtype.is_floating_point else "int"


def _bytes_per_example(spec: TensorSpec) -> int:
    size = math.prod(_concrete(spec.shape, 1))
    return size * (BYTES_PER_FLOAT if spec.dtype == "float" else 8 if spec.dtype == "int" else 1)


def _refused_by_torch(block: Block, inputs: Inputs, error: Exception) -> Problem:
    """Say in the user's words what torch said, with the live shapes."""
    arriving = ", ".join(f"{port} {' and '.join(map(str, inputs.many(port)))}" for port in inputs)
    said = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
    return Problem(
        code="shape",
        message=f"{block.title} cannot take {arriving or 'its parameters'}: {said.rstrip('.')}.",
        fix="Change its parameters, or put a block in between that brings the shape it needs.",
        received=arriving,
    )


@lru_cache(maxsize=16_384)
def _flops(_: type[Block], block: Block, wires: Wires) -> int:
    inputs = with_own_target(block, Inputs(dict(wires)))
    with torch.device("meta"), torch.no_grad():
        module = construct(block, inputs)
    with FlopCounterMode(display=False) as counter:
        _forward(block, module, inputs, BATCH_SIZES[0])
    return int(counter.get_total_flops()) // BATCH_SIZES[0]


def flops(block: Block, wires: Wires) -> int:
    """Return the floating-point operations of the matrix products and convolutions for one example (a multiply-add counts as two).

    Source: torch.utils.flop_counter, which counts what torch dispatches.
    """
    if isinstance(block, InputBlock) or not block.outputs:
        return 0
    return _flops(type(block), block, wires)


def weight_shape(block: Block | None, wires: Wires) -> tuple[int, ...] | None:
    """Return the shape of the parameter called `weight`, None for a block that has none."""
    return None if block is None else _weight_shape(type(block), block, wires)


@lru_cache(maxsize=4096)
def _weight_shape(_: type[Block], block: Block, wires: Wires) -> tuple[int, ...] | None:
    with torch.device("meta"), torch.no_grad():
        module = construct(block, Inputs(dict(wires))) if block.role == "layer" else None
    weight = getattr(module, "weight", None)
    return tuple(weight.shape) if isinstance(weight, Tensor) else None


def support_source(support: type[nn.Module]) -> str:
    """Return the source of one of our own modules, as it is exported."""
    return inspect.getsource(support)
