"""The cross-entropy of classes."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.losses import PREDICTION
from blocks.problems import Problem
from blocks.spec import LossBlock, Port, literal, param
from blocks.tensors import Inputs, TensorSpec


class CrossEntropy(LossBlock):
    """Minus the logarithm of the probability that the network gives to the right class. The softmax is inside.

    Shapes: prediction (B, K), target (B,) -> loss (); prediction (B, T, K), target (B, T); prediction (B, K, H, W), target (B, H, W)

    Use it to tell K classes apart: the last layer is a Linear with K out_features and nothing behind it.
    A network that guesses has a loss of ln K.
    """

    title = "Cross-entropy loss"
    keywords = ("classification", "classes", "softmax", "log likelihood", "nll", "categorical")
    inputs = (
        PREDICTION,
        Port("target", ("target", "tokens"), "The right class; the data set's own target where nothing is connected.", optional=True),
    )
    target_form = "class_index"
    formula = r"L = -\operatorname{mean}_b \ln \frac{e^{\hat{y}_{b, y_b}}}{\sum_k e^{\hat{y}_{b,k}}}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html"
    examples = (
        {
            "parameters": {},
            "inputs": {"prediction": TensorSpec(("B", 10), "float", "vector"), "target": TensorSpec(("B",), "int", "target")},
            "outputs": {"loss": ()},
        },
        {
            "parameters": {"label_smoothing": 0.1},
            "inputs": {"prediction": TensorSpec(("B", 9, 4), "float", "sequence"), "target": TensorSpec(("B", 9), "int", "tokens")},
            "outputs": {"loss": ()},
        },
        {
            "parameters": {},
            "inputs": {"prediction": TensorSpec(("B", 3, 4, 5), "float", "image"), "target": TensorSpec(("B", 4, 5), "int", "target")},
            "outputs": {"loss": ()},
        },
    )

    label_smoothing: float = param(
        0.0, ge=0.0, le=1.0, step=0.01, help="Share of the target that is spread evenly over all classes, against overconfidence."
    )

    def forward(self, inputs: Inputs) -> str:
        """Return the loss; torch wants classes before time."""
        prediction = "{prediction}.transpose(1, 2)" if inputs["prediction"].kind == "sequence" else "{prediction}"
        smoothing = f", label_smoothing={literal(self.label_smoothing)}" if self.label_smoothing else ""
        return f"{{loss}} = F.cross_entropy({prediction}, {{target}}{smoothing})"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that there are classes to tell apart, and one right one for each prediction."""
        prediction = inputs["prediction"]
        axis = prediction.axis("features") or 1
        if prediction.shape[axis] == 1:
            yield self.problem(
                f"the prediction needs at least 2 numbers, one for each class, got 1 (its shape is {prediction}).",
                "Set out_features of the last Linear to the number of classes, or use a BCE loss.",
                port="prediction",
                expected="at least 2 classes",
                received="1",
            )
        if "target" not in inputs:
            return
        target = inputs["target"]
        wanted = TensorSpec(prediction.shape[:axis] + prediction.shape[axis + 1 :])
        if target.shape != wanted.shape:
            pool = "Put a Sequence pool" if prediction.kind in ("sequence", "series") else "Put a Flatten and a Linear"
            yield self.problem(
                f"a prediction {prediction} needs a target {wanted}, one class for each, got {target}.",
                f"{pool} before the loss." if len(target.shape) == 1 else "Connect a target of this shape.",
                port="prediction",
                expected=str(wanted),
                received=str(target),
            )
