"""Try a block in place of a piece of a network: on the same random numbers both must give the same, in training and afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from blocks.spec import Block, Port
from blocks.tensors import Dim, Inputs, TensorSpec
from engine.importing.recording import Value
from engine.importing.units import Place
from engine.shapes import namespace, statement

TOLERANCE = 1e-6
MOST_ASSIGNMENTS = 64
SEED = 20_251

Wiring = tuple[tuple[str, tuple[Value, ...]], ...]
"""Which values go to which ports."""


def wirings(block: type[Block], sources: Sequence[Value], places: Mapping[Value, Place]) -> Iterator[Wiring]:
    """Yield the ways to connect the sources to a block's ports, every source used and every kind right."""
    distinct = list(dict.fromkeys(sources))
    many = next((port for port in block.inputs if port.many), None)
    if many is not None:
        if len(block.inputs) == 1 and all(_fits(places[value].spec, many) for value in sources):
            yield ((many.name, tuple(sources)),)
        return
    required = [port for port in block.inputs if not port.optional]
    optional = [port for port in block.inputs if port.optional]
    found = 0
    for extra in range(len(optional) + 1):
        ports = [*required, *optional[:extra]] if extra else required
        for chosen in _spread(sources, distinct, len(ports)):
            if all(_fits(places[value].spec, port) for port, value in zip(ports, chosen, strict=True)):
                yield tuple((port.name, (value,)) for port, value in zip(ports, chosen, strict=True))
                found += 1
                if found >= MOST_ASSIGNMENTS:
                    return


def _spread(sources: Sequence[Value], distinct: Sequence[Value], count: int) -> Iterator[tuple[Value, ...]]:
    """Yield ways to fill so many ports, the order of use first."""
    if len(distinct) > count:
        return
    if len(sources) == count:
        yield tuple(sources)
    for chosen in itertools.islice(itertools.product(distinct, repeat=count), 4 * MOST_ASSIGNMENTS):
        if set(chosen) == set(distinct) and chosen != tuple(sources):
            yield chosen


def _fits(spec: TensorSpec, port: Port) -> bool:
    return "any" in port.kinds or spec.kind == "any" or spec.kind in port.kinds


def sizes(shape: tuple[Dim, ...], batch: int) -> tuple[int, ...]:
    """Return a shape with the batch as a number."""
    return tuple(dim if isinstance(dim, int) else batch * int(dim.partition("*")[0] if "*" in dim else 1) for dim in shape)


def run_block(block: Block, module: nn.Module | None, inputs: Inputs, given: Mapping[str, list[Tensor]]) -> dict[str, Tensor]:
    """Run a block's own statement on tensors."""
    space: dict[str, Any] = {**namespace(block), "module": module}
    names: dict[str, str | list[str]] = {}
    for port in block.inputs:
        tensors = given.get(port.name, [])
        variables = [f"{port.name}_{index}" for index in range(len(tensors))]
        space |= dict(zip(variables, tensors, strict=True))
        if tensors:
            names[port.name] = variables if port.many else variables[0]
    names |= {port.name: f"out_{port.name}" for port in block.outputs}
    exec(compile(statement(block, inputs, names, "module"), "<statement of a block>", "exec"), space)  # noqa: S102 - checked literals
    return {port.name: space[f"out_{port.name}"] for port in block.outputs}


def agree(ones: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    """Return whether tensors are equal to within rounding."""
    return all(_close(one, other) for one, other in zip(ones, others, strict=True))


def _close(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if not one.dtype.is_floating_point:
        return bool(torch.equal(one, other))
    scale = max(1.0, float(one.detach().nan_to_num(0.0, 0.0, 0.0).abs().max())) if one.numel() else 1.0
    return bool(torch.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE * scale, equal_nan=True))


def gradients(outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> list[Tensor]:
    """Return how a weighted sum of outputs changes with each input; zeros where it does not."""
    floats = [tensor for tensor in inputs if tensor.requires_grad]
    roots = [tensor for tensor in outputs if tensor.requires_grad]
    if not floats or not roots:
        return [torch.zeros_like(tensor) for tensor in floats]
    total = sum((tensor * torch.linspace(0.5, 1.5, tensor.numel()).reshape(tensor.shape)).sum() for tensor in roots)
    assert isinstance(total, Tensor), "there is at least one output with a gradient"
    found = torch.autograd.grad(total, floats, allow_unused=True)
    return [torch.zeros_like(tensor) if grad is None else grad for tensor, grad in zip(floats, found, strict=True)]


def taken_over(module: nn.Module | None, weights: Sequence[tuple[str, Tensor]]) -> dict[str, Tensor] | None:
    """Return which of a piece's tensors each tensor of a block's module takes over; None where they do not go together.

    By name, else by the end of the name (a block may wrap torch's module), else by order and size. Every parameter must find its place.
    """
    wanted = {} if module is None else dict(module.state_dict(keep_vars=True))
    parameters = [tensor for _, tensor in weights if isinstance(tensor, nn.Parameter)]
    for names in (_by_name, _by_order):
        found = names(wanted, weights)
        if found is not None and {id(tensor) for tensor in parameters} <= {id(tensor) for tensor in found.values()}:
            return found
    return None


def _by_name(wanted: Mapping[str, Tensor], weights: Sequence[tuple[str, Tensor]]) -> dict[str, Tensor] | None:
    found: dict[str, Tensor] = {}
    for name, target in wanted.items():
        end = name.rpartition(".")[2]
        alike = [tensor for other, tensor in weights if other == name] or [
            tensor for other, tensor in weights if other.rpartition(".")[2] == end and tensor.shape == target.shape
        ]
        if len(alike) != 1 or alike[0].shape != target.shape:
            return None
        found[name] = alike[0]
    return found


def _by_order(wanted: Mapping[str, Tensor], weights: Sequence[tuple[str, Tensor]]) -> dict[str, Tensor] | None:
    left = [tensor for _, tensor in weights]
    found: dict[str, Tensor] = {}
    for name, target in wanted.items():
        index = next((index for index, tensor in enumerate(left) if _squeezed(tensor) == _squeezed(target)), None)
        if index is None:
            return None
        found[name] = left.pop(index)
    return found


def _squeezed(tensor: Tensor) -> tuple[int, ...]:
    return tuple(size for size in tensor.shape if size != 1)
