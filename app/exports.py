"""Make any of the forms in which a network leaves Gradloom, for the pages and for the command: when it is asked for, and not before."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blocks.problems import Problem, UserError
from engine.graph.document import Graph

if TYPE_CHECKING:
    from torch import nn

    from engine.compile import Network
    from engine.data import DataSpec
    from engine.store import Store
    from engine.train.events import WeightsKind
    from engine.train.recipe import Recipe


@dataclass(frozen=True)
class Form:
    """Describe one form."""

    name: str
    title: str
    ending: str
    mime: str
    help: str
    is_text: bool = True


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form("json", "JSON", ".json", "application/json", "The drawing itself: Gradloom opens it again."),
        Form("python", "Python", ".py", "text/x-python", "The network as PyTorch source, the very source that is trained."),
        Form(
            "script", "Training script", "_train.py", "text/x-python", "Network, data and training loop in one file, with the same losses."
        ),
        Form(
            "onnx", "ONNX", ".onnx", "application/octet-stream", "For runtimes other than PyTorch, any number of examples at a time.", False
        ),
        Form(
            "safetensors", "Weights", ".safetensors", "application/octet-stream", "The weights, for load_state_dict of the source.", False
        ),
        Form("svg", "Picture", ".svg", "image/svg+xml", "The network as it is drawn, light or dark as who looks at it."),
    )
}


@dataclass(frozen=True)
class Subject:
    """Hold what is exported: a network, on what and how it is trained, and what a run has left of it."""

    graph: Graph
    recipe: Recipe | None = None
    data: DataSpec | None = None
    csv: bytes | None = None
    weights: bytes | None = None
    """A run's safetensors file; without one, ONNX and weights are as training begins with the recipe's seed."""
    theme: str = "auto"


def made(form: str, subject: Subject) -> bytes:
    """Return the file.

    Raises:
        UserError: where the network has problems, its data does not fit, or this form cannot say what it is made of.
    """
    return _MAKERS[form](subject)


def of_run(store: Store, run_id: str, weights: WeightsKind | None = None, theme: str = "auto") -> Subject:
    """Return what a run pinned, with the weights that it left where they are asked for.

    Raises:
        UserError: where there is no such run, or it has left no weights.
    """
    from engine.data import DataSpec
    from engine.train.recipe import Recipe

    run = store.run(run_id)
    recipe, data = Recipe.from_json(dict(run.recipe)), DataSpec.from_json(dict(run.data))
    upload = data.options.get("upload")
    csv = store.upload(str(upload)) if upload else None
    return Subject(run.graph, recipe, data, csv, None if weights is None else store.weights_file(run_id, weights), theme)


def graph_text(graph: Graph) -> str:
    """Return a network as the JSON that every part of Gradloom reads."""
    return json.dumps(graph.to_json(), indent=2, ensure_ascii=False) + "\n"


def _network(subject: Subject) -> Network:
    from engine.compile import compile_graph

    return compile_graph(subject.graph)


def _script(subject: Subject) -> bytes:
    from engine.export import training_script

    if subject.data is None or subject.recipe is None:
        raise UserError(Problem("usage", "A training script needs data and a recipe.", "Choose the data to train on."))
    return training_script(_network(subject), subject.data, subject.recipe, csv=subject.csv).encode()


def _module(subject: Subject, network: Network) -> nn.Module:
    from engine.export import seeded, with_weights

    if subject.weights is not None:
        return with_weights(network, subject.weights)
    return seeded(network, 0 if subject.recipe is None else subject.recipe.seed)


def _onnx(subject: Subject) -> bytes:
    from engine.export import onnx_model

    network = _network(subject)
    return onnx_model(network, _module(subject, network))


def _safetensors(subject: Subject) -> bytes:
    from engine.export import weights_of

    return subject.weights or weights_of(_module(subject, _network(subject)))


def _svg(subject: Subject) -> bytes:
    from app import theme
    from engine.check import check
    from engine.export import picture

    themes = {"auto": (theme.LIGHT, theme.DARK), "light": (theme.LIGHT,), "dark": (theme.DARK,)}
    return picture(subject.graph, check(subject.graph), *themes[subject.theme]).encode()


_MAKERS: Mapping[str, Callable[[Subject], bytes]] = {
    "json": lambda subject: graph_text(subject.graph).encode(),
    "python": lambda subject: _network(subject).source.encode(),
    "script": _script,
    "onnx": _onnx,
    "safetensors": _safetensors,
    "svg": _svg,
}
