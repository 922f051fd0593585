"""Checks shared by the blocks that make one wire of several: same kind, same sizes, and the block that mends a mismatch."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.problems import Problem
from blocks.spec import Block
from blocks.tensors import AXES, KINDS, Axis, Dim, TensorSpec


def same_kinds(block: Block, arriving: tuple[TensorSpec, ...]) -> Iterator[Problem]:
    """Refuse tensors that mean different things, an image and a vector say; yield at most one problem."""
    first = arriving[0]
    for number, other in enumerate(arriving[1:], start=2):
        if other.kind != first.kind or len(other.shape) != len(first.shape):
            yield block.problem(
                f"wire 1 brings {KINDS[first.kind][0]} {first}, but wire {number} brings {KINDS[other.kind][0]} {other}.",
                "Make them of one kind first, with Flatten, a global pooling or a Sequence pool.",
                port="xs",
                expected=f"{KINDS[first.kind][0]} {first}",
                received=f"{KINDS[other.kind][0]} {other}",
            )
            return


def projection(first: TensorSpec, other: TensorSpec, *, stretch: bool = False) -> str:
    """Say which block makes `other` as large as `first`; with `stretch` a size of 1 is as good as any."""
    axes: tuple[Axis, ...] = AXES.get(first.kind, ())
    different = {
        axis for axis, one, two in zip(axes, first.shape, other.shape, strict=False) if one != two and not (stretch and 1 in (one, two))
    }
    features = first.axis("features")
    if features is None or not different:
        return "Make both the same size."
    wanted: Dim = first.shape[features]
    if first.kind == "image" and different == {"features"}:
        return f"Insert a 1 × 1 convolution (projection) with {wanted} filters on the wire of {other}."
    if first.kind == "image":
        return _image_projection(first, other, wanted)
    if first.kind == "series" and different == {"features"}:
        return f"Insert a Conv 1D with kernel_size 1 and {wanted} filters on the wire of {other}."
    if different == {"features"}:
        return f"Insert a Linear with {wanted} out_features on the wire of {other}."
    return f"Make both the same length: {first} and {other} differ in {' and '.join(sorted(different))}."


def _image_projection(first: TensorSpec, other: TensorSpec, filters: Dim) -> str:
    ratios = {
        large // small
        if isinstance(large, int) and isinstance(small, int) and large >= small and -(-large // (large // small)) == small
        else 0
        for large, small in zip(other.shape[2:], first.shape[2:], strict=True)
    }
    if len(ratios) == 1 and (stride := ratios.pop()) > 1:
        return f"Insert a 1 × 1 convolution (projection) with {filters} filters and stride {stride} on the wire of {other}."
    return f"Give the convolutions on the way the padding that keeps height and width, or pool the larger of {first} and {other}."
