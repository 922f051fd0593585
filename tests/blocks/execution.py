"""Run one block as its own source says, with nothing but torch in reach: what an exported file will do."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.spec import Block
from blocks.tensors import Dim, Inputs, TensorSpec

Values = dict[str, Tensor | list[Tensor]]


class Wires(list[str]):
    """Be written as all variables of a port, or as one of them."""

    def __str__(self) -> str:
        return ", ".join(self)

    def __format__(self, spec: str) -> str:
        return str(self)


def as_inputs(example: Mapping[str, TensorSpec | Sequence[TensorSpec]]) -> Inputs:
    """Return an example's inputs as a block gets them."""
    return Inputs({port: (spec,) if isinstance(spec, TensorSpec) else tuple(spec) for port, spec in example.items()})


def sizes(shape: Sequence[Dim], batch: int) -> tuple[int, ...]:
    """Put a number for the batch."""
    return tuple(batch if size == "B" else int(size) for size in shape)


def random_tensor(spec: TensorSpec, batch: int, device: str = "cpu") -> Tensor:
    """Return numbers between 0 and 1, tokens 0 and 1, or a mask whose last column is true."""
    shape = sizes(spec.shape, batch)
    if spec.dtype == "float":
        return torch.rand(shape, device=device).requires_grad_()
    if spec.dtype == "int":
        return torch.randint(0, 2, shape, device=device)
    mask = torch.zeros(shape, dtype=torch.bool, device=device)
    mask[..., -1] = True
    return mask


def random_values(inputs: Inputs, batch: int, device: str = "cpu") -> Values:
    """Return tensors for every port that something is connected to."""
    return {port: [random_tensor(spec, batch, device) for spec in inputs.many(port)] for port in inputs}


def make_module(block: Block, inputs: Inputs, device: str = "cpu") -> nn.Module | None:
    """Execute the source of the constructor."""
    made = block.module(inputs)
    if made is None:
        return None
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F, "math": math, "Tensor": Tensor}
    for support in block.support:
        exec(inspect.getsource(support), names)
    with torch.device(device):
        module = eval(made.source(), names)
    assert isinstance(module, nn.Module)
    return module


def forward(block: Block, inputs: Inputs, values: Values, module: nn.Module | None) -> dict[str, Tensor]:
    """Execute the statement of the forward pass."""
    names: dict[str, Any] = {"torch": torch, "F": F, "module": module}
    variables: dict[str, Any] = {"self": "module"}
    for port in block.inputs:
        given = values.get(port.name, [])
        wires = given if isinstance(given, list) else [given]
        written = [f"{port.name}_{number}" for number in range(len(wires))]
        names.update(zip(written, wires, strict=True))
        variables[port.name] = Wires(written)
    variables |= {port.name: f"out_{port.name}" for port in block.outputs}
    exec(block.forward(inputs).format(**variables), names)
    return {port.name: names[f"out_{port.name}"] for port in block.outputs}


def run(block: Block, specs: Mapping[str, TensorSpec | Sequence[TensorSpec]], values: Values, seed: int = 0) -> dict[str, Tensor]:
    """Make and run a block once, on given tensors."""
    torch.manual_seed(seed)
    inputs = as_inputs(specs)
    return forward(block, inputs, values, make_module(block, inputs))
