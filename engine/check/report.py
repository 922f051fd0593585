"""What a check found: of each node, and of the whole graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from blocks.problems import Problem
from blocks.spec import Block
from blocks.tensors import Inputs, TensorSpec
from engine.shapes import BYTES_PER_FLOAT, Wires, flops

if TYPE_CHECKING:
    from engine.check.walk import Memory
    from engine.composites.expand import Expanded

COPIES_IN_TRAINING = 4
"""Weights, gradients and the two moments of Adam."""


@dataclass(frozen=True)
class NodeReport:
    """Hold what is known of one node: the tensor at each output port, its counts, and what is wrong with it."""

    outputs: Mapping[str, TensorSpec] = field(default_factory=dict)
    num_parameters: int = 0
    activation_bytes: int = 0
    """Bytes of its outputs for one example."""
    problems: tuple[Problem, ...] = ()
    block: Block | None = None
    wires: Wires = ()

    @cached_property
    def flops(self) -> int:
        """Return the floating-point operations for one example."""
        return flops(self.block, self.wires) if self.block is not None and self.outputs else 0

    def memory_bytes(self, batch_size: int = 1) -> int:
        """Return about what training needs for this node."""
        return _memory_bytes(self.num_parameters, self.activation_bytes, batch_size)

    @cached_property
    def constructor(self) -> str:
        """Return the call that makes its module: two nodes can share weights where these are alike."""
        made = self.block.module(Inputs(dict(self.wires))) if self.block is not None and self.block.role == "layer" else None
        return "nothing with weights" if made is None else made.source()


@dataclass(frozen=True)
class CompositeReport(NodeReport):
    """Hold what is known of a composite: the sums over all that is in it."""

    inner: tuple[NodeReport, ...] = ()

    @cached_property
    def flops(self) -> int:
        """Return the floating-point operations for one example."""
        return sum(report.flops for report in self.inner)


@dataclass(frozen=True)
class Report:
    """Hold the outcome of a check. `ok` means that the graph can be compiled and trained; warnings do not count against it."""

    problems: tuple[Problem, ...]
    nodes: Mapping[str, NodeReport]
    order: tuple[str, ...]
    """Every node that is not part of a cycle, each after what feeds it."""
    memory: Memory | None = field(default=None, compare=False, repr=False)
    """What the check of the next version of the graph need not find out again."""
    flat: Report | None = field(default=None, compare=False, repr=False)
    """The report of the graph with its composites written out, where it has any."""
    expanded: Expanded | None = field(default=None, compare=False, repr=False)
    """How it was written out."""

    @cached_property
    def ok(self) -> bool:
        """Return whether nothing stands in the way of training."""
        return not any(problem.severity == "error" for problem in self.problems)

    @cached_property
    def num_parameters(self) -> int:
        """Return the number of trainable parameters."""
        return sum([node.num_parameters for node in self.nodes.values()])

    @cached_property
    def activation_bytes(self) -> int:
        """Return the bytes that all outputs of one example take."""
        return sum([node.activation_bytes for node in self.nodes.values()])

    def memory_bytes(self, batch_size: int = 1) -> int:
        """Return about what training needs: weights with gradients and optimizer state, activations and their gradients."""
        return _memory_bytes(self.num_parameters, self.activation_bytes, batch_size)

    @cached_property
    def flops(self) -> int:
        """Return the floating-point operations of one forward pass of one example."""
        return sum([node.flops for node in self.nodes.values()])

    def flops_of(self, node: str) -> int:
        """Return the floating-point operations of one node."""
        return self.nodes[node].flops


def _memory_bytes(num_parameters: int, activation_bytes: int, batch_size: int) -> int:
    return num_parameters * BYTES_PER_FLOAT * COPIES_IN_TRAINING + 2 * batch_size * activation_bytes
