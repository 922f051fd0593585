"""Targets with a class for each pixel: as large as the image, then cut to what the network gives; and why one does not suit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor

from blocks.problems import Problem
from blocks.tensors import TensorSpec
from engine.check import Report, check, title_of
from engine.data.losses import OpenLoss, giving, open_losses
from engine.data.source import DataSource
from engine.graph.document import Graph

GROWTH = 64
"""Pixels by which an image is made larger, to see by how much the answer grows: strides of up to 64 divide it."""


def fitted(classes: Tensor, inputs: Sequence[TensorSpec], prediction: TensorSpec | None) -> Tensor:
    """Return the target as large as the first image that is let in (by the nearest pixel), cut to the middle that is predicted.

    Shapes: classes (N, H, W), prediction (B, K, h, w) -> (N, h, w)
    """
    image = next((one for one in inputs if one.kind == "image"), None)
    if image is not None and classes.shape[1:] != image.shape[2:]:
        size = (image.size(2), image.size(3))
        classes = F.interpolate(classes[:, None].float(), size=size, mode="nearest-exact")[:, 0].long()
    if prediction is None or prediction.kind != "image":
        return classes
    (top, height), (left, width) = (middle(classes.shape[dim], prediction.size(dim + 1)) for dim in (1, 2))
    return classes[:, top : top + height, left : left + width]


def middle(size: int, kept: int) -> tuple[int, int]:
    """Return where the middle begins, and how much of it there is."""
    return (size - kept) // 2, kept


def map_problem(graph: Graph, report: Report, source: DataSource, loss: OpenLoss, channels: Sequence[int]) -> Problem | None:
    """Return why a prediction is no class for every pixel of the data, or None where it is; `channels` are the numbers it may have."""
    prediction = loss.prediction
    assert prediction is not None, "asked only where a prediction arrives"
    title, wanted = title_of(graph.nodes[loss.node]), channels[0]
    expected = f"(B, {wanted}, H, W)"
    if prediction.kind != "image":
        message = f"{title} gets {prediction} for each batch, {source.title} has a class for every pixel."
        fix = f"Let the network end in a Conv 2D with out_channels {wanted}, and leave out what flattens the image or pools all of it."
        return Problem("data_target", message, fix, loss.node, expected=expected, received=str(prediction))
    if prediction.size(1) not in channels:
        last = giving(graph, report, loss.source, "out_channels")
        title = title_of(graph.nodes[last]) if last else title_of(graph.nodes[loss.source or loss.node])
        message = f"{title} gives {prediction.size(1)} channels, {source.title} has {source.num_classes} classes for every pixel."
        problem = Problem("data_target", message, f"Let a Conv 2D with out_channels {wanted} come last.", loss.node, expected=expected)
        problem = replace(problem, received=str(prediction))
        return replace(problem, node=last, parameter="out_channels", fix=f"Set out_channels to {wanted}.") if last else problem
    return _size_problem(graph, source, loss, _let_in(report, source))


def _let_in(report: Report, source: DataSource) -> tuple[int, int]:
    """Return the height and width of the target: of the first image that is let in, or as the data has it."""
    blocks = [known for known in report.nodes.values() if known.block is not None and known.block.role == "input" and known.outputs]
    images = [spec for known in blocks if (spec := next(iter(known.outputs.values()))).kind == "image"]
    return (images[0].size(2), images[0].size(3)) if images else (source.shape[1], source.shape[2])


def _size_problem(graph: Graph, source: DataSource, loss: OpenLoss, image: tuple[int, int]) -> Problem | None:
    prediction = loss.prediction
    assert prediction is not None, "an image"
    height, width = prediction.size(2), prediction.size(3)
    title, let_in, given = title_of(graph.nodes[loss.node]), f"{image[0]} × {image[1]} pixels", f"{height} × {width}"
    if height > image[0] or width > image[1]:
        message = f"{title} gets {given} pixels, but only {let_in} go in and have a class."
        fix = "Leave out what enlarges the image beyond its own size, or let a larger image in."
        return Problem("data_target", message, fix, loss.node, expected=f"at most {let_in}", received=given)
    step = 1 if (height, width) == image else _step(graph, loss)
    if step == 1:
        return None
    message = f"{title} gets {given} places, one for each {step} × {step} of the {let_in}; {source.title} has a class for every pixel."
    fix = f"Put a Conv transpose 2D with kernel_size {step} and stride {step} before the last convolution."
    return Problem("data_target", message, fix, loss.node, expected=let_in, received=given)


def _step(graph: Graph, loss: OpenLoss) -> int:
    """Return how many pixels further in the image the next place of the prediction is: seen by letting a larger image in.

    It is 1 where convolutions without padding lose a margin, 4 behind two poolings. Where another size does not pass, 1.
    """
    assert loss.prediction is not None, "an image"
    larger = dict(graph.nodes)
    for id, node in graph.nodes.items():
        if node.type == "image_input":
            sizes = {side: int(node.parameters.get(side, 28)) + GROWTH for side in ("height", "width")}
            larger[id] = replace(node, parameters={**node.parameters, **sizes})
    grown = replace(graph, nodes=larger)
    again = next((one for one in open_losses(grown, check(grown)) if one.node == loss.node), None)
    if again is None or again.prediction is None or again.prediction.kind != "image":
        return 1
    growth = again.prediction.size(2) - loss.prediction.size(2)
    return GROWTH // growth if 0 < growth < GROWTH else 1
