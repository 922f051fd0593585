"""GPT-2 at its published sizes, from 124 to 1558 million parameters."""

from __future__ import annotations

import math
from typing import Any

from blocks.library.sketch import Sketch
from blocks.library.template import Bar, Template

TEMPLATE = Template(
    title="GPT-2",
    summary="Predicts each next token from those before it; one transformer block, repeated. Opens small, for sums of two numbers before.",
    data={"name": "sum_of_two"},
    recipe={"optimizer": "adamw", "lr": 0.003, "batch_size": 64, "epochs": 12},
    bar=Bar(
        "val_loss",
        0.5,
        "a guess costs ln 10 = 2.3; who knows the rule still guesses one token of 15, at 0.15",
        True,
    ),
    family="Sequences",
    tags=("Radford et al., 2019",),
    ready={"layers": 2, "width": 48, "heads": 4, "vocabulary": 10, "context": 16},
)

SIZES = {124: (12, 768, 12), 355: (24, 1024, 16), 774: (36, 1280, 20), 1558: (48, 1600, 25)}
"""Layers, width and heads by millions of parameters.

Source: Radford et al., Language Models are Unsupervised Multitask Learners (2019), table 2; its parameter counts were corrected later."""


def graph(size: int = 124, layers: int = 0, width: int = 0, heads: int = 0, vocabulary: int = 50257, context: int = 1024) -> dict[str, Any]:
    """Return the graph: Radford et al., Language Models are Unsupervised Multitask Learners (2019), section 2.3.

    The output shares its weight with the embedding.

    Args:
        size: Millions of parameters, 124 to 1558: the nearest of 124, 355, 774, 1558.
        layers: Transformer blocks, 0 to 200; 0 for those of the size.
        width: Features of each vector, 0 to 4096; 0 for those of the size.
        heads: Attention heads, 0 to 64, a divisor of width; 0 for those of the size.
        vocabulary: Different tokens, 2 to 1000000.
        context: Tokens in each sequence, 2 to 65536.
    """
    size = min(SIZES, key=lambda published: abs(published - size))
    published = SIZES[size]
    layers, width = layers or published[0], width or published[1]
    heads = heads or (published[2] if width % published[2] == 0 else math.gcd(width, published[2]))
    heads = math.gcd(width, heads)
    sketch = Sketch("GPT-2", columns=5)
    block = sketch.define("block", _block(), "Attention, then a perceptron; each adds to what comes in.", width=768, heads=12)
    tokens = sketch.add("token_input", "tokens", length=context, vocabulary_size=vocabulary)
    last = sketch.add("embedding", "embedding", after=tokens, num_embeddings=vocabulary, embedding_dim=width)
    sketch.mark("embedding", initialisation="normal(0.02)")
    last = sketch.add("positional_encoding", "positions", after=last, encoding="learned", max_length=context)
    last = sketch.add("dropout", "dropout", after=last, p=0.1)
    last = sketch.add(block, "blocks", after=last, width=width, heads=heads, repeat=layers)
    sketch.mark("blocks", initialisation="normal(0.02)")
    last = sketch.add("layer_norm", "norm", after=last)
    head = sketch.add("linear", "head", after=last, out_features=vocabulary, bias=False)
    sketch.mark(head, shares_weights_with="embedding")
    sketch.add("output", "prediction", after=head)
    sketch.add("next_token", "loss", after={"prediction": head, "target": tokens})
    return sketch.document()


def _block() -> Sketch:
    sketch = Sketch("Transformer block", columns=5)
    entry = sketch.add("entry", "x")
    norm = sketch.add("layer_norm", "norm1", after=entry)
    after: dict[str, str | list[str]] = {"query": norm, "key": norm, "value": norm}
    last = sketch.add("multihead_attention", "attention", after=after, num_heads="=heads", causal=True, dropout=0.1)
    middle = sketch.add("add", "add1", after=[entry, sketch.add("dropout", "dropout1", after=last, p=0.1)])
    last = sketch.add("linear", "wide", after=sketch.add("layer_norm", "norm2", after=middle), out_features="=width * 4")
    last = sketch.add("linear", "narrow", after=sketch.add("gelu", "gelu", after=last, approximate="tanh"), out_features="=width")
    last = sketch.add("add", "add2", after=[middle, sketch.add("dropout", "dropout2", after=last, p=0.1)])
    sketch.add("exit", "y", after=last)
    return sketch
