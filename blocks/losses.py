"""What the losses on values share: the kinds they take, and the check that prediction and target have one shape."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.problems import Problem
from blocks.spec import Block, Port
from blocks.tensors import Inputs

PREDICTION = Port("prediction", ("vector", "sequence", "image", "series"), "What the network answers.")
VALUES = Port(
    "target",
    ("target", "vector", "sequence", "image", "series"),
    "What it should answer; the data set's own target where nothing is connected.",
    optional=True,
)


def same_shape(block: Block, inputs: Inputs) -> Iterator[Problem]:
    """Refuse a target of another shape: torch would stretch it, and the loss would mean something else."""
    if "target" not in inputs:
        return
    prediction, target = inputs["prediction"], inputs["target"]
    if prediction.shape != target.shape:
        yield block.problem(
            f"prediction and target must have the same shape, got {prediction} and {target}.",
            "Change the last layer so that it gives as many numbers as the target has.",
            port="prediction",
            expected=str(target),
            received=str(prediction),
        )
