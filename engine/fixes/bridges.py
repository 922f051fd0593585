"""Which blocks make one tensor of another: of another kind (Flatten, Permute), or of another size (a projection)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isqrt

from blocks.problems import UserError
from blocks.registry import block_class
from blocks.tensors import Dim, Kind, TensorSpec
from blocks.validation import build
from engine.fixes.plan import Step
from engine.shapes import infer

Steps = tuple[Step, ...]


def after(spec: TensorSpec, steps: Iterable[Step]) -> TensorSpec | None:
    """Return what comes out behind these blocks, or None where one of them refuses."""
    for step in steps:
        block = build(step.type, step.parameters)
        try:
            spec = infer(block, ((block.inputs[0].name, (spec,)),)).outputs[block.outputs[0].name]
        except UserError:
            return None
    return spec


def conversions(spec: TensorSpec) -> Iterator[Step]:
    """Yield the blocks that change a tensor's kind, the most usual first."""
    match spec.kind, spec.shape:
        case "image", (_, int(channels), int(height), int(width)):
            yield Step("flatten")
            yield Step("global_avg_pool2d")
            yield Step("reshape", {"shape": [channels * height, width]})
            yield Step("reshape", {"shape": [channels, height * width], "meaning": "series"})
        case "sequence", _:
            yield Step("sequence_pool")
            yield Step("sequence_pool", {"mode": "mean"})
            yield Step("permute")
            yield Step("flatten")
        case "series", (_, int(channels), int(steps)):
            yield Step("sequence_pool", {"mode": "mean"})
            yield Step("flatten")
            yield Step("permute")
            yield Step("reshape", {"shape": [1, channels, steps]})
        case "state", _:
            yield Step("flatten")
        case "tokens", _:
            yield Step("embedding", {"num_embeddings": spec.num_values or 16})
        case "vector", (_, int(features)):
            side = isqrt(features)
            yield Step("reshape", {"shape": [1, side, side] if side * side == features else [features, 1, 1]})
            yield Step("reshape", {"shape": [features, 1]})
            yield Step("reshape", {"shape": [1, features], "meaning": "series"})


def bridges(spec: TensorSpec, kinds: Sequence[Kind]) -> list[Steps]:
    """Return the ways from a tensor to the first of these kinds that can be had: by one block where one does, else by two."""
    one = [((step,), after(spec, (step,))) for step in conversions(spec)]
    two = [((*steps, step), after(made, (step,))) for steps, made in one if made for step in conversions(made)]
    for ways in (one, two):
        for kind in kinds:
            found: list[Steps] = [steps for steps, made in ways if made is not None and made.kind == kind]
            if found:
                return found
    return []


def projections(spec: TensorSpec, wanted: TensorSpec) -> list[Steps]:
    """Return the blocks that give a tensor the shape of another one, learned ones first; one that is right already needs none."""
    if spec.kind == wanted.kind and spec.shape == wanted.shape:
        return [()]
    if spec.kind != wanted.kind:
        found = []
        for steps in bridges(spec, (wanted.kind,)):
            made = after(spec, steps)
            found += [(*steps, *rest) for rest in (projections(made, wanted) if made is not None else ())]
        return sorted(found, key=len)
    return [steps for steps in _same_kind(spec, wanted) if (made := after(spec, steps)) is not None and made.shape == wanted.shape]


def _same_kind(spec: TensorSpec, wanted: TensorSpec) -> Iterator[Steps]:
    axis = wanted.axis("features") or 1
    features = wanted.shape[axis]
    match spec.kind:
        case "image":
            pool = Step("adaptive_avg_pool2d", {"output_size": list(wanted.shape[2:])})
            if spec.shape[1] == features:
                yield (pool,)
            stride = _strides(spec.shape[2:], wanted.shape[2:])
            convolution = {"out_channels": features, "kernel_size": 1, "bias": False}
            if stride is not None:
                more = {} if set(stride) == {1} else {"stride": stride[0] if len(set(stride)) == 1 else stride}
                yield Step("conv2d", convolution | more), Step("batch_norm2d")
            if spec.shape[2:] != wanted.shape[2:]:
                yield pool, Step("conv2d", convolution), Step("batch_norm2d")
        case "series":
            stride = _strides(spec.shape[2:], wanted.shape[2:])
            if stride is not None:
                more = {"stride": stride[0]} if stride[0] > 1 else {}
                yield (Step("conv1d", {"out_channels": features, "kernel_size": 1} | more),)
        case _:
            yield (Step("linear", {"out_features": features}),)


def _strides(sizes: Sequence[Dim], wanted: Sequence[Dim]) -> list[int] | None:
    """Return the strides with which a window of 1 leaves these sizes, or None where none do."""
    found = []
    for size, want in zip(sizes, wanted, strict=True):
        if not isinstance(size, int) or not isinstance(want, int) or want > size:
            return None
        stride = next((step for step in {size // want, -(-size // want)} if step <= 1024 and -(-size // step) == want), None)
        if stride is None:
            return None
        found.append(stride)
    return found


def named(steps: Sequence[Step]) -> str:
    """Say which blocks are inserted, as a button does."""
    if not steps:
        return "nothing"
    return " and ".join(_name(step) for step in steps if step.type != "batch_norm2d")


def _name(step: Step) -> str:
    parameters = step.parameters
    title = block_class(step.type).title
    match step.type:
        case "conv2d" | "conv1d":
            stride = parameters.get("stride", 1)
            strides = "" if stride == 1 else f", stride {stride if isinstance(stride, int) else ' × '.join(map(str, stride))}"
            window = "1 × 1" if step.type == "conv2d" else "length 1"
            return f"projection ({window}, {parameters['out_channels']} filters{strides})"
        case "linear":
            return f"Linear ({parameters['out_features']})"
        case "reshape":
            return f"Reshape ({' × '.join(map(str, parameters['shape']))})"
        case "adaptive_avg_pool2d":
            return f"{title} ({' × '.join(map(str, parameters['output_size']))})"
        case "sequence_pool":
            return f"{title} ({parameters.get('mode', 'last')})"
    return title
