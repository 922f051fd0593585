"""Find the ready networks and turn them into graphs, with their settings checked."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import blocks.library
from blocks.library.template import Template
from blocks.problems import Problem, UserError
from engine.graph.document import Graph
from engine.graph.serialise import read_graph

FIRST_TEMPLATE = "lenet5"
"""What a first visit opens on."""

_ORDER = (
    "lenet5",
    "xor",
    "spirals",
    "sigmoid_mlp",
    "vgg_small",
    "resnet_small",
    "densenet_small",
    "lstm",
    "gru",
    "transformer",
    "siamese",
    "autoencoder",
    "code_reader",
)


@cache
def _modules() -> Mapping[str, Any]:
    names = [info.name for info in pkgutil.iter_modules(blocks.library.__path__)]
    modules = {name: importlib.import_module(f"blocks.library.{name}") for name in names}
    ready = {name: module for name, module in modules.items() if hasattr(module, "TEMPLATE")}
    return MappingProxyType(
        dict(sorted(ready.items(), key=lambda item: (_ORDER.index(item[0]) if item[0] in _ORDER else len(_ORDER), item[0])))
    )


def templates() -> Mapping[str, Template]:
    """Return every ready network by name, in the order of the Library."""
    return MappingProxyType({name: module.TEMPLATE for name, module in _modules().items()})


def settings_of(name: str) -> Mapping[str, tuple[int, int, int, str]]:
    """Return a template's settings by name: (default, smallest, largest, help), read from its docstring's `Args`.

    Raises:
        UserError: where there is no such template.
    """
    function = _function(name)
    described = dict(re.findall(r"^\s+(\w+): (.+)$", inspect.getdoc(function) or "", re.MULTILINE))
    found: dict[str, tuple[int, int, int, str]] = {}
    for setting, parameter in inspect.signature(function).parameters.items():
        bounds = re.search(r"(\d+) to (\d+)", described[setting])
        assert bounds, f"{name}: the help of {setting} must name its bounds"
        found[setting] = (parameter.default, int(bounds[1]), int(bounds[2]), described[setting])
    return MappingProxyType(found)


def template(name: str, settings: Mapping[str, str | int] | None = None) -> Graph:
    """Return the graph of a ready network.

    Raises:
        UserError: where there is no such template or setting, or a value is out of bounds.
    """
    known = settings_of(name)
    values: dict[str, int] = {}
    problems = []
    for setting, value in (settings or {}).items():
        if setting not in known:
            names = ", ".join(known) or "none"
            problems.append(
                Problem(
                    "unknown_setting",
                    f"{name} has no setting {setting!r}; its settings are: {names}.",
                    "Leave it out, or use one of these.",
                )
            )
            continue
        _, smallest, largest, _ = known[setting]
        number = int(value) if re.fullmatch(r"-?[0-9]{1,12}", str(value)) else None
        if number is None or not smallest <= number <= largest:
            message = f"{name}: {setting} must be a whole number from {smallest} to {largest}, got {str(value)[:40]!r}."
            problems.append(Problem("bad_setting", message, f"Set it to {known[setting][0]}.", parameter=setting))
        else:
            values[setting] = number
    if problems:
        raise UserError(*problems)
    return read_graph(_function(name)(**values))


def ready(name: str) -> Graph:
    """Return the graph of a ready network in the size that suits its data and trains in minutes.

    Raises:
        UserError: where there is no such template.
    """
    _function(name)
    return template(name, templates()[name].ready)


def _function(name: str) -> Callable[..., dict[str, Any]]:
    modules = _modules()
    if name not in modules:
        message = f"There is no ready network {name[:60]!r}; there are: {', '.join(modules)}."
        raise UserError(Problem("unknown_template", message, "Choose one of these.", received=name[:60]))
    function: Callable[..., dict[str, Any]] = modules[name].graph
    return function
