"""One vector for a whole sequence."""

from __future__ import annotations

from typing import Literal

from blocks.spec import Block, Port, param
from blocks.tensors import Inputs, TensorSpec


class SequencePool(Block):
    """Turn a sequence into one vector: its last step, the mean of its steps, or the largest value of each feature.

    Shapes: x (B, T, D) -> y (B, D); x (B, C, T) -> y (B, C)

    Use it between an LSTM, a GRU or attention and the classifier. After a bidirectional layer the last step has read the sequence
    forwards, but backwards only itself: mean is then the better choice.
    """

    title = "Sequence pool"
    category = "pooling"
    keywords = ("last", "mean", "max", "time", "summary", "many to one", "global")
    inputs = (Port("x", ("sequence", "series"), "The sequence to sum up."),)
    outputs = (Port("y", ("vector",), "One vector for each sequence."),)
    formula = r"y = x_T \quad\text{or}\quad y = \frac{1}{T} \sum_{t} x_t \quad\text{or}\quad y_d = \max_t \; x_{t,d}"
    source = "Collobert et al.: Natural Language Processing (Almost) from Scratch (2011), section 3.3.2, https://arxiv.org/abs/1103.0398"
    examples = (
        {"parameters": {"mode": "last"}, "inputs": {"x": TensorSpec(("B", 9, 5), "float", "sequence")}, "outputs": {"y": ("B", 5)}},
        {"parameters": {"mode": "mean"}, "inputs": {"x": TensorSpec(("B", 9, 5), "float", "sequence")}, "outputs": {"y": ("B", 5)}},
        {"parameters": {"mode": "max"}, "inputs": {"x": TensorSpec(("B", 9, 5), "float", "series")}, "outputs": {"y": ("B", 9)}},
    )

    mode: Literal["last", "mean", "max"] = param("last", help="What is kept: the last step, the mean over time, or the maximum over time.")

    def forward(self, inputs: Inputs) -> str:
        """Return the reduction over time."""
        x = inputs["x"]
        dim = x.axis("time")
        last = "[:, :, -1]" if x.kind == "series" else "[:, -1]"
        return "{y} = {x}" + {"last": last, "mean": f".mean(dim={dim})", "max": f".amax(dim={dim})"}[self.mode]
