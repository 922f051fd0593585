"""From a module to a drawing: find its inputs, record it, draw it, and take its weights along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from blocks.problems import UserError
from blocks.tensors import TensorSpec
from engine.check import check
from engine.graph.document import Graph
from engine.graph.layout import laid_out
from engine.importing.drawing import Drawing, Origin, apart, used_values
from engine.importing.entering import Entry, input_blocks, stated, vocabulary_size
from engine.importing.folding import folded
from engine.importing.loading import arguments_of_forward
from engine.importing.losses import draw_loss
from engine.importing.matching import Matcher
from engine.importing.refusal import Refusal, refused
from engine.importing.tracing import BATCH, SEED, Trace, same_results, trace
from engine.importing.units import Place

MOST_READINGS = 12
MOST_PARAMETERS = 250_000_000


@dataclass(frozen=True)
class Found:
    """Hold what was made of a file: the drawing, weights and origins by the node's path, and an example to hold it to."""

    graph: Graph
    weights: Mapping[str, Mapping[str, Tensor]]
    notes: tuple[str, ...]
    origins: Mapping[str, Origin]
    inputs: tuple[Tensor, ...]
    expected: Tensor


def read_module(model: nn.Module, file: ModuleType, filename: str, name: str, given: Sequence[Sequence[int]]) -> Found:
    """Draw a module.

    Raises:
        UserError: where it cannot be drawn, with the lines that stand in the way.
    """
    if sum(parameter.numel() for parameter in model.parameters()) > MOST_PARAMETERS:
        raise refused("too_large", f"the network has more than {MOST_PARAMETERS:,} parameters.", "Import a smaller one.")
    names = arguments_of_forward(model)
    entries, how, train = _first_that_runs(model, file, filename, names, given)
    after = trace(model, entries, filename, training=False)
    same_results(train, after)
    if not train.outputs:
        raise refused("no_output", "what the network returns does not depend on what comes in.", "Return the network's answer.")
    drawing = _best_drawing(model, entries, names, train, after)
    if how:
        drawing.notes.append(f"The size of what comes in is {how}: {', '.join(map(str, entries))}.")
    if len(train.outputs) > 1 and not train.losses:
        drawing.notes.append(f"The network returns {len(train.outputs)} tensors; the first is its answer, the others lead nowhere.")
    graph, paths, notes = folded(_untied(drawing, name), drawing.origins, model)
    inputs, expected = _example(model, entries)
    weights = {paths[id]: state for id, state in drawing.states.items()}
    origins = {paths[id]: origin for id, origin in drawing.origins.items()}
    return Found(laid_out(graph), weights, tuple(dict.fromkeys([*drawing.notes, *notes])), origins, inputs, expected)


def _first_that_runs(
    model: nn.Module, file: ModuleType, filename: str, names: Sequence[str], given: Sequence[Sequence[int]]
) -> tuple[tuple[Entry, ...], str, Trace]:
    """Return the first inputs with which the network runs."""
    problem: UserError | None = None
    asked = bool(given)
    for entries, how in stated(given, file, model, len(names)):
        if len(entries) != len(names):
            message = f"forward takes {len(names)} inputs ({', '.join(names)}), {len(entries)} were given."
            raise refused("inputs", message, f"Give --input {len(names)} times.")
        try:
            return entries, how, trace(model, entries, filename, training=True)
        except UserError as error:
            if error.problems[0].code != "import_fails":
                raise
            # Of several tries the first tells most; with embeddings it is the one with tokens.
            problem = error if problem is None or any(entry.tokens for entry in entries) else problem
    if asked and problem is not None:
        raise problem
    missing = (
        "it is not known what comes into the network"
        if problem is None
        else f"no guess of what comes in fits ({problem.problems[0].message})"
    )
    raise refused("inputs", f"{missing}.".replace(".).", ")."), "Say the size of one example without the batch, as in --input 3x32x32.")


