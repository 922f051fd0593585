"""The GRU layer."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.problems import Problem
from blocks.recurrence import dropout_acts, states_fit
from blocks.spec import LARGEST_SIZE, Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class GRU(Block):
    """Read a sequence step by step with a gated recurrent unit: gates decide how much of the state is kept and how much is renewed.

    Shapes: x (B, T, D), h_0 (N, B, hidden_size) -> sequence (B, T, hidden_size), h_n (N, B, hidden_size);
    N is num_layers, twice that where bidirectional; sequence then has 2·hidden_size features.

    Use it like an LSTM: it has a quarter fewer parameters and does about as well.
    """

    title = "GRU"
    category = "recurrent"
    keywords = ("recurrent", "gated", "state", "memory")
    inputs = (
        Port("x", ("sequence",), "The sequence to read."),
        Port("h_0", ("state",), "The state to start from; zeros where nothing is connected.", optional=True),
    )
    outputs = (
        Port("sequence", ("sequence",), "The state of the last layer at each step."),
        Port("h_n", ("state",), "The last state of each layer and direction."),
    )
    formula = (
        r"r, z = \sigma(W_{r,z} x_t + U_{r,z} h_{t-1}), \quad "
        r"n = \tanh(W_n x_t + r \odot U_n h_{t-1}), \quad h_t = (1 - z) \odot n + z \odot h_{t-1}"
    )
    source = "Cho et al.: Learning Phrase Representations using RNN Encoder-Decoder (2014), equations 5-8, https://arxiv.org/abs/1406.1078"
    examples = (
        {
            "parameters": {"hidden_size": 5},
            "inputs": {"x": TensorSpec(("B", 9, 6), "float", "sequence")},
            "outputs": {"sequence": ("B", 9, 5), "h_n": (1, "B", 5)},
        },
        {
            "parameters": {"hidden_size": 4, "num_layers": 3, "bidirectional": True, "dropout": 0.1, "bias": False},
            "inputs": {"x": TensorSpec(("B", 9, 6), "float", "sequence")},
            "outputs": {"sequence": ("B", 9, 8), "h_n": (6, "B", 4)},
        },
        {
            "parameters": {"hidden_size": 4, "num_layers": 2},
            "inputs": {
                "x": TensorSpec(("B", 9, 6), "float", "sequence"),
                "h_0": TensorSpec((2, "B", 4), "float", "state"),
            },
            "outputs": {"sequence": ("B", 9, 4), "h_n": (2, "B", 4)},
        },
    )

    hidden_size: int = param(64, ge=1, le=LARGEST_SIZE, help="Number of features of the state.")
    num_layers: int = param(1, ge=1, le=64, help="Number of layers, each reading what the one below it gives.")
    bias: bool = param(True, help="Whether learned constants are added.")
    dropout: float = param(0.0, ge=0.0, le=1.0, step=0.05, help="Probability that a value between two layers is set to 0 while training.")
    bidirectional: bool = param(False, help="Whether a second network reads the sequence backwards, its states put beside the first one's.")

    def module(self, inputs: Inputs) -> Call:
        """Return the layer, for as many features as arrive."""
        return call(
            "nn.GRU",
            inputs["x"].size(-1),
            self.hidden_size,
            num_layers=self.num_layers,
            bias=self.bias,
            batch_first=True,
            dropout=self.dropout,
            bidirectional=self.bidirectional,
        )

    def forward(self, inputs: Inputs) -> str:
        """Return the call, with the state to start from where one is connected."""
        state = ", {h_0}" if "h_0" in inputs else ""
        return f"{{sequence}}, {{h_n}} = {{self}}({{x}}{state})"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check the states to start from, and that dropout has something to act on."""
        num_states = self.num_layers * (2 if self.bidirectional else 1)
        yield from states_fit(self, inputs, ("h_0",), num_states, self.hidden_size)
        yield from dropout_acts(self, self.dropout, self.num_layers)
