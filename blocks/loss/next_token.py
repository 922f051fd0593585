"""Cross-entropy of each next token."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.losses import PREDICTION
from blocks.problems import Problem
from blocks.spec import LossBlock, Port
from blocks.tensors import Inputs, TensorSpec


class NextToken(LossBlock):
    """Measure how much of each next token a network has guessed from those before it; the last prediction has nothing to be held to.

    Shapes: prediction (B, T, K), target (B, T) -> loss ()

    Connect the token input itself to target: the text is its own answer. Use it with causal attention or a recurrent network, which do not
    look ahead. A network that guesses has a loss of ln K.
    """

    title = "Next-token loss"
    keywords = ("language model", "gpt", "autoregressive", "perplexity", "cross-entropy")
    inputs = (PREDICTION, Port("target", ("tokens", "target"), "The tokens that were read."))
    target_form = "class_index"
    formula = r"L = -\operatorname{mean}_{b,\,t < T} \ln \frac{e^{\hat{y}_{b,t,y_{b,t+1}}}}{\sum_k e^{\hat{y}_{b,t,k}}}"
    source = "Radford et al., Improving Language Understanding by Generative Pre-Training (2018), equation 1"
    examples = (
        {
            "parameters": {},
            "inputs": {"prediction": TensorSpec(("B", 9, 4), "float", "sequence"), "target": TensorSpec(("B", 9), "int", "tokens")},
            "outputs": {"loss": ()},
        },
    )

    def forward(self, inputs: Inputs) -> str:
        """Return the loss; torch wants classes before time."""
        return "{loss} = F.cross_entropy({prediction}[:, :-1].transpose(1, 2), {target}[:, 1:])"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that there is one prediction for each token, and a next one."""
        prediction, target = inputs["prediction"], inputs["target"]
        if prediction.kind != "sequence" or len(prediction.shape) != 3 or prediction.shape[:2] != target.shape:
            yield self.problem(
                f"it needs numbers for every class at every token, a sequence (B, T, K) for tokens {target}, got {prediction}.",
                "End the network with a Linear on the sequence, without pooling.",
                port="prediction",
                expected="(B, T, K)",
                received=str(prediction),
            )
        elif isinstance(target.shape[1], int) and target.shape[1] < 2:
            yield self.problem("a sequence of one token has no next one.", "Set the input's length to at least 2.", port="target")
