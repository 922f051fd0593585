"""Bring examples into the form an input block asks for, or say why they do not fit."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor

from blocks.problems import Problem
from blocks.tensors import KINDS, Dim, TensorSpec
from engine.data.source import DataSource


def mismatch(source: DataSource, spec: TensorSpec, title: str) -> Problem | None:
    """Return why a data set does not fit an input, or None where it does; `title` says which input in the user's words."""
    if (source.kind, spec.kind) not in _FITTING:
        kind = KINDS[spec.kind][0]
        message = f"{title} lets in {kind}, {source.title} has {_described(source)}."
        return Problem(
            "data_kind", message, f"Use {_SUGGESTED[source.kind]}, or choose other data.", expected=kind, received=_described(source)
        )
    got = tuple(spec.shape[1:])
    if _matches(source, spec):
        return None
    parameters, sizes = _wanted(source, spec)
    fix = "Set " + " and ".join(f"{name} to {size}" for name, size in zip(parameters, sizes, strict=True)) + "."
    message = f"{title} lets in {_sizes(got, spec)}, {source.title} has {_described(source)}."
    wrong = next((name for name, size, had in zip(parameters, sizes, got, strict=False) if size != had), parameters[0])
    return Problem("data_shape", message, fix, parameter=wrong, expected=_sizes(tuple(sizes), spec), received=_sizes(got, spec))


def wrong_number_of_inputs(source: DataSource, count: int) -> Problem | None:
    """Return a problem where data for several inputs meets a network with more or fewer."""
    wanted = len(source.input_names)
    if wanted in (0, count):
        return None
    names = ", ".join(source.input_names)
    message = f"{source.title} feeds {wanted} inputs ({names}), the network has {count}."
    fix = f"Add {wanted - count} more like it" if count < wanted else f"Remove {count - wanted} of them"
    return Problem("data_inputs", message, f"{fix}, or choose other data.", expected=str(wanted), received=str(count))


def adapt(x: Tensor, source: DataSource, spec: TensorSpec) -> Tensor:
    """Return the examples in the form of an input; they must fit it.

    Shapes: x (N, C, H, W), (N, D) or (N, T) -> (N, *spec.shape[1:])
    """
    if source.kind == "image" and spec.kind == "image":
        return _resized(x, spec.size(1), spec.size(2), spec.size(3))
    if source.kind == "tokens":
        if spec.kind == "tokens":
            return x
        assert source.num_tokens is not None, "a data set of tokens has a vocabulary"
        return F.one_hot(x, source.num_tokens).float()
    return x.reshape(len(x), *(size for size in spec.shape[1:] if isinstance(size, int)))


_FITTING = frozenset(
    {
        ("image", "image"),
        ("image", "vector"),
        ("image", "sequence"),
        ("vector", "vector"),
        ("vector", "sequence"),
        ("vector", "image"),
        ("tokens", "tokens"),
        ("tokens", "sequence"),
    }
)
_SUGGESTED = {"image": "an Image input", "vector": "a Vector input", "tokens": "a Token input"}


def _matches(source: DataSource, spec: TensorSpec) -> bool:
    got = tuple(spec.shape[1:])
    if source.kind == "image":
        return spec.kind == "image" or got == (_wanted(source, spec)[1])
    if source.kind == "vector":
        # A row of pixels or of readings is laid out as the input asks, where the count is right.
        return all(isinstance(size, int) for size in got) and math.prod(size for size in got if isinstance(size, int)) == source.shape[0]
    return got == _wanted(source, spec)[1]


def _wanted(source: DataSource, spec: TensorSpec) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the input's parameters that decide its shape, and the sizes that would fit."""
    if spec.kind == "vector":
        return ("features",), (math.prod(source.shape),)
    if spec.kind == "tokens":
        return ("length",), source.shape
    if source.kind == "tokens":
        return ("length", "features"), (*source.shape, source.num_tokens or 0)
    if source.kind == "image":
        channels, height, width = source.shape
        return ("length", "features"), (height, width * channels)
    if spec.kind == "sequence":
        return ("length", "features"), (source.shape[0], 1)
    return ("channels", "height", "width"), (1, 1, source.shape[0])


def _resized(x: Tensor, channels: int, height: int, width: int) -> Tensor:
    """Resize bilinearly; one channel is repeated, several are averaged into one where the count differs."""
    if x.shape[1] != channels:
        x = x.mean(1, keepdim=True).repeat(1, channels, 1, 1)
    if x.shape[2:] == (height, width):
        return x.contiguous()
    return F.interpolate(x, size=(height, width), mode="bilinear", align_corners=False)


def _described(source: DataSource) -> str:
    if source.kind == "image":
        channels, height, width = source.shape
        return f"images of {height} × {width} pixels"
    if source.kind == "tokens":
        return f"{source.shape[0]} tokens out of {source.num_tokens}"
    return f"{source.shape[0]} features"


def _sizes(sizes: tuple[Dim, ...], spec: TensorSpec) -> str:
    if spec.kind == "vector":
        return f"{sizes[0]} features"
    if spec.kind == "tokens":
        return f"{sizes[0]} tokens"
    if spec.kind == "sequence":
        return f"{sizes[0]} steps of {sizes[1]} features"
    return f"{' × '.join(map(str, sizes))} (channels × height × width)"
