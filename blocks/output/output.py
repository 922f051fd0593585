"""The network's answer leaves here."""

from __future__ import annotations

from blocks.spec import Block, Port
from blocks.tensors import FLOAT_KINDS, TensorSpec


class Output(Block):
    """Mark what the network answers, after training as well as in it.

    Shapes: x (any) -> the answer

    Connect it to what the loss calls prediction. With cross-entropy these are the logits, one number for each class: no Softmax in between.
    A network has one output.
    """

    title = "Output"
    category = "output"
    role = "output"
    keywords = ("answer", "prediction", "result", "logits")
    inputs = (Port("x", FLOAT_KINDS, "What the network answers."),)
    formula = r"\hat{y} = x"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html (what forward returns)"
    examples = ({"parameters": {}, "inputs": {"x": TensorSpec(("B", 10), "float", "vector")}, "outputs": {}},)
