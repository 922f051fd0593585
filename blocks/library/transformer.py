"""A classifier of sequences with one Transformer encoder layer."""

from __future__ import annotations

from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="Transformer classifier",
    summary="Self-attention looks straight at the first of twenty tokens; residual connections and layer norm keep the signal alive.",
    data={"name": "first_token", "options": {"length": 20}},
    recipe={"optimizer": "adam", "lr": 0.003, "batch_size": 64, "epochs": 12},
    bar=Bar("val_accuracy", 0.95, "the class depends on the first token alone; a guess gets one over the number of classes"),
    family="Sequences",
    tags=("Vaswani et al., 2017",),
)


def graph(length: int = 20, features: int = 32, num_heads: int = 4, layers: int = 1) -> dict[str, Any]:
    """Return the graph: encoder layers with layer norm after each sum, Vaswani et al.: Attention Is All You Need (2017), figure 1.

    Args:
        length: Tokens in each sequence, 2 to 1000.
        features: Features of each vector, 4 to 4096; a multiple of num_heads.
        num_heads: Attention heads, 1 to 64.
        layers: Encoder layers, 1 to 24.
    """
    sketch = Sketch("Transformer classifier", columns=5)
    last = sketch.add("token_input", "tokens", length=length)
    last = sketch.add("embedding", "embedding", after=last, embedding_dim=features)
    last = sketch.add("positional_encoding", "positions", after=last)
    for layer in range(1, layers + 1):
        mixed = sketch.add(
            "multihead_attention", f"attention{layer}", after={"query": last, "key": last, "value": last}, num_heads=num_heads
        )
        last = sketch.add("add", f"add{layer}_1", after=[last, mixed])
        last = sketch.add("layer_norm", f"norm{layer}_1", after=last)
        wide = sketch.add("linear", f"wide{layer}", after=last, out_features=2 * features)
        wide = sketch.add("gelu", f"gelu{layer}", after=wide)
        narrow = sketch.add("linear", f"narrow{layer}", after=wide, out_features=features)
        last = sketch.add("add", f"add{layer}_2", after=[last, narrow])
        last = sketch.add("layer_norm", f"norm{layer}_2", after=last)
    pooled = sketch.add("sequence_pool", "mean", after=last, mode="mean")
    sketch.finish(sketch.add("linear", "classes", after=pooled, out_features=4))
    return sketch.document()
