"""A compiled network: its source, and where each node of the graph is found in it."""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import nn

from engine.check import Report, title_of
from engine.graph.document import Graph, content_hash


@dataclass(frozen=True)
class Network:
    """Hold PyTorch source that was written from a graph. The module that is trained is this source, executed."""

    graph: Graph
    report: Report
    source: str
    """The whole file; runs alone with torch and nothing else."""
    class_name: str
    attributes: Mapping[str, str]
    """The dotted path of the module of each block that has one, by the block's path in the flat graph, in the order of the forward pass."""
    inputs: tuple[str, ...]
    """Input nodes in the order of forward's arguments."""
    output: str
    """The output node that shows the prediction: the first."""
    losses: tuple[str, ...]
    order: tuple[str, ...]
    """Nodes of the flat graph that take part, in the order of the forward pass."""
    several_outputs: bool = field(default=False)
    """Whether forward returns `Outputs`, with the prediction first, and not the prediction alone."""
    outputs: tuple[str, ...] = ()
    """Every output node, in order."""
    loss_names: Mapping[str, str] = field(default_factory=dict)
    """The key of each loss in what `losses` returns; empty where there is one loss."""

    @property
    def flat(self) -> Graph:
        """Return the graph with its composites written out; its nodes bear the paths that `attributes` and `order` speak of."""
        return self.graph if self.report.expanded is None else self.report.expanded.graph

    def title(self, path: str) -> str:
        """Return how a block of the flat graph is called in a sentence, with the composites on the way to it."""
        expanded = self.report.expanded
        if expanded is None or path not in expanded.origin:
            return title_of(self.graph.nodes[path]) if path in self.graph.nodes else path
        titles: list[str] = []
        for step in expanded.trail(path):
            place, id = expanded.origin[step]
            at = expanded.places[place]
            if titles and place != at.node:  # one of several copies
                titles[-1] += f" {int(at.values['copy']) + 1}"
            titles.append(title_of(expanded.body(place, self.graph).nodes[id], self.graph))
        return " › ".join(titles)

    def load(self) -> type[nn.Module]:
        """Execute the source and return its class.

        The source was written by us from checked literals and identifiers: no text of a user's is in it.
        """
        filename = f"<gradloom {content_hash(self.source)[:12]}>"
        linecache.cache[filename] = (len(self.source), None, self.source.splitlines(keepends=True), filename)
        # NamedTuple and dataclass machinery look their module up by name, so it gets a real one.
        space: dict[str, Any] = {"__name__": "gradloom_network", "__builtins__": __builtins__}
        exec(compile(self.source, filename, "exec"), space)  # noqa: S102
        return cast(type[nn.Module], space[self.class_name])

    def build(self, seed: int | None = None) -> nn.Module:
        """Return a new module; with a seed, its weights are those of `torch.manual_seed(seed); Class()`."""
        made = self.load()
        if seed is not None:
            torch.manual_seed(seed)
        return made()
