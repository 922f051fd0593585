"""Write a graph as a person would write it: one class, its blocks as attributes, a forward pass, and the loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from blocks.problems import UserError
from blocks.spec import Block, Call
from blocks.tensors import Inputs, TensorSpec
from engine.check import NodeReport, Report, check
from engine.compile.names import Names, class_name, identifier, plain_words
from engine.compile.network import Network
from engine.graph.bypass import flowing
from engine.graph.document import Edge, Graph
from engine.shapes import statement, support_source, with_own_target

LINE_LENGTH = 120
Place = tuple[str, str]
"""A node's output: (node id, port)."""


def compile_graph(graph: Graph, report: Report | None = None) -> Network:
    """Write the PyTorch source of a graph.

    The same graph gives the same text, byte for byte. Left out are notes, bypassed blocks, and blocks that lead neither to the output nor
    to a loss.

    Raises:
        UserError: with all problems, where the graph has any that stands in the way.
    """
    report = check(graph) if report is None else report
    errors = [problem for problem in report.problems if problem.severity == "error"]
    if errors:
        raise UserError(*errors)
    return _Writer(flowing(graph).graph, report).network()


@dataclass(frozen=True)
class _Step:
    """Hold one node on its way into the source."""

    id: str
    block: Block
    inputs: Inputs
    made: Call | None
    report: NodeReport


