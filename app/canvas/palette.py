"""What the canvas must know of each type of block to list it, draw it, and refuse a wire: derived from the blocks themselves."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, get_args

from app import theme
from blocks.registry import registry
from blocks.spec import Block, Category, Port
from blocks.tensors import KINDS
from engine.fixes import possible_insertions

CATEGORY_TITLES: dict[str, str] = {
    "input": "Inputs",
    "convolution": "Convolution",
    "pooling": "Pooling",
    "normalisation": "Normalisation",
    "regularisation": "Regularisation",
    "linear": "Linear and shape",
    "activation": "Activation",
    "recurrent": "Recurrent",
    "attention": "Attention",
    "merge": "Merge",
    "loss": "Loss",
    "output": "Output",
    "note": "Notes",
    "composite": "Composites",
}


@cache
def palette() -> dict[str, Any]:
    """Return every block's title, category, first sentence of help, search words and ports, what each kind of tensor is called, and
    which blocks make another kind of it."""
    return {
        "categories": [_category(name) for name in get_args(Category)],
        "kinds": {kind: [words, shape] for kind, (words, shape) in KINDS.items()},
        "blocks": {type: _block(block) for type, block in registry().items()},
        "insertions": {kind: dict(others) for kind, others in possible_insertions().items()},
    }


def _category(name: str) -> dict[str, str]:
    return {"name": name, "title": CATEGORY_TITLES[name], "light": theme.LIGHT.categories[name], "dark": theme.DARK.categories[name]}


def _block(block: type[Block]) -> dict[str, Any]:
    return {
        "title": block.title,
        "category": block.category,
        "help": first_sentence(block.help_page()),
        "keywords": list(block.keywords),
        "inputs": [_port(port) for port in block.inputs],
        "outputs": [_port(port) for port in block.outputs],
    }


def _port(port: Port) -> dict[str, Any]:
    described: dict[str, Any] = {"name": port.name, "kinds": list(port.kinds)}
    if port.help:
        described["help"] = port.help
    if port.optional:
        described["optional"] = True
    if port.many:
        described["many"] = True
    if port.like is not None:
        described["like"] = port.like
    return described


def first_sentence(text: str) -> str:
    """Return a help page's first sentence on one line."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    sentence = re.match(r".+?[.!?](?=\s|$)", paragraph)
    return sentence.group(0) if sentence else paragraph
