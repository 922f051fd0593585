"""Checks shared by every block that slides a window: convolutions and pooling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from blocks.problems import Problem
from blocks.spec import Block
from blocks.tensors import Dim


def by(sizes: Sequence[Dim]) -> str:
    """Write sizes as a person does: 28 × 28."""
    return " × ".join(map(str, sizes))


def window_fits(
    block: Block, sizes: Sequence[Dim], kernel_size: Sequence[int], padding: Sequence[int], dilation: Sequence[int]
) -> Iterator[Problem]:
    """Refuse a kernel that is larger than the padded input; a free size (a letter) is taken to be large enough."""
    covered = [step * (kernel - 1) + 1 for kernel, step in zip(kernel_size, dilation, strict=True)]
    padded = [size + 2 * margin if isinstance(size, int) else size for size, margin in zip(sizes, padding, strict=True)]
    if all(isinstance(size, str) or cover <= size for cover, size in zip(covered, padded, strict=True)):
        return
    largest = min((size - 1) // step + 1 for size, step in zip(padded, dilation, strict=True) if isinstance(size, int))
    spread = f" (dilation {by(dilation)})" if max(dilation) > 1 else ""
    around = f" ({by(padded)} with padding)" if max(padding) > 0 else ""
    yield block.problem(
        f"the window covers {by(covered)}{spread}, but the input is only {by(sizes)}{around}.",
        f"Set kernel_size to at most {largest}, or shrink the input less before this block.",
        parameter="kernel_size",
        port="x",
        expected=f"at most {by(padded)}",
        received=by(covered),
    )


def groups_divide(block: Block, channels: int, filters: int, groups: int) -> Iterator[Problem]:
    """Refuse groups that do not split input channels and filters evenly."""
    if channels % groups or filters % groups:
        yield block.problem(
            f"groups must divide {channels} channels and {filters} filters, got {groups}.",
            "Set groups to 1.",
            code="bad_parameter",
            parameter="groups",
            expected=f"a divisor of {channels} and {filters}",
            received=str(groups),
        )


def convolution_fits(
    block: Block,
    sizes: Sequence[Dim],
    kernel_size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int] | str,
    dilation: Sequence[int],
    padding_mode: str,
) -> Iterator[Problem]:
    """Refuse what torch refuses of a convolution's window: too large a kernel, "same" with a stride, too much mirrored padding."""
    if padding == "same" and max(stride) > 1:
        yield block.problem(
            f'padding "same" keeps the size, which a stride of {by(stride)} cannot.',
            f"Set stride to 1, or padding to {kernel_size[0] // 2}.",
            code="bad_parameter",
            parameter="padding",
            expected="a stride of 1",
            received=f"a stride of {by(stride)}",
        )
        return
    if padding == "same":
        # torch puts the odd row, if there is one, at the end.
        margin = [(step * (kernel - 1) + 1) // 2 for kernel, step in zip(kernel_size, dilation, strict=True)]
    else:
        margin = [0] * len(sizes) if isinstance(padding, str) else list(padding)
        yield from window_fits(block, sizes, kernel_size, margin, dilation)
    largest = {"reflect": -1, "circular": 0}.get(padding_mode)
    if largest is None:
        return
    if any(isinstance(size, int) and space > size + largest for space, size in zip(margin, sizes, strict=True)):
        bound = f"less than the input size {by(sizes)}" if largest else f"at most the input size {by(sizes)}"
        yield block.problem(
            f'padding_mode "{padding_mode}" needs a padding of {bound}, got {by(margin)}.',
            'Set padding_mode to "zeros", or use a smaller padding.',
            code="bad_parameter",
            parameter="padding_mode",
            expected=f"a padding of {bound}",
            received=by(margin),
        )


def pooling_padding(block: Block, kernel_size: Sequence[int], padding: Sequence[int], dilation: Sequence[int]) -> Iterator[Problem]:
    """Refuse padding beyond half the window: a window would then see nothing but padding."""
    half = [(step * (kernel - 1) + 1) // 2 for kernel, step in zip(kernel_size, dilation, strict=True)]
    if any(margin > most for margin, most in zip(padding, half, strict=True)):
        yield block.problem(
            f"padding must be at most half of the window, {by(half)}, got {by(padding)}.",
            f"Set padding to {min(half)}.",
            code="bad_parameter",
            parameter="padding",
            expected=f"at most {by(half)}",
            received=by(padding),
        )
