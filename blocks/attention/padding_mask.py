"""Which tokens are padding."""

from __future__ import annotations

from blocks.spec import LARGEST_SIZE, Block, Port, param
from blocks.tensors import Inputs, TensorSpec


class PaddingMask(Block):
    """Say of each token whether it is padding: true where it equals padding_idx.

    Shapes: x (B, T) -> mask (B, T)

    Use it between Token input and the mask of a Multi-head attention, where texts are shorter than the sequence and filled up.
    """

    title = "Padding mask"
    category = "attention"
    keywords = ("pad", "ignore", "tokens", "key padding mask")
    inputs = (Port("x", ("tokens",), "Token numbers."),)
    outputs = (Port("mask", ("mask",), "True where the token is padding."),)
    formula = r"m_t = [\, x_t = p \,]"
    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html (key_padding_mask)"
    examples = ({"parameters": {}, "inputs": {"x": TensorSpec(("B", 9), "int", "tokens")}, "outputs": {"mask": ("B", 9)}},)

    padding_idx: int = param(0, ge=0, le=LARGEST_SIZE, help="Token that stands for nothing.")

    def forward(self, inputs: Inputs) -> str:
        """Return the comparison."""
        return f"{{mask}} = {{x}} == {self.padding_idx}"