class _Writer:
    """Gather the pieces of one file and put them together."""

    def __init__(self, graph: Graph, report: Report) -> None:
        self.graph = graph
        self.class_name = class_name(graph.name)
        self.report = report
        needed = _needed(graph, report)
        self.order = tuple(id for id in report.order if id in needed)
        self.steps = {id: self._step(id) for id in self.order}
        self.inputs = tuple(id for id in graph.nodes if id in self.steps and self.steps[id].block.role == "input")
        (self.output,) = (id for id in self.order if self.steps[id].block.role == "output")
        self.losses = tuple(id for id in graph.nodes if id in self.steps and self.steps[id].block.role == "loss")
        self.layers = tuple(id for id in self.order if self.steps[id].block.role == "layer")
        self.class_name = _apart(self.class_name, {support.__name__ for step in self.steps.values() for support in step.block.support})
        self._name()

    def _step(self, id: str) -> _Step:
        node = self.report.nodes[id]
        assert node.block is not None, f"{id} passed the check without a block"
        inputs = with_own_target(node.block, Inputs(dict(node.wires)))
        made = None if node.block.role in ("input", "output") else node.block.module(inputs)
        return _Step(id, node.block, inputs, made, node)

    def _name(self) -> None:
        """Give every module an attribute, and every value a variable: `x` along a chain, the node's own name where it is used later."""
        names = Names({self.class_name.lower()})
        own = {
            id: names.give(identifier(self.graph.nodes[id].name, self.graph.nodes[id].type))
            for id in [*self.inputs, *self.layers, *self.losses]
        }
        self.attributes: dict[str, str] = {}
        self.modules: dict[str, str] = {}
        for id in [*self.layers, *self.losses]:
            if self.steps[id].made is not None:
                # The first of those that share weights, in the order of the forward pass, lends its name.
                first = self.modules.setdefault(self.graph.nodes[id].shares_weights_with or id, own[id])
                self.modules[id] = first
                if first == own[id]:
                    self.attributes[id] = first
        self.values: dict[Place, str] = {(id, self._port(id)): own[id] for id in self.inputs}
        prediction = self._source(self.output, "x")
        extra = {place for _, place in self._loss_places()} - {prediction}
        for position, id in enumerate(self.layers):
            for port in self.steps[id].block.outputs:
                uses = [edge for edge in self.graph.leaving(id, port.name) if edge.target in self.steps]
                if not uses:
                    continue
                single = len(self.steps[id].block.outputs) == 1 or port is self.steps[id].block.outputs[0]
                following = self.layers[position + 1] if position + 1 < len(self.layers) else self.output
                ends = {edge.target for edge in uses if edge.target not in self.losses}
                last = (id, port.name) != prediction or following == self.output
                chained = single and ends <= {following} and last and (id, port.name) not in extra
                suffix = "" if len(self.steps[id].block.outputs) == 1 else f"_{port.name}"
                self.values[id, port.name] = "x" if chained else own[id] if not suffix else names.give(f"{own[id]}{suffix}")
        self.own = own

    def _port(self, id: str) -> str:
        return self.steps[id].block.outputs[0].name

    def _source(self, id: str, port: str) -> Place:
        (edge,) = self.graph.arriving(id, port)
        return edge.source, edge.source_port

    def _loss_places(self) -> list[tuple[str, Place]]:
        """Return (port, place) of everything the losses read, without what the data set brings."""
        return [(edge.target_port, (edge.source, edge.source_port)) for id in self.losses for edge in self.graph.arriving(id)]

    def network(self) -> Network:
        extra = self._extra_results()
        parts = [self._header(bool(extra)), *self._support()]
        if extra:
            parts.append(self._outputs_class(extra))
        parts.append(self._class(extra))
        return Network(
            graph=self.graph,
            report=self.report,
            source="\n\n\n".join(parts) + "\n",
            class_name=self.class_name,
            attributes={id: self.attributes[id] for id in self.order if id in self.attributes},
            inputs=self.inputs,
            output=self.output,
            losses=self.losses,
            order=self.order,
            several_outputs=bool(extra),
        )

    def _extra_results(self) -> dict[Place, str]:
        """Return what the losses read besides the prediction, with a name for each, in order."""
        prediction = self._source(self.output, "x")
        places = dict.fromkeys(place for _, place in self._loss_places() if place != prediction)
        return {place: self.values[place] for place in places}

    # The pieces of the file

    def _header(self, several: bool) -> str:
        shapes = ", ".join(f"{self.own[id]} {self._spec(id, self._port(id))}" for id in self.inputs)
        body = "\n".join([*self._support(), self._class(self._extra_results())])
        lines = [
            f'"""{plain_words(self.graph.name)}, drawn in Gradloom: {shapes}.',
            "",
            "Runs alone with PyTorch. Dimensions: B batch, C channels, H height, W width, T time, D features.",
            '"""',
            "",
        ]
        standard = (["import math"] if "math." in body else []) + (["from typing import NamedTuple"] if several else [])
        lines += [*standard, ""] if standard else []
        lines += ["import torch"] if "torch." in body else []
        lines.append("from torch import Tensor, nn")
        lines += ["from torch.nn import functional as F"] if "F." in body else []
        return "\n".join(lines)

    def _support(self) -> list[str]:
        """Return the source of our own modules that are called, each once."""
        called = {made.callee for step in self.steps.values() if (made := step.made) is not None}
        supports = dict.fromkeys(support for id in self.order for support in self.steps[id].block.support)
        return [support_source(support).rstrip() for support in supports if support.__name__ in called]

    def _outputs_class(self, extra: Mapping[Place, str]) -> str:
        fields = [
            f"    {name}: Tensor  # {self._spec(*place)}" for place, name in {self._source(self.output, "x"): "prediction", **extra}.items()
        ]
        return "\n".join(
            ["class Outputs(NamedTuple):", '    """What the network predicts, and what its losses need besides."""', "", *fields]
        )

    def _class(self, extra: Mapping[Place, str]) -> str:
        parameters = f"{self.report.num_parameters:,} parameters."
        return "\n".join(
            [
                f"class {self.class_name}(nn.Module):",
                f'    """{plain_words(self.graph.name)}: {parameters}"""',
                "",
                "    def __init__(self) -> None:",
                "        super().__init__()",
                *self._constructors(),
                "",
                *self._forward(extra),
                "",
                *self._loss(extra),
            ]
        )

    def _constructors(self) -> list[str]:
        lines = []
        for id, attribute in self.attributes.items():
            made = self.steps[id].made
            assert made is not None
            lines += _wrapped(f"        self.{attribute} = {made.source()}")
        if any(self._filters_images(id) for id in self.attributes):
            # Measured on CPU: a training step of the library's image networks is 1.1 to 1.4 times as fast.
            lines.append("        self.to(memory_format=torch.channels_last)  # convolutions run faster in this order")
        return lines

    def _filters_images(self, id: str) -> bool:
        step = self.steps[id]
        return step.block.category == "convolution" and any(spec.kind == "image" for spec in step.report.outputs.values())

    def _forward(self, extra: Mapping[Place, str]) -> list[str]:
        arguments = ", ".join(f"{self.own[id]}: Tensor" for id in self.inputs)
        prediction = self.values[self._source(self.output, "x")]
        lines = _wrapped(f"    def forward(self, {arguments}) -> {'Outputs' if extra else 'Tensor'}:")
        for id in self.layers:
            step = self.steps[id]
            names: dict[str, str | list[str]] = self._arguments(id)
            names |= {port.name: self.values[id, port.name] for port in step.block.outputs if (id, port.name) in self.values}
            written = statement(step.block, step.inputs, names, f"self.{self.modules.get(id, '')}")
            if written.replace(" ", "") in {f"{value}={value}" for value in names.values() if isinstance(value, str)}:
                continue
            shapes = ", ".join(str(self._spec(id, port.name)) for port in step.block.outputs if (id, port.name) in self.values)
            comment = f"  # {shapes}" if shapes else ""
            lines += [f"        {line}" for line in _commented(written, comment)]
        if not extra:
            return [*lines, f"        return {prediction}"]
        return [*lines, *_wrapped(f"        return Outputs({', '.join([prediction, *(self.values[place] for place in extra)])})")]

    def _loss(self, extra: Mapping[Place, str]) -> list[str]:
        """Write the sum of all losses, each times its weight."""
        prediction = self._source(self.output, "x")
        if extra:
            places = {prediction: "outputs.prediction", **{place: f"outputs.{name}" for place, name in extra.items()}}
            lines = ["    def loss(self, outputs: Outputs, target: Tensor) -> Tensor:"]
        else:
            places = {prediction: "prediction"}
            lines = ["    def loss(self, prediction: Tensor, target: Tensor) -> Tensor:"]
        terms, body = [], []
        for id in self.losses:
            step = self.steps[id]
            names: dict[str, str | list[str]] = {"target": "target", "loss": self.own[id]}
            names |= {edge.target_port: places[edge.source, edge.source_port] for edge in self.graph.arriving(id)}
            body.append(statement(step.block, step.inputs, names, f"self.{self.modules.get(id, '')}"))
            weight = float(getattr(step.block, "weight", 1.0))
            terms.append(self.own[id] if weight == 1.0 else f"{weight!r} * {self.own[id]}")
        start = f"{self.own[self.losses[0]]} = "
        if len(body) == 1 and body[0].startswith(start) and "\n" not in body[0]:
            scale = terms[0].removesuffix(self.own[self.losses[0]])
            return [*lines, *_wrapped(f"        return {scale}{body[0].removeprefix(start)}")]
        return [
            *lines,
            *(f"        {line}" for text in body for line in text.splitlines()),
            *_wrapped(f"        return {' + '.join(terms)}"),
        ]

    def _arguments(self, id: str) -> dict[str, str | list[str]]:
        arguments: dict[str, str | list[str]] = {}
        for port in self.steps[id].block.inputs:
            wires: list[Edge] = self.graph.arriving(id, port.name)
            values = [self.values[edge.source, edge.source_port] for edge in wires]
            if values:
                arguments[port.name] = values if port.many else values[0]
        return arguments

    def _spec(self, id: str, port: str) -> TensorSpec:
        return self.report.nodes[id].outputs[port]


def _needed(graph: Graph, report: Report) -> set[str]:
    """Return the nodes that lead to the output or to a loss."""
    needed = {id for id, node in report.nodes.items() if node.block is not None and node.block.role in ("loss", "output")}
    stack = list(needed)
    while stack:
        for edge in graph.arriving(stack.pop()):
            if edge.source not in needed:
                needed.add(edge.source)
                stack.append(edge.source)
    return needed


def _apart(name: str, taken: set[str]) -> str:
    return f"{name}Network" if name in taken else name


def _commented(written: str, comment: str) -> list[str]:
    lines = written.splitlines()
    if len(lines) == 1 and len(lines[0]) + len(comment) + 8 <= LINE_LENGTH:
        return [lines[0] + comment]
    return ([comment.strip()] if comment else []) + [piece[8:] for line in lines for piece in _wrapped(f"        {line}")]


def _wrapped(line: str) -> list[str]:
    """Break a long call the way a formatter does: its arguments on a line of their own."""
    if len(line) <= LINE_LENGTH:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    opening = line.index("(")
    closing = line.rindex(")")
    return [line[: opening + 1], f"{indent}    {line[opening + 1 : closing]}", f"{indent}{line[closing:]}"]
