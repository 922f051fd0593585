"""Run a network twice under the recorder, as in training and as afterwards, with its own loss where it has one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from blocks.tensors import TensorSpec
from engine.importing.entering import Entry, vocabulary_size
from engine.importing.recording import Call, Recorder, Value
from engine.importing.refusal import raised, refused
from engine.importing.trees import leaves

BATCH = 3
SEED = 7


@dataclass(frozen=True)
class LossTrace:
    """Hold one recorded run of the file's own loss, with one kind of target."""

    target: Value
    spec: TensorSpec
    total: Value
    items: slice
    """Which of the root's items it is."""


@dataclass(frozen=True)
class Trace:
    """Hold one recorded run."""

    root: Call
    inputs: tuple[Value, ...]
    results: Any
    split: int
    """How many of the root's items belong to the forward pass; the others are the loss."""
    losses: tuple[LossTrace, ...]
    """The file's own loss, with every kind of target that it takes."""

    @property
    def outputs(self) -> list[Value]:
        """Return the values that the network returns and that depend on what comes in."""
        return [leaf for leaf in leaves(self.results) if isinstance(leaf, Value) and leaf.live]


def trace(model: nn.Module, entries: Sequence[Entry], filename: str, training: bool) -> Trace:
    """Record one run of a network; its weights and running statistics are afterwards what they were.

    Raises:
        UserError: where the run raises, or does what cannot be drawn.
    """
    before = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    torch.manual_seed(SEED)
    tensors = [entry.tensor(BATCH, vocabulary_size(model)) for entry in entries]
    model.train(training)
    recorder = Recorder(model, filename)
    inputs = tuple(recorder.enter(tensor) for tensor in tensors)
    try:
        with recorder.modules(), recorder:
            out = model(*tensors)
        results = recorder.finish(out)
        split = len(recorder.root.items)
        losses = tuple(_losses(model, recorder, out))
    except Exception as error:
        if recorder.refusal is not None:
            raise recorder.refusal from error
        raise raised(error, filename, "the network's forward pass") from error
    finally:
        model.load_state_dict(before)
    if recorder.refusal is not None:
        raise recorder.refusal
    return Trace(recorder.root, inputs, results, split, losses)


def _losses(model: nn.Module, recorder: Recorder, out: Any) -> Iterator[LossTrace]:
    """Record `loss(prediction, target)` of a class that has one, once for each kind of target that it takes."""
    loss = getattr(model, "loss", None)
    prediction = next((leaf for leaf in leaves(out) if isinstance(leaf, Tensor)), None)
    if prediction is None or not callable(loss) or isinstance(loss, nn.Module) or _positional(loss) != 2:
        return
    for target, spec in _targets(prediction):
        start = len(recorder.root.items)
        value = recorder.enter(target)
        try:
            with recorder.modules(), recorder:
                given = loss(out, target)
            total = recorder.value(given) if isinstance(given, Tensor) and given.dim() == 0 else None
        except Exception:  # a loss refuses targets that are not of its kind; the next may be
            total = None
            recorder.refusal = None
        if total is None:
            del recorder.root.items[start:]
        else:
            yield LossTrace(value, spec, total, slice(start, len(recorder.root.items)))


def _positional(function: Callable[..., Any]) -> int:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0
    return sum(one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in parameters)


def _targets(prediction: Tensor) -> list[tuple[Tensor, TensorSpec]]:
    """Return a target of each kind: class numbers along one dimension or another, and numbers like the prediction."""
    shape = tuple(prediction.shape)
    found: list[tuple[Tensor, TensorSpec]] = []
    for axis in dict.fromkeys([1, len(shape) - 1] if len(shape) > 1 else []):
        rest = shape[:axis] + shape[axis + 1 :]
        numbers = torch.randint(0, shape[axis], rest)
        found.append((numbers, TensorSpec(("B", *rest[1:]), "int", "target", num_values=shape[axis])))
    found.append((torch.rand(shape), TensorSpec(("B", *shape[1:]), "float", "target")))
    return found


def same_results(one: Trace, other: Trace) -> None:
    """Refuse a network that returns more in training than afterwards.

    Raises:
        UserError: where it does.
    """
    if len(one.outputs) != len(other.outputs):
        raise refused(
            "training_differs",
            f"the network returns {len(one.outputs)} tensors in training and {len(other.outputs)} afterwards; a drawing shows one network.",
            "Return the same in both.",
        )
