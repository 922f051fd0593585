"""An output port of a composite."""

from __future__ import annotations

from blocks.spec import Block, Port
from blocks.tensors import TensorSpec


class Exit(Block):
    """Be an output of the composite that it stands in; its name is the port's name.

    Shapes: x (any) -> what the composite gives at this port

    Every composite needs at least one. Where a composite is repeated, what leaves one copy here enters the next at the entry of the same
    place in the order.
    """

    title = "Exit"
    category = "composite"
    role = "exit"
    keywords = ("output", "port", "composite", "return")
    inputs = (Port("x", ("any",), "What the composite gives at this port."),)
    formula = r"y_{\text{outside}} = x"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html (what forward returns)"
    examples = ({"parameters": {}, "inputs": {"x": TensorSpec(("B", 8), "float", "vector")}, "outputs": {}},)
