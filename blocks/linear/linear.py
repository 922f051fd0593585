"""The dense layer."""

from __future__ import annotations

from blocks.spec import LARGEST_SIZE, Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class Linear(Block):
    """Multiply by a learned matrix and add a learned vector: every output is a weighted sum of all inputs.

    In a sequence each step is treated alike, by the same matrix.

    Shapes: x (B, D) -> y (B, out_features); x (B, T, D) -> y (B, T, out_features)

    Use it for tables, and as the last layer of most networks, with one feature for each class. Put an activation between two of them,
    for two linear layers in a row can do no more than one.
    """

    title = "Linear"
    category = "linear"
    keywords = ("dense", "fully connected", "fc", "perceptron", "mlp", "neuron", "projection")
    inputs = (Port("x", ("vector", "sequence", "state"), "The features to combine."),)
    outputs = (Port("y", ("vector",), "The weighted sums.", like="x"),)
    formula = r"y = x W^\top + b"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html"
    examples = (
        {"parameters": {"out_features": 10}, "inputs": {"x": TensorSpec(("B", 84), "float", "vector")}, "outputs": {"y": ("B", 10)}},
        {
            "parameters": {"out_features": 4, "bias": False},
            "inputs": {"x": TensorSpec(("B", 9, 6), "float", "sequence")},
            "outputs": {"y": ("B", 9, 4)},
        },
    )

    out_features: int = param(64, ge=1, le=LARGEST_SIZE, help="Number of features that come out: as many neurons as the layer has.")
    bias: bool = param(True, help="Whether each output adds a learned constant.")

    def module(self, inputs: Inputs) -> Call:
        """Return the layer, for as many features as arrive."""
        return call("nn.Linear", inputs["x"].size(-1), self.out_features, bias=self.bias)
