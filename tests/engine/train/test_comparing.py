"""Networks that compare: shared weights learn from both sides, the score follows the margin, a triplet loss needs no target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from engine.check import check
from engine.compile import compile_graph
from engine.data import DataSpec, fit, load_for
from engine.graph.document import Edge, Graph, Node
from engine.library import template
from engine.train.events import Done, Started
from engine.train.loop import Trainer, train
from engine.train.recipe import Recipe
from engine.train.scoring import score_for


def test_a_siamese_network_has_one_encoder_that_learns_from_both_sides() -> None:
    network = compile_graph(template("siamese"))
    module: Any = network.build(0)
    names = [name for name, _ in module.named_parameters()]
    assert names and all(name.startswith("first_") for name in names)
    data = load_for(network, DataSpec("digit_pairs"))
    (first, second), target = tuple(x[:8] for x in data.x_train), data.y_train[:8]
    module.loss(module(first, second), target).backward()
    both = module.first_code.weight.grad.clone()
    module.zero_grad()
    module.loss(module(first, second.roll(1, 0)), target).backward()
    assert not torch.equal(both, module.first_code.weight.grad), "the second image counts"
    torch.testing.assert_close(module(first, second), module(second, first))


def test_the_score_says_different_beyond_half_the_margin() -> None:
    graph = template("siamese")
    (loss,) = (node for node in graph.nodes.values() if node.type == "contrastive")
    wide = replace(graph, nodes={**graph.nodes, loss.id: replace(loss, parameters={"margin": 4.0})})
    network = compile_graph(wide)
    score = score_for(network, load_for(network, DataSpec("digit_pairs")))
    assert score is not None and score.threshold == 2.0
    assert score.mean(torch.tensor([[1.9], [2.1]]), torch.tensor([[0.0], [1.0]])) == 1.0
    assert score.mean(torch.tensor([[1.9], [2.1]]), torch.tensor([[1.0], [1.0]])) == 0.5


def triplet_network(features: int = 10) -> Graph:
    nodes, wires = [], []
    for side in ("anchor", "positive", "negative"):
        shares = {} if side == "anchor" else {"shares_weights_with": "anchor_code"}
        nodes += [
            Node(side, "image_input", side, {"channels": 1, "height": 8, "width": 8}),
            Node(f"{side}_flat", "flatten", f"{side}_flat"),
            Node(f"{side}_code", "linear", f"{side}_code", {"out_features": features}, **shares),  # type: ignore[arg-type]
        ]
        wires += [
            (side, "x", f"{side}_flat", "x"),
            (f"{side}_flat", "y", f"{side}_code", "x"),
            (f"{side}_code", "y", "loss", side),
        ]
    nodes += [Node("loss", "triplet", "loss"), Node("out", "output", "out")]
    wires.append(("anchor_code", "y", "out", "x"))
    return Graph.of("Triplets", nodes, [Edge(f"e{number}", *wire) for number, wire in enumerate(wires)])


def test_a_triplet_loss_trains_an_embedding_without_a_target() -> None:
    graph = triplet_network()
    assert check(graph).ok and fit(graph, check(graph), DataSpec("digit_triplets")) == []
    network = compile_graph(graph)
    data = load_for(network, DataSpec("digit_triplets", {"num_examples": 1000}))
    trainer = Trainer(network, data, Recipe(epochs=10))
    events = list(trainer.events())
    started, done = events[0], events[-1]
    assert isinstance(started, Started) and started.series["epoch"] == ["train_loss", "val_loss", "seconds"], (
        "ten features are no ten classes"
    )
    assert isinstance(done, Done)
    module: Any = trainer.module
    with torch.no_grad():
        anchor, positive, negative = (module.eval().anchor_code(x.flatten(1)) for x in data.x_val)
        nearer = ((anchor - positive).norm(dim=1) < (anchor - negative).norm(dim=1)).float().mean()
        raw = [x.flatten(1) for x in data.x_val]
        raw_nearer = ((raw[0] - raw[1]).norm(dim=1) < (raw[0] - raw[2]).norm(dim=1)).float().mean()
    assert nearer > raw_nearer and nearer > 0.9, f"{nearer} against {raw_nearer} by the pixels alone"


@pytest.mark.parametrize("name", ["autoencoder"])
def test_an_autoencoder_reads_no_target_and_has_no_score(name: str) -> None:
    network = compile_graph(template(name))
    data = load_for(network, DataSpec("digits"))
    assert score_for(network, data) is None
    assert isinstance(list(train(network, data, Recipe(epochs=1)))[-1], Done)
