"""Attention, held against torch's own scaled dot product, and its masks."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.tensors import TensorSpec
from blocks.validation import build
from tests.blocks.execution import as_inputs, forward, make_module
from tests.blocks.refusals import sentence, spec

X = spec("sequence", "B", 7, 6)
SELF = {"query": X, "key": X, "value": X}


def reference(attention: nn.MultiheadAttention, x_BTD: Tensor, **options: Any) -> Tensor:
    """Compute multi-head self-attention from its weights with F.scaled_dot_product_attention."""
    heads = attention.num_heads
    projected = F.linear(x_BTD, attention.in_proj_weight, attention.in_proj_bias).chunk(3, dim=-1)
    query, key, value = (part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in projected)
    mixed = F.scaled_dot_product_attention(query, key, value, **options)
    return F.linear(mixed.transpose(1, 2).flatten(2), attention.out_proj.weight, attention.out_proj.bias)


@pytest.mark.parametrize("causal", [False, True])
def test_agrees_with_scaled_dot_product(causal: bool) -> None:
    torch.manual_seed(0)
    block = build("multihead_attention", {"num_heads": 3, "causal": causal})
    inputs = as_inputs(SELF)
    module = make_module(block, inputs)
    attention = next(part for part in module.modules() if isinstance(part, nn.MultiheadAttention)) if module else None
    assert attention is not None
    x_BTD = torch.rand(2, 7, 6)
    result = forward(block, inputs, {"query": x_BTD, "key": x_BTD, "value": x_BTD}, module)
    torch.testing.assert_close(result["output"], reference(attention, x_BTD, is_causal=causal))
    torch.testing.assert_close(result["weights"].sum(-1), torch.ones(2, 7))
    later = result["weights"].triu(diagonal=1)
    assert (later == 0).all() == causal


def test_causal_output_does_not_depend_on_the_future() -> None:
    torch.manual_seed(0)
    block = build("multihead_attention", {"num_heads": 2, "causal": True})
    inputs = as_inputs(SELF)
    module = make_module(block, inputs)
    x_BTD = torch.rand(1, 7, 6)
    changed = x_BTD.clone()
    changed[:, 4:] += 1
    before = forward(block, inputs, {port: x_BTD for port in SELF}, module)["output"]
    after = forward(block, inputs, {port: changed for port in SELF}, module)["output"]
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


@pytest.mark.parametrize("causal", [False, True])
def test_padding_is_not_looked_at(causal: bool) -> None:
    """The mask comes from the tokens; what stands in padded places changes nothing."""
    torch.manual_seed(0)
    tokens = torch.tensor([[3, 1, 2, 0, 0, 0, 0]])
    padding = build("padding_mask", {})
    mask = forward(padding, as_inputs({"x": spec("tokens", "B", 7, dtype="int")}), {"x": tokens}, None)["mask"]
    assert mask.tolist() == [[False, False, False, True, True, True, True]]
    block = build("multihead_attention", {"num_heads": 2, "causal": causal})
    inputs = as_inputs({**SELF, "mask": spec("mask", "B", 7, dtype="bool")})
    module = make_module(block, inputs)
    x_BTD = torch.rand(1, 7, 6)
    changed = x_BTD.clone()
    changed[:, 3:] += 1
    results = [forward(block, inputs, {"query": x_BTD, "key": seen, "value": seen, "mask": mask}, module) for seen in (x_BTD, changed)]
    torch.testing.assert_close(results[0]["output"], results[1]["output"])
    assert (results[0]["weights"][..., 3:] == 0).all()


@pytest.mark.parametrize(
    ("parameters", "ports", "expected"),
    [
        ({"num_heads": 4}, SELF, "Multi-head attention: num_heads must divide the 6 features of the query, got 4. Set num_heads to 3."),
        (
            {"num_heads": 2},
            SELF | {"value": spec("sequence", "B", 5, 6)},
            "Multi-head attention: value must be as long as key, 7 steps, got 5. Connect value to the same sequence as key.",
        ),
        (
            {"num_heads": 2},
            SELF | {"mask": spec("mask", "B", 5, dtype="bool")},
            "Multi-head attention: mask must be as long as key, 7 steps, got 5. Connect mask to the same sequence as key.",
        ),
        (
            {"num_heads": 2, "causal": True},
            SELF | {"query": spec("sequence", "B", 5, 6)},
            "Multi-head attention: query must be as long as key with causal, 7 steps, got 5. Set causal to false.",
        ),
    ],
)
def test_refusals(parameters: dict[str, Any], ports: dict[str, TensorSpec], expected: str) -> None:
    assert sentence("multihead_attention", parameters, **ports) == expected
