"""What comes into the network: the shapes to run it with, from the command, the file, or a guess; and the input blocks that let them in."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from blocks.problems import Problem, UserError
from blocks.registry import registry
from blocks.spec import InputBlock
from blocks.tensors import TensorSpec
from blocks.validation import build

_IN_DOCSTRING = re.compile(r"\(\s*[BN]\s*((?:,\s*\d+\s*)+),?\s*\)")
_GUESSED_SIZES = (28, 32, 64, 96, 128, 224, 16, 8, 227, 256, 299)
_GUESSED_STEPS = 20
MOST_DIMENSIONS = 4


@dataclass(frozen=True)
class Entry:
    """Describe one input without its batch: its sizes, and whether it holds token numbers."""

    shape: tuple[int, ...]
    tokens: bool = False

    def tensor(self, batch: int, vocabulary_size: int) -> Tensor:
        """Return a random batch."""
        if self.tokens:
            return torch.randint(0, vocabulary_size, (batch, *self.shape))
        return torch.randn(batch, *self.shape)

    def __str__(self) -> str:
        return "×".join(map(str, self.shape)) + (" tokens" if self.tokens else "")


def sizes(text: str) -> tuple[int, ...]:
    """Read "1x28x28", the size of one example.

    Raises:
        UserError: where it is no such thing (code "usage").
    """
    parts = re.split(r"[x×]", text.strip().lower())
    if not all(re.fullmatch(r"[0-9]{1,7}", part) and int(part) > 0 for part in parts):
        raise UserError(Problem("usage", f"The input size must look like 1x28x28, got {text[:40]!r}.", "Leave out the batch."))
    return tuple(map(int, parts))


def stated(given: Sequence[Sequence[int]], file: ModuleType, model: nn.Module, count: int) -> Iterator[tuple[tuple[Entry, ...], str]]:
    """Yield the inputs to try, the best founded first, each with how it was found ("" where it was asked for)."""
    if given:
        yield from _floats_or_tokens([tuple(shape) for shape in given], "")
        return
    for holder in (model, file):
        example = getattr(holder, "example_input", None)
        if example is not None and (entries := _of_example(example)):
            yield entries, "that of example_input"
            if not any(entry.tokens for entry in entries):
                yield tuple(Entry(entry.shape, True) for entry in entries), "that of example_input"
    for text in (inspect.getdoc(type(model).forward), inspect.getdoc(type(model)), inspect.getdoc(file)):
        shapes = [tuple(int(size) for size in re.findall(r"\d+", found)) for found in _IN_DOCSTRING.findall(text or "")]
        if len(shapes) >= count:
            yield from _floats_or_tokens(shapes[:count], "that of the docstring")
    if count == 1:
        yield from (((entry,), "a guess, say it to have another") for entry in _guesses(model))


def _floats_or_tokens(shapes: Sequence[tuple[int, ...]], how: str) -> Iterator[tuple[tuple[Entry, ...], str]]:
    for kinds in itertools.product((False, True), repeat=len(shapes)):
        if all(len(shape) == 1 or not tokens for shape, tokens in zip(shapes, kinds, strict=True)):
            yield tuple(Entry(shape, tokens) for shape, tokens in zip(shapes, kinds, strict=True)), how


def _of_example(example: Any) -> tuple[Entry, ...]:
    """Read `example_input`: a tensor with its batch, several, or one shape without the batch."""
    if isinstance(example, Tensor):
        example = (example,)
    if isinstance(example, (tuple, list)) and example and all(isinstance(part, Tensor) and part.dim() > 1 for part in example):
        return tuple(Entry(tuple(part.shape[1:]), not part.dtype.is_floating_point) for part in example)
    if isinstance(example, (tuple, list)) and example and all(isinstance(part, int) and part > 0 for part in example):
        return (Entry(tuple(example)),)
    return ()


def _guesses(model: nn.Module) -> Iterator[Entry]:
    """Guess from the first layer that says what it takes."""
    for module in model.modules():
        match module:
            case nn.Embedding():
                yield Entry((_GUESSED_STEPS,), True)
            case nn.Linear():
                yield Entry((module.in_features,))
                yield Entry((_GUESSED_STEPS, module.in_features))
            case nn.Conv2d():
                yield from (Entry((module.in_channels, size, size)) for size in _GUESSED_SIZES)
            case nn.Conv1d():
                yield from (Entry((module.in_channels, size)) for size in _GUESSED_SIZES)
            case nn.BatchNorm1d():
                yield Entry((module.num_features,))
            case nn.BatchNorm2d():
                yield from (Entry((module.num_features, size, size)) for size in _GUESSED_SIZES)
            case nn.RNNBase():
                yield Entry((_GUESSED_STEPS, module.input_size))
            case nn.MultiheadAttention():
                yield Entry((_GUESSED_STEPS, module.embed_dim))
            case _:
                continue
        return


def vocabulary_size(model: nn.Module) -> int:
    """Return how many tokens every table of the network knows."""
    return min((module.num_embeddings for module in model.modules() if isinstance(module, nn.Embedding)), default=2)


def input_blocks(entry: Entry, vocabulary: int) -> list[tuple[str, dict[str, Any], TensorSpec]]:
    """Return the input blocks that let such an input in: type, parameters, and what enters.

    Parameters are found by trying which field takes which size.
    """
    found = []
    for block_type, block in registry().items():
        if not issubclass(block, InputBlock):
            continue
        names = list(block.model_fields)
        for chosen in itertools.permutations(names, len(entry.shape)):
            parameters: dict[str, Any] = dict(zip(chosen, entry.shape, strict=True))
            if entry.tokens and "vocabulary_size" in names:
                parameters |= {"vocabulary_size": vocabulary}
            try:
                made = build(block_type, parameters)
            except UserError:
                continue
            assert isinstance(made, InputBlock), f"{block_type} is an input"
            spec = made.tensor()
            if spec.shape == ("B", *entry.shape) and (spec.dtype == "int") == entry.tokens:
                found.append(
                    (block_type, {name: value for name, value in parameters.items() if getattr(build(block_type, {}), name) != value}, spec)
                )
                break
    return found
