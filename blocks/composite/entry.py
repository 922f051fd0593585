"""An input port of a composite."""

from __future__ import annotations

from blocks.spec import Block, Port


class Entry(Block):
    """Be an input of the composite that it stands in; its name is the port's name.

    Shapes: whatever is connected outside -> y (any)

    Order matters where a composite is repeated: the first exit of a copy feeds the first entry of the next, and so on. Entries that have no
    exit of their own get the same wire in every copy, as a mask does.
    """

    title = "Entry"
    category = "composite"
    role = "entry"
    keywords = ("input", "port", "composite", "argument")
    outputs = (Port("y", ("any",), "What is connected to this port of the composite."),)
    formula = r"y = x_{\text{outside}}"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html (an argument of forward)"
    examples = ({"parameters": {}, "inputs": {}, "outputs": {}},)