def _best_drawing(model: nn.Module, entries: Sequence[Entry], names: Sequence[str], train: Trace, after: Trace) -> Drawing:
    """Draw; where that fails, take other readings of what could be read in several ways (a sequence or a series of channels)."""
    matcher = Matcher(BATCH)
    waiting: list[dict[int, int]] = [{}]
    tried: list[dict[int, int]] = []
    refusal: Refusal | None = None
    while waiting and len(tried) < MOST_READINGS:
        choices = waiting.pop(0)
        if choices in tried:
            continue
        tried.append(choices)
        drawing = Drawing(matcher, choices)
        try:
            _draw(drawing, model, entries, names, train, after)
        except Refusal as error:
            refusal = refusal or error
            free = [(number, count) for number, count in drawing.open.items() if number not in choices]
            waiting += [{**choices, number: other} for number, count in reversed(free) for other in range(1, count)]
            continue
        return drawing
    assert refusal is not None, "a drawing that failed was refused"
    raise refusal


def _draw(drawing: Drawing, model: nn.Module, entries: Sequence[Entry], names: Sequence[str], train: Trace, after: Trace) -> None:
    places = [_enter(drawing, model, entry, name, number) for number, (entry, name) in enumerate(zip(entries, names, strict=True))]
    for value, twin, place in zip(train.inputs, after.inputs, places, strict=True):
        drawing.enter(value, twin, place)
    used = used_values(train.root.items, train.results)
    drawing.walk(train.root, after.root, used, slice(None, train.split), twins=slice(None, after.split))
    output = train.outputs[0]
    needed = [value for value in (train.outputs if train.losses else [output]) if value not in drawing.places]
    if needed:
        raise drawing.missing(needed)
    prediction = drawing.places[output]
    _complete_tokens(drawing)
    drawing.connect(prediction, drawing.add("output", "output", {}, Origin("", None)), "x")
    draw_loss(drawing, train, after, prediction, places)


def _untied(drawing: Drawing, name: str) -> Graph:
    """Return the graph, its blocks sharing weights with blocks of another kind only where they may (an embedding and the last layer)."""
    graph = Graph.of(name, list(drawing.nodes.values()), drawing.edges)
    wrong = {problem.node for problem in check(graph).problems if problem.code == "shared_weights"} if drawing.tied else set()
    for id in drawing.tied:
        if id in wrong:
            drawing.nodes[id] = replace(drawing.nodes[id], shares_weights_with=None)
            drawing.notes.append(apart(drawing.nodes[id].type, drawing.nodes[id].name))
    return Graph.of(name, list(drawing.nodes.values()), drawing.edges) if wrong else graph


def _enter(drawing: Drawing, model: nn.Module, entry: Entry, name: str, number: int) -> Place:
    """Add the input block for one input; a series of channels is a sequence whose sizes are read the other way round."""
    blocks = input_blocks(entry, vocabulary_size(model))
    if not blocks:
        raise refused("inputs", f"no input block lets {entry} in.", "Give one size for numbers, two for sequences, three for images.")
    block_type, parameters, spec = blocks[0]
    id = drawing.add(block_type, name, parameters, Origin("", None))
    place = Place(id, "x", spec)
    if spec.kind != "sequence":
        return place
    drawing.open[-1 - number] = 2
    if drawing.choices.get(-1 - number, 0) == 0:
        return place
    sizes = list(entry.shape)
    reshaped = drawing.add("reshape", f"{name}_as_series", {"shape": sizes, "meaning": "series"}, Origin("", None))
    drawing.connect(place, reshaped, "x")
    return Place(reshaped, "y", TensorSpec(spec.shape, "float", "series"))


def _complete_tokens(drawing: Drawing) -> None:
    """Give each input of tokens as many tokens as the table behind it knows."""
    for edge in drawing.edges:
        source, target = drawing.nodes[edge.source], drawing.nodes[edge.target]
        if source.type == "token_input" and target.type == "embedding":
            size = target.parameters.get("num_embeddings", 16)
            drawing.nodes[source.id] = replace(source, parameters={**source.parameters, "vocabulary_size": size})


def _example(model: nn.Module, entries: Sequence[Entry]) -> tuple[tuple[Tensor, ...], Tensor]:
    """Return an input of another size of batch, and what the network answers to it after training."""
    torch.manual_seed(SEED + 1)
    inputs = tuple(entry.tensor(BATCH + 2, vocabulary_size(model)) for entry in entries)
    model.eval()
    torch.manual_seed(SEED + 2)
    with torch.no_grad():
        out: Any = model(*inputs)
    while not isinstance(out, Tensor):
        out = next(iter(out.values() if isinstance(out, dict) else out))
    return inputs, out.detach().clone()
