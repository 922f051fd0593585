"""The LSTM layer."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.problems import Problem
from blocks.recurrence import dropout_acts, states_fit
from blocks.spec import LARGEST_SIZE, Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class LSTM(Block):
    """Read a sequence step by step with long short-term memory: gates decide what enters a cell, what stays in it and what leaves it.

    Shapes: x (B, T, D) -> sequence (B, T, hidden_size), h_n (N, B, hidden_size), c_n (N, B, hidden_size); h_0 like h_n, c_0 like c_n;
    N is num_layers, twice that where bidirectional; sequence then has 2·hidden_size features.

    Use it for sequences in which early steps matter late. For one answer for each sequence, connect sequence to a Sequence pool.
    """

    title = "LSTM"
    category = "recurrent"
    keywords = ("recurrent", "long short-term memory", "gated", "cell", "state")
    inputs = (
        Port("x", ("sequence",), "The sequence to read."),
        Port("h_0", ("state",), "The state to start from; zeros where nothing is connected.", optional=True),
        Port("c_0", ("state",), "The cell to start from; zeros where nothing is connected.", optional=True),
    )
    outputs = (
        Port("sequence", ("sequence",), "The state of the last layer at each step."),
        Port("h_n", ("state",), "The last state of each layer and direction."),
        Port("c_n", ("state",), "The last cell of each layer and direction."),
    )
    formula = (
        r"i, f, o = \sigma(W_{i,f,o} x_t + U_{i,f,o} h_{t-1}), \quad g = \tanh(W_g x_t + U_g h_{t-1}), \quad "
        r"c_t = f \odot c_{t-1} + i \odot g, \quad h_t = o \odot \tanh(c_t)"
    )
    source = "Hochreiter, Schmidhuber: Long Short-Term Memory (1997); Gers et al.: Learning to Forget (2000); https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html"
    examples = (
        {
            "parameters": {"hidden_size": 5},
            "inputs": {"x": TensorSpec(("B", 9, 6), "float", "sequence")},
            "outputs": {"sequence": ("B", 9, 5), "h_n": (1, "B", 5), "c_n": (1, "B", 5)},
        },
        {
            "parameters": {"hidden_size": 4, "num_layers": 3, "bidirectional": True, "dropout": 0.1, "bias": False},
            "inputs": {"x": TensorSpec(("B", 9, 6), "float", "sequence")},
            "outputs": {"sequence": ("B", 9, 8), "h_n": (6, "B", 4), "c_n": (6, "B", 4)},
        },
        {
            "parameters": {"hidden_size": 4, "num_layers": 2},
            "inputs": {
                "x": TensorSpec(("B", 9, 6), "float", "sequence"),
                "h_0": TensorSpec((2, "B", 4), "float", "state"),
                "c_0": TensorSpec((2, "B", 4), "float", "state"),
            },
            "outputs": {"sequence": ("B", 9, 4), "h_n": (2, "B", 4), "c_n": (2, "B", 4)},
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
            "nn.LSTM",
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
        state = ", ({h_0}, {c_0})" if "h_0" in inputs and "c_0" in inputs else ""
        return f"{{sequence}}, ({{h_n}}, {{c_n}}) = {{self}}({{x}}{state})"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check the states to start from, and that dropout has something to act on."""
        if ("h_0" in inputs) != ("c_0" in inputs):
            missing, given = ("c_0", "h_0") if "h_0" in inputs else ("h_0", "c_0")
            yield self.problem(
                f"a start needs both h_0 and c_0, but only {given} is connected.",
                f"Connect {missing} as well, or disconnect {given}.",
                code="missing_port",
                port=missing,
                expected="h_0 and c_0, or neither",
                received=f"{given} alone",
            )
        num_states = self.num_layers * (2 if self.bidirectional else 1)
        yield from states_fit(self, inputs, ("h_0", "c_0"), num_states, self.hidden_size)
        yield from dropout_acts(self, self.dropout, self.num_layers)
