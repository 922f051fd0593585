"""Attention with several heads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from blocks.problems import Problem
from blocks.spec import Block, Call, Port, call, param
from blocks.tensors import Inputs, TensorSpec


class CausalAttention(nn.Module):
    """Let each position attend to itself and those before it.

    Shapes: query, key, value (B, T, D) -> output (B, T, D), weights (B, T, T)
    """

    def __init__(self, embed_dim: int, num_heads: int, dropout: float, bias: bool, kdim: int, vdim: int) -> None:
        super().__init__()
        sizes = {"kdim": kdim, "vdim": vdim}
        self.attention = nn.MultiheadAttention(embed_dim, num_heads, dropout, bias, batch_first=True, **sizes)

    def forward(
        self,
        query_BTD: Tensor,
        key_BTD: Tensor,
        value_BTD: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
    ) -> tuple[Tensor, Tensor | None]:
        steps = query_BTD.shape[1]
        later_TT = torch.ones(steps, steps, dtype=torch.bool, device=query_BTD.device).triu(diagonal=1)
        masks = {"key_padding_mask": key_padding_mask, "attn_mask": later_TT, "is_causal": not need_weights}
        output_BTD, weights_BTT = self.attention(query_BTD, key_BTD, value_BTD, need_weights=need_weights, **masks)
        return output_BTD, weights_BTT


class MultiheadAttention(Block):
    """Let every position of the query look at all positions of the key, and take a weighted mean of the value.

    Each head compares projections of its own; weights are the mean over the heads.

    Shapes: query (B, T, D), key (B, S, K), value (B, S, V), mask (B, S) -> output (B, T, D), weights (B, T, S)

    Use it for self-attention by connecting one sequence to query, key and value; for cross-attention connect another one to key and value.
    Order is seen only with a Positional encoding. Causal means that no position sees a later one. In the mask, true is padding that nobody
    looks at; each sequence needs at least one token that is not padding, with causal its first one.
    """

    title = "Multi-head attention"
    category = "attention"
    keywords = ("transformer", "self-attention", "cross-attention", "heads", "causal", "mha", "qkv")
    inputs = (
        Port("query", ("sequence",), "What looks."),
        Port("key", ("sequence",), "What is looked at, for comparing."),
        Port("value", ("sequence",), "What is looked at, for taking."),
        Port("mask", ("mask",), "True where key and value are padding.", optional=True),
    )
    outputs = (
        Port("output", ("sequence",), "What each position has gathered."),
        Port("weights", ("weights",), "How much each position looked at each other."),
    )
    formula = (
        r"\operatorname{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right) V \text{ for each head}, \quad Q = x W_Q,\ K = x W_K,\ V = x W_V"
    )
    source = "Vaswani et al.: Attention Is All You Need (2017), section 3.2, https://arxiv.org/abs/1706.03762"
    support = (CausalAttention,)
    examples = (
        {
            "parameters": {"num_heads": 2},
            "inputs": {port: TensorSpec(("B", 9, 6), "float", "sequence") for port in ("query", "key", "value")},
            "outputs": {"output": ("B", 9, 6), "weights": ("B", 9, 9)},
        },
        {
            "parameters": {"num_heads": 3, "causal": True, "dropout": 0.1, "bias": False},
            "inputs": {port: TensorSpec(("B", 9, 6), "float", "sequence") for port in ("query", "key", "value")},
            "outputs": {"output": ("B", 9, 6), "weights": ("B", 9, 9)},
        },
        {
            "parameters": {"num_heads": 2},
            "inputs": {
                "query": TensorSpec(("B", 4, 6), "float", "sequence"),
                "key": TensorSpec(("B", 9, 5), "float", "sequence"),
                "value": TensorSpec(("B", 9, 7), "float", "sequence"),
                "mask": TensorSpec(("B", 9), "bool", "mask"),
            },
            "outputs": {"output": ("B", 4, 6), "weights": ("B", 4, 9)},
        },
    )

    num_heads: int = param(4, ge=1, le=1024, help="Number of heads; it divides the features of the query.")
    causal: bool = param(False, help="Whether positions look only at themselves and those before them.")
    dropout: float = param(0.0, ge=0.0, le=1.0, step=0.05, help="Probability that a weight is set to 0 while training.")
    bias: bool = param(True, help="Whether the projections add learned constants.")

    def module(self, inputs: Inputs) -> Call:
        """Return the attention, for as many features as arrive."""
        embed_dim, kdim, vdim = (inputs[port].size(-1) for port in ("query", "key", "value"))
        options: dict[str, Any] = {"dropout": self.dropout, "bias": self.bias}
        if self.causal:
            return call("CausalAttention", embed_dim, self.num_heads, **options, kdim=kdim, vdim=vdim)
        if (kdim, vdim) != (embed_dim, embed_dim):
            options |= {"kdim": kdim, "vdim": vdim}
        return call("nn.MultiheadAttention", embed_dim, self.num_heads, **options, batch_first=True)

    def forward(self, inputs: Inputs) -> str:
        """Return the call, with the mask where one is connected; without the weights torch takes a faster way."""
        mask = ", key_padding_mask={mask}" if "mask" in inputs else ""
        fast = "" if inputs.is_used("weights") else ", need_weights=False"
        return f"{{output}}, {{weights}} = {{self}}({{query}}, {{key}}, {{value}}{mask}{fast})"

    def check(self, inputs: Inputs) -> Iterator[Problem]:
        """Check that the heads divide the features and that the lengths agree."""
        features = inputs["query"].size(-1)
        if features % self.num_heads:
            largest = max(heads for heads in range(1, min(self.num_heads, features) + 1) if features % heads == 0)
            yield self.problem(
                f"num_heads must divide the {features} features of the query, got {self.num_heads}.",
                f"Set num_heads to {largest}.",
                code="bad_parameter",
                parameter="num_heads",
                expected=f"a divisor of {features}",
                received=str(self.num_heads),
            )
        steps = inputs["key"].shape[1]
        lengths = [("value", "key"), ("mask", "key"), *([("query", "key")] if self.causal else [])]
        for port, other in lengths:
            if port in inputs and inputs[port].shape[1] != steps:
                reason = " with causal" if port == "query" else ""
                yield self.problem(
                    f"{port} must be as long as {other}{reason}, {steps} steps, got {inputs[port].shape[1]}.",
                    "Set causal to false." if port == "query" else f"Connect {port} to the same sequence as {other}.",
                    port=port,
                    expected=f"{steps} steps",
                    received=f"{inputs[port].shape[1]} steps",
                )
