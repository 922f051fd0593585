"""Write how weights begin: the lines of source that a block's initialisation mark stands for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import torch

from blocks.spec import Block
from blocks.tensors import Inputs
from engine.graph.marks import Initialisation, read_mark
from engine.shapes import construct

ParameterShapes = tuple[tuple[str, tuple[int, ...]], ...]
"""(name, shape) of each parameter of a block's module, as `named_parameters` gives them."""

_WRITABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*((\.[A-Za-z_0-9]+)|(\[[A-Za-z0-9_]+\]))*", re.ASCII)


def initialisation_lines(target: str, mark: str, parameters: Iterable[tuple[str, tuple[int, ...]]]) -> list[str]:
    """Return the statements that begin a module's weights as its mark says; none for "default".

    `target` is the expression for the module, "self.conv1". Weights with two or more dimensions take the scheme, biases become 0, and the
    gains of normalisations stay at 1. The lines need `nn`, and `math` for "inverse_sqrt"; they draw from the global generator in the order
    of the parameters.
    """
    read = read_mark(mark)
    if read.scheme.name == "default":
        return []
    lines = []
    for name, shape in parameters:
        weight = f"{target}.{name}"
        assert _WRITABLE.fullmatch(weight), f"{weight!r} is no plain name and must not reach the source"
        if len(shape) >= 2:
            lines.append(_statement(read, weight, shape))
        elif name.split(".")[-1].startswith("bias"):
            lines.append(f"nn.init.zeros_({weight})")
    return lines


def parameter_shapes(block: Block, inputs: Inputs) -> ParameterShapes:
    """Return the parameters that a block's module will have, without allocating them."""
    with torch.device("meta"):
        module = construct(block, inputs)
    return () if module is None else tuple((name, tuple(parameter.shape)) for name, parameter in module.named_parameters())


def _statement(read: Initialisation, weight: str, shape: tuple[int, ...]) -> str:
    match read.scheme.name:
        case "xavier":
            return f"nn.init.xavier_uniform_({weight})"
        case "he":
            return f'nn.init.kaiming_uniform_({weight}, nonlinearity="relu")'
        case "normal":
            return f"nn.init.normal_({weight}, std={read.number!r})"
        case "uniform":
            return f"nn.init.uniform_({weight}, {-read.number!r}, {read.number!r})"
        case "constant":
            return f"nn.init.constant_({weight}, {read.number!r})"
        case "inverse_sqrt":
            fan_in = math.prod(shape[1:])
            return f"nn.init.uniform_({weight}, -1 / math.sqrt({fan_in}), 1 / math.sqrt({fan_in}))"
        case name:
            return f"nn.init.{name}_({weight})"
