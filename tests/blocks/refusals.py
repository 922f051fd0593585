"""Collect what a block says against its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from blocks.problems import Problem
from blocks.tensors import Dim, DType, Kind, TensorSpec
from blocks.validation import build
from tests.blocks.execution import as_inputs


def spec(kind: Kind, *shape: Dim, dtype: DType = "float") -> TensorSpec:
    """Write `spec("image", "B", 3, 8, 8)`."""
    return TensorSpec(shape, dtype, kind)


def problems(block_type: str, parameters: dict[str, Any], **inputs: TensorSpec | Sequence[TensorSpec]) -> list[Problem]:
    """Return every problem of a block with these inputs."""
    return list(build(block_type, parameters).check(as_inputs(inputs)))


def sentence(block_type: str, parameters: dict[str, Any], **inputs: TensorSpec | Sequence[TensorSpec]) -> str:
    """Return the one problem of a block with these inputs, message and fix."""
    (problem,) = problems(block_type, parameters, **inputs)
    return str(problem)
