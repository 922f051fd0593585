"""How good a prediction is in the terms people use: accuracy for classes, mean absolute error for numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from engine.compile.network import Network
from engine.data.load import Dataset


@dataclass(frozen=True)
class Score:
    """Hold the name of a score and the function that gives its mean over a batch.

    Shapes: prediction (B, D), target as the data set has it -> ()
    """

    name: Literal["accuracy", "mae"]
    mean: Callable[[Tensor, Tensor], Tensor]
    threshold: float | None = None
    """Where one output number turns from class 0 to class 1; None where the class is the largest of several outputs."""


def score_for(network: Network, data: Dataset) -> Score | None:
    """Return the score that suits network and data, or None where the output is no answer to the data's question (an autoencoder)."""
    (edge,) = network.graph.arriving(network.output)
    shape = network.report.nodes[edge.source].outputs[edge.source_port].shape[1:]
    if data.task == "regression":
        scale = data.target_scale
        return Score("mae", lambda prediction, target: (prediction - target).abs().mean() * scale) if shape == (1,) else None
    if shape == (data.num_classes,):
        if data.target_form == "value":
            return Score("accuracy", lambda prediction, target: (prediction.argmax(1) == target.argmax(1)).float().mean())
        return Score("accuracy", lambda prediction, target: (prediction.argmax(1) == target).float().mean())
    if shape == (1,) and data.num_classes == 2:
        threshold = _threshold(network)
        return Score(
            "accuracy", lambda prediction, target: ((prediction[:, 0] > threshold) == (target.flatten() > 0.5)).float().mean(), threshold
        )
    return None


def _threshold(network: Network) -> float:
    """Return where one output number turns from class 0 to class 1: 0 where a loss takes it for a logit, else the middle of 0 and 1."""
    (output,) = network.graph.arriving(network.output)
    for loss in network.losses:
        takes_logits = getattr(network.report.nodes[loss].block, "with_logits", False)
        for edge in network.graph.arriving(loss, "prediction"):
            if takes_logits and (edge.source, edge.source_port) == (output.source, output.source_port):
                return 0.0
    return 0.5
