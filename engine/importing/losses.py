"""The loss of an imported network: its own where its class has one, else one that fits what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from blocks.registry import block_class
from blocks.spec import LossBlock
from engine.importing.drawing import Drawing, Origin, used_values
from engine.importing.recording import Value
from engine.importing.replay import TooLong, piece, replay
from engine.importing.tracing import LossTrace, Trace
from engine.importing.units import Place


def draw_loss(drawing: Drawing, train: Trace, after: Trace, prediction: Place, inputs: Sequence[Place]) -> None:
    """Draw the loss."""
    if any(_own(drawing, train, after, *pair) for pair in zip(train.losses, after.losses, strict=False)):
        return
    if train.losses:
        drawing.notes.append("There are no blocks for the loss of the file; one that fits the answer stands in its place.")
    _fitting(drawing, prediction, inputs)


def _own(drawing: Drawing, train: Trace, after: Trace, loss: LossTrace, twin: LossTrace) -> bool:
    """Draw the file's own loss, a weighted sum of losses there are blocks for; False where it is none."""
    before = drawing.mark()
    drawing.enter(loss.target, twin.target, Place("", "target", loss.spec))
    drawing.walk(train.root, after.root, used_values([train.root], loss.total), loss.items, "loss", twin.items)
    losses = [value for value, place in drawing.places.items() if place.spec.kind == "loss"]
    weights = _weights(loss.total, losses)
    if weights is None:
        drawing.back_to(before)
        return False
    for value, weight in zip(losses, weights, strict=True):
        id = drawing.places[value].node
        node = drawing.nodes[id]
        if weight != 1.0:
            drawing.nodes[id] = replace(node, parameters={**node.parameters, "weight": weight})
    return True


def _weights(total: Value, losses: Sequence[Value]) -> list[float] | None:
    """Return how much each loss counts in the total, where the total is a weighted sum of them and nothing else."""
    if not losses:
        return None
    try:
        ops, met = piece([total], losses)
    except TooLong:
        return None
    if any(value.live and value not in losses for value in met):
        return None

    def at(numbers: Sequence[float]) -> float | None:
        given = {value: torch.tensor(number, dtype=torch.float64) for value, number in zip(losses, numbers, strict=True)}
        try:
            return float(replay(ops, given, [total])[0])
        except (AssertionError, RuntimeError, TypeError, ValueError):
            return None

    zero = at([0.0] * len(losses))
    each = [at([float(one == other) for other in range(len(losses))]) for one in range(len(losses))]
    if zero != 0.0 or any(weight is None or weight < 0 for weight in each):
        return None
    weights = [round(weight, 9) for weight in each if weight is not None]
    trial = [0.7 + 0.6 * number for number in range(len(losses))]
    expected = sum(weight * number for weight, number in zip(weights, trial, strict=True))
    found = at(trial)
    return weights if found is not None and abs(found - expected) <= 1e-6 * max(1.0, abs(expected)) else None


def _fitting(drawing: Drawing, prediction: Place, inputs: Sequence[Place]) -> None:
    """Add a loss that fits what the network answers, and say which and why."""
    spec, last = prediction.spec, drawing.nodes[prediction.node].type
    axis = spec.axis("features") or 1
    parameters: dict[str, bool] = {}
    target = next((place for place in inputs if place.spec.shape == spec.shape and place.spec.dtype == "float"), None)
    if target is not None and spec.kind == "image":
        block_type, why = "mse", "the answer has the shape of what came in, which it is compared with"
    elif last == "sigmoid":
        block_type, why, parameters, target = "bce", "the answer ends in a sigmoid", {"with_logits": False}, None
    elif len(spec.shape) > 1 and spec.shape[axis] != 1:
        block_type, why, target = "cross_entropy", "each answer was taken to be one number for each class", None
    else:
        block_type, why, target = "mse", "the answer is one number", None
    block = block_class(block_type)
    assert issubclass(block, LossBlock), f"{block_type} is a loss"
    id = drawing.add(block_type, "loss", parameters, Origin("", None))
    drawing.connect(prediction, id, "prediction")
    if target is not None:
        drawing.connect(target, id, "target")
    drawing.notes.append(f"The file has no loss, so a {block.title} was added: {why}.")
    if last == "softmax" and block_type == "cross_entropy":
        drawing.notes.append("The network ends in a Softmax, which the Cross-entropy loss has inside as well: remove one of them.")
