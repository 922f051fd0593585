"""A training script, run where nothing of ours can be imported, repeats the engine: every step and every epoch, bit for bit."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from blocks.problems import UserError
from engine.compile import Network, compile_graph
from engine.data import DataSpec, catalogue, load_for
from engine.export import training_script
from engine.graph.document import Edge, Graph, Node
from engine.library import ready, templates
from engine.train.events import Points
from engine.train.loop import train
from engine.train.phases import Phase
from engine.train.recipe import Recipe
from tests.engine.train.networks import chain, mlp

# Runs a script as a stranger would, and listens to what its model's loss gives while it trains.
STRANGER = """
import importlib.abc, json, sys
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"app", "blocks", "engine", "worker", "migrations", "tests"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
sys.path.insert(0, ".")
import torch
torch.set_num_threads(1)
import script
model, losses = getattr(script, sys.argv[1]), []
loss_of = model.loss
def heard(self, outputs, target):
    loss = loss_of(self, outputs, target)
    if self.training:
        losses.append(loss.item())
    return loss
model.loss = heard
history = script.train(*sys.argv[2:])
print(json.dumps({"losses": losses, "history": history}))
"""

TABLE = "length;width;kind\n" + "\n".join(
    f"{a};{b};{'long' if a > b else 'short'}" for a, b in np.random.default_rng(0).normal(5, 2, (41, 2)).round(2).tolist()
)
NUMBERS = "a,b,c\n" + "\n".join(f"{a},{b},{a * b:.3f}" for a, b in np.random.default_rng(1).normal(0, 3, (50, 2)).round(2).tolist())


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def engine(network: Network, spec: DataSpec, recipe: Recipe, csv: bytes | None) -> dict[str, Any]:
    """Return what the engine measures of a run."""
    points = [event for event in train(network, load_for(network, spec, csv=csv), recipe) if isinstance(event, Points)]
    return {stream: np.concatenate([event.values for event in points if event.stream == stream]) for stream in ("step", "epoch")}


def alone(folder: Path, network: Network, spec: DataSpec, recipe: Recipe, csv: bytes | None) -> dict[str, Any]:
    """Return what the script measures."""
    (folder / "script.py").write_text(training_script(network, spec, recipe, csv=csv))
    arguments = []
    if csv is not None:
        (folder / "table.csv").write_bytes(csv)
        arguments = ["table.csv"]
    run = subprocess.run(
        [sys.executable, "-I", "-c", STRANGER, network.class_name, *arguments], cwd=folder, capture_output=True, text=True, timeout=150
    )
    assert run.returncode == 0, run.stderr
    *printed, last = run.stdout.splitlines()
    found: dict[str, Any] = json.loads(last)
    assert len(printed) == len(found["history"]) == recipe.epochs and printed[-1].startswith(f"epoch {recipe.epochs}/{recipe.epochs}  ")
    return found


def assert_repeats(folder: Path, network: Network, spec: DataSpec, recipe: Recipe, csv: bytes | None = None) -> None:
    """Hold the script against the engine."""
    ours, theirs = engine(network, spec, recipe, csv), alone(folder, network, spec, recipe, csv)
    np.testing.assert_array_equal(np.array(theirs["losses"], np.float32), ours["step"][:, 0])
    epochs = np.array([list(epoch.values()) for epoch in theirs["history"]], np.float32)
    np.testing.assert_array_equal(epochs, ours["epoch"][:, :-1])  # the last column is the time


# One of each kind of data and network; that every network's source trains alike is tested beside the compiler.
@pytest.mark.parametrize("name", ["lenet5", "spirals", "gru", "siamese", "autoencoder", "unet", "gpt2"])
def test_a_network_of_the_library(name: str, tmp_path: Path) -> None:
    chosen = templates()[name]
    recipe = Recipe.from_json({**chosen.recipe, "epochs": 2, "phases": []})
    assert_repeats(tmp_path, compile_graph(ready(name)), DataSpec.from_json(chosen.data), recipe)


@pytest.mark.parametrize(("table", "classes", "loss"), [(TABLE, 2, "cross_entropy"), (NUMBERS, 1, "mse")])
def test_a_table(table: str, classes: int, loss: str, tmp_path: Path) -> None:
    # 32 and 40 examples in batches of 13: the last batch is smaller.
    spec = DataSpec("csv", {"target": table.split("\n")[0].replace(";", ",").split(",")[2]}, split_seed=3)
    assert_repeats(tmp_path, mlp(2, classes, loss=loss), spec, Recipe(epochs=3, batch_size=13, device="cpu"), table.encode())


def test_a_table_without_a_header_whose_target_stands_first(tmp_path: Path) -> None:
    rows = "\n".join(f"{int(a > b)}\t{a}\t{b}" for a, b in np.random.default_rng(2).normal(size=(30, 2)).round(3).tolist())
    assert_repeats(tmp_path, mlp(2, 2), DataSpec("csv", {"target": "column 1"}), Recipe(epochs=2), f"\n{rows}\n\n".encode())


@pytest.mark.parametrize(
    "recipe",
    [
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3, "gradient_clip": 0.5},
        {"optimizer": "adagrad", "lr_decay": 0.01},
        {"optimizer": "adadelta", "rho": 0.8},
        {"optimizer": "rmsprop", "momentum": 0.5, "alpha": 0.95},
        {"optimizer": "adamw", "beta1": 0.8, "weight_decay": 0.1, "seed": 7},
        {"optimizer": "adam", "batch_size": 17, "epochs": 1},  # 120 examples: 1 is left over, and joins the batch before
    ],
    ids=lambda recipe: recipe["optimizer"],
)
def test_every_optimizer_with_its_settings(recipe: dict[str, Any], tmp_path: Path) -> None:
    assert_repeats(tmp_path, mlp(), DataSpec("iris"), Recipe.from_json({"epochs": 3, "batch_size": 16, **recipe}))


def test_marks_and_dropout(tmp_path: Path) -> None:
    layers = (("vector_input", {"features": 30}), ("linear", {"out_features": 16}), ("relu", {}), ("dropout", {"p": 0.3}))
    marks = {
        "linear1": {"initialisation": "orthogonal", "lr_factor": 0.1},
        "linear4": {"initialisation": "inverse_sqrt", "frozen": True},
        "linear5": {"initialisation": "normal(0.05)", "lr_factor": 3.0},
    }
    graph = chain(*layers, ("linear", {"out_features": 8}), ("linear", {"out_features": 2}), marks=marks)
    assert_repeats(tmp_path, compile_graph(graph), DataSpec("breast_cancer"), Recipe(epochs=2, optimizer="sgd", lr=0.05))


def test_a_class_for_every_pixel_as_values(tmp_path: Path) -> None:
    image, filters = ("image_input", {"channels": 1, "height": 20, "width": 20}), {"out_channels": 4, "kernel_size": 3}
    graph = chain(image, ("conv2d", filters), ("sigmoid", {}), loss="mse")
    assert_repeats(tmp_path, compile_graph(graph), DataSpec("shapes", {"num_examples": 20, "size": 16}), Recipe(epochs=2))


def test_two_inputs_and_two_losses(tmp_path: Path) -> None:
    nodes = [
        Node("image", "image_input", "image", {"channels": 3, "height": 12, "width": 8}),
        Node("rows", "sequence_input", "rows", {"length": 8, "features": 8}),
        Node("flat", "flatten", "flat"),
        Node("pool", "sequence_pool", "pool"),
        Node("both", "concat", "both"),
        Node("aside", "linear", "aside", {"out_features": 10}),
        Node("classes", "linear", "classes", {"out_features": 10}),
        Node("out", "output", "out"),
        Node("loss", "cross_entropy", "loss"),
        Node("aux", "cross_entropy", "aux", {"weight": 0.3}),
    ]
    wires = [
        ("image", "x", "flat", "x"),
        ("rows", "x", "pool", "x"),
        ("flat", "y", "both", "xs"),
        ("pool", "y", "both", "xs"),
        ("both", "y", "classes", "x"),
        ("flat", "y", "aside", "x"),
        ("classes", "y", "out", "x"),
        ("classes", "y", "loss", "prediction"),
        ("aside", "y", "aux", "prediction"),
    ]
    graph = Graph.of("Two eyes", nodes, [Edge(f"e{number}", *wire) for number, wire in enumerate(wires)])
    assert_repeats(tmp_path, compile_graph(graph), DataSpec("digits"), Recipe(epochs=1))


def with_inputs(graph: Graph, count: int) -> Graph:
    """Give a chain as many inputs as the data feeds, their values joined."""
    if count < 2:
        return graph
    (first,) = (node for node in graph.nodes.values() if node.type == "vector_input")
    (wire,) = graph.leaving(first.id)
    more = [replace(first, id=f"more{number}", name=f"more{number}") for number in range(1, count)]
    nodes = [*graph.nodes.values(), *more, Node("joined", "concat", "joined")]
    edges = [*graph.edges.values(), *(Edge(f"x{node.id}", node.id, "x", "joined", "xs") for node in (first, *more))]
    edges = [replace(edge, source="joined", source_port="y") if edge.id == wire.id else edge for edge in edges]
    return Graph.of(graph.name, nodes, edges)


_OPTIONS = {
    "first_token": {"length": 6, "num_classes": 3},
    "sum_of_two": {"length": 6, "vocabulary_size": 16},
    "blobs": {"num_classes": 5},
    "xor": {"num_examples": 40, "noise": 0.1},
    "shapes": {"num_examples": 12, "size": 16},
}


@pytest.mark.parametrize("name", [name for name in catalogue() if name != "csv"])
def test_every_data_set_is_made_alike(name: str) -> None:
    source, spec = catalogue()[name], DataSpec(name, _OPTIONS.get(name, {}), validation_fraction=0.3, split_seed=5)
    outputs = {"blobs": 5, "first_token": 3, "sum_of_two": 16}.get(name, source.num_classes or 1)
    loss = "mse" if source.task == "regression" or name == "breast_cancer" else "cross_entropy"
    if source.kind == "tokens":
        layers: tuple[Any, ...] = (("sequence_input", {"length": 6, "features": 16}), ("flatten", {}))
    else:
        layers = (("vector_input", {"features": int(np.prod(source.shape))}),)
    last = ("linear", {"out_features": outputs})
    if source.per_pixel:  # 16 pixels become 20, of which the middle 16 are predicted
        layers, last = (
            (("image_input", {"channels": 1, "height": 20, "width": 20}),),
            ("conv2d", {"out_channels": outputs, "kernel_size": 5}),
        )
    graph = chain(*layers, last, loss=loss)
    network = compile_graph(with_inputs(graph, len(source.input_names)))
    data = load_for(network, spec)
    space: dict[str, Any] = {"__name__": "script"}
    exec(training_script(network, spec, Recipe()), space)
    made = space["load_data"]()
    several = len(source.input_names) > 1
    x_train, x_val = (made[0], made[2]) if several else ((made[0],), (made[2],))
    assert len(x_train) == len(data.x_train) == len(x_val)
    pairs = zip((*data.x_train, data.y_train, *data.x_val, data.y_val), (*x_train, made[1], *x_val, made[3]), strict=True)
    for ours, theirs in pairs:
        assert ours.dtype == theirs.dtype and torch.equal(ours, theirs)
    assert made[4:] == ((data.target_scale,) if source.task == "regression" else ())


def test_a_users_words_stay_words() -> None:
    nasty = '"""; import os; os.system("x") #'
    graph = replace(chain(("vector_input", {"features": 2}), ("linear", {"out_features": 2})), name=nasty)
    table = f'"a\n{nasty.replace(chr(34), chr(39))}",b,kind\n' + "\n".join(f"{n},{n * n},{'yes' if n % 2 else 'no'}" for n in range(12))
    script = training_script(compile_graph(graph), DataSpec("csv", {"filename": nasty}), Recipe(), csv=table.encode())
    tree = ast.parse(script)
    for node in ast.walk(tree):  # what is left without docstrings is what runs
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    assert "os.system" in script and "system" not in ast.unparse(tree)


def test_phases_are_refused_with_what_can_be_done() -> None:
    with pytest.raises(UserError, match="cannot repeat the recipe's phases. Remove the phases, or export the network's source alone."):
        training_script(mlp(), DataSpec("iris"), Recipe(phases=(Phase("all"),)))


def test_data_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError):
        training_script(mlp(), DataSpec("wine"), Recipe())
