"""How good a prediction is in the terms people use: accuracy for classes (of pixels, too), mean absolute error for numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from blocks.spec import LossBlock
from engine.compile.network import Network
from engine.data.load import Dataset
from engine.data.losses import open_losses


@dataclass(frozen=True)
class Score:
    """Hold the name of a score and the function that gives its mean over a batch.

    Shapes: prediction (B, D) or (B, K, H, W), target as the data set has it -> ()
    """

    name: Literal["accuracy", "mae"]
    mean: Callable[[Tensor, Tensor], Tensor]
    threshold: float | None = None
    """Where one output number turns from class 0 to class 1; None where the class is the largest of several outputs."""


def score_for(network: Network, data: Dataset) -> Score | None:
    """Return the score that suits network and data, or None where the output is no answer to the data's question.

    It is none in an autoencoder, or behind a triplet loss, where no loss reads the data's target.
    """
    if not open_losses(network.graph, network.report):
        return None
    (edge,) = network.graph.arriving(network.output)
    shape = network.report.nodes[edge.source].outputs[edge.source_port].shape[1:]
    if data.task == "regression":
        scale = data.target_scale
        return Score("mae", lambda prediction, target: (prediction - target).abs().mean() * scale) if shape == (1,) else None
    sizes = tuple(data.y_train.shape[2 if data.target_form == "value" else 1 :])  # height and width, where each pixel has a class
    if shape == (data.num_classes, *sizes):
        if data.target_form == "value":
            return Score("accuracy", lambda prediction, target: (prediction.argmax(1) == target.argmax(1)).float().mean())
        return Score("accuracy", lambda prediction, target: (prediction.argmax(1) == target).float().mean())
    if shape == (1, *sizes) and data.num_classes == 2:
        threshold = _threshold(network)
        return Score(
            "accuracy",
            lambda prediction, target: ((prediction.flatten() > threshold) == (target.flatten() > 0.5)).float().mean(),
            threshold,
        )
    return None


def _threshold(network: Network) -> float:
    """Return where one output number turns from class 0 to class 1, as the loss has it that takes this number; else the middle."""
    (output,) = network.graph.arriving(network.output)
    for loss in network.losses:
        block = network.report.nodes[loss].block
        for edge in network.graph.arriving(loss, "prediction"):
            if isinstance(block, LossBlock) and (edge.source, edge.source_port) == (output.source, output.source_port):
                return block.boundary()
    return 0.5
