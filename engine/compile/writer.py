"""Write a graph as a person would write it: a class for the network and for each composite, loops for repeats, and the loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from blocks.problems import UserError
from blocks.tensors import TensorSpec
from engine.check import Report, check
from engine.compile.classes import Classes, Written, constructor_text
from engine.compile.layout import commented, wrapped
from engine.compile.level import Composite, Layer, Level, Levels, Value
from engine.compile.names import Names, class_name, identifier, plain_words
from engine.compile.network import Network
from engine.graph.bypass import flowing
from engine.graph.document import Graph
from engine.shapes import support_source


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


class _Writer:
    """Gather the pieces of one file and put them together."""

    def __init__(self, graph: Graph, report: Report) -> None:
        self.graph = graph
        self.report = report
        self.levels = Levels(graph, report)
        supports = self._support_names()
        self.class_name = _apart(class_name(graph.name), supports)
        self.top = self.levels.level("", (self.class_name.lower(),))
        self.classes = Classes(self.levels, graph, self.top, [*supports, self.class_name, "Outputs"])
        self.outputs = tuple(node.id for node in graph.nodes.values() if node.type == "output")
        self.result_names = self._result_names()

    def _support_names(self) -> set[str]:
        blocks = [node.block for node in self.levels.flat.nodes.values() if node.block is not None]
        return {support.__name__ for block in blocks for support in block.support}

    def _result_names(self) -> dict[Value, str]:
        """Return the name of each result where forward gives several: that of the output that shows it, or of the value itself."""
        if len(self.top.results) == 1:
            return {}
        shown = {self.top.source_of(id, "x"): id for id in reversed(self.outputs)}
        names: dict[Value, str] = {}
        for place, value in enumerate(self.top.results):
            if len(self.outputs) > 1 and value in shown:
                names[value] = Names(names.values()).give(identifier(self.graph.nodes[shown[value]].name, "output"))
            else:
                names[value] = "prediction" if place == 0 else self.top.values[value]
        return names

    def network(self) -> Network:
        bodies = [self._class(written) for written in self.classes.written]
        top = self._network_class()
        parts = [self._header("\n".join([*bodies, top, *self._support()])), *self._support()]
        if self.result_names:
            parts.append(self._outputs_class())
        parts += [*bodies, top]
        loss_ids = tuple(loss.id for loss in self.top.losses)
        return Network(
            graph=self.graph,
            report=self.report,
            source="\n\n\n".join(parts) + "\n",
            class_name=self.class_name,
            attributes=self._module_paths(),
            inputs=tuple(node.id for node in self.top.inputs),
            output=self.outputs[0],
            outputs=self.outputs,
            losses=loss_ids,
            loss_names={id: self.top.own[id] for id in loss_ids} if len(loss_ids) > 1 else {},
            order=self._order(),
            several_outputs=bool(self.result_names),
        )

    def _order(self) -> tuple[str, ...]:
        needed = {item.path for item in [*self.top.items, *self.top.losses]} | {
            self.levels.flat_id("", node.id) for node in self.top.inputs
        }
        needed |= {self.levels.flat_id("", id) for id in self.outputs}
        return tuple(path for path in self.levels.flat.order if path in needed or path.rpartition("/")[0])

    def _module_paths(self) -> dict[str, str]:
        """Return the dotted path of each block's module, by the block's path in the flat graph, in the order of the forward pass."""
        found: dict[str, str] = {}
        levels = {use.path: use for written in self.classes.written for use in written.uses}

        def visit(level: Level, prefix: str) -> None:
            for item in [*level.items, *level.losses]:
                if item.id not in level.attributes:
                    continue
                path = f"{prefix}{level.attributes[item.id]}"
                if isinstance(item, Layer):
                    found[item.path] = path
                    continue
                for number, copy in enumerate(item.copies):
                    visit(levels[copy], f"{path}.{number}." if item.in_a_row else f"{path}.")

        visit(self.top, "")
        order = {path: place for place, path in enumerate(self.levels.flat.order)}
        return dict(sorted(found.items(), key=lambda item: order[item[0]]))

    # The pieces of the file

    def _header(self, body: str) -> str:
        shapes = ", ".join(f"{self.top.own[node.id]} {self.top.input_specs[node.id]}" for node in self.top.inputs)
        lines = [
            f'"""{plain_words(self.graph.name)}, drawn in Gradloom: {shapes}.',
            "",
            "Runs alone with PyTorch. Dimensions: B batch, C channels, H height, W width, T time, D features.",
            '"""',
            "",
        ]
        standard = (["import math"] if "math." in body else []) + (["from typing import NamedTuple"] if self.result_names else [])
        lines += [*standard, ""] if standard else []
        lines += ["import torch"] if "torch." in body else []
        lines.append("from torch import Tensor, nn")
        lines += ["from torch.nn import functional as F"] if "F." in body else []
        return "\n".join(lines)

    def _support(self) -> list[str]:
        """Return the source of our own modules that are called, each once."""
        levels = [self.top, *(written.level for written in self.classes.written)]
        layers = [item for level in levels for item in [*level.items, *level.losses] if isinstance(item, Layer)]
        called = {layer.made.callee for layer in layers if layer.made is not None}
        supports = dict.fromkeys(support for layer in layers for support in layer.block.support)
        return [support_source(support).rstrip() for support in supports if support.__name__ in called]

    def _outputs_class(self) -> str:
        fields = [f"    {name}: Tensor  # {self._spec(value)}" for value, name in self.result_names.items()]
        what = "What the network predicts, and what its losses need besides."
        return "\n".join(["class Outputs(NamedTuple):", f'    """{what}"""', "", *fields])

    def _spec(self, value: Value) -> TensorSpec:
        id, port = value
        for item in self.top.items:
            if item.id == id:
                return item.specs[port]
        return self.top.input_specs[id]

    def _network_class(self) -> str:
        level = self.top
        arguments = ", ".join(f"{level.own[node.id]}: Tensor" for node in level.inputs)
        values = [level.values[value] for value in level.results]
        returned = f"return Outputs({', '.join(values)})" if self.result_names else f"return {values[0]}"
        return "\n".join(
            [
                f"class {self.class_name}(nn.Module):",
                f'    """{plain_words(self.graph.name)}: {self.report.num_parameters:,} parameters."""',
                "",
                "    def __init__(self) -> None:",
                "        super().__init__()",
                *_constructors(self.classes.top, last=self._memory_format()),
                "",
                *wrapped(f"    def forward(self, {arguments}) -> {'Outputs' if self.result_names else 'Tensor'}:"),
                *_statements(self.classes.top),
                *wrapped(f"        {returned}"),
                "",
                *self._losses(),
            ]
        )

    def _class(self, written: Written) -> str:
        """Write a composite."""
        level = written.level
        definition = level.definition
        assert definition is not None, f"{level.path} is a copy of a composite"
        arguments = ", ".join(f"{level.own[node.id]}: Tensor" for node in level.inputs)
        results = [level.values[value] for value in level.results]
        returned = [level.values[level.source_of(node.id, "x")] for node in definition.exits]
        kind = "Tensor" if len(returned) == 1 else f"tuple[{', '.join(['Tensor'] * len(returned))}]"
        assert results, f"{definition.name} gives something"
        constructors = _constructors(written)
        declared = ", ".join(["self", *written.symbols.annotated()])
        return "\n".join(
            [
                f"class {written.name}(nn.Module):",
                f'    """{plain_words(definition.name)}: {_ports(written)}."""',
                "",
                *wrapped(f"    def __init__({declared}) -> None:"),
                "        super().__init__()",
                *constructors,
                "",
                *wrapped(f"    def forward(self, {arguments}) -> {kind}:"),
                *_statements(written),
                *wrapped(f"        return {', '.join(returned)}"),
            ]
        )

    def _memory_format(self) -> list[str]:
        reports = self.levels.flat.nodes
        for path in self._module_paths():
            block = reports[path].block
            if (
                block is not None
                and block.category == "convolution"
                and any(spec.kind == "image" for spec in reports[path].outputs.values())
            ):
                # Measured on CPU: a training step of the library's image networks is 1.1 to 1.4 times as fast.
                return ["        self.to(memory_format=torch.channels_last)  # convolutions run faster in this order"]
        return []

    def _losses(self) -> list[str]:
        """Write the sum of all losses, each times its weight; where there are several, each alone as well."""
        level = self.top
        if self.result_names:
            places = {value: f"outputs.{name}" for value, name in self.result_names.items()}
            taken = "outputs: Outputs"
        else:
            places = {level.results[0]: "prediction"}
            taken = "prediction: Tensor"
        terms: dict[str, str] = {}
        body: list[str] = []
        for loss in level.losses:
            name = level.own[loss.id]
            names: dict[str, str | list[str]] = {"target": "target", "loss": name}
            names |= {edge.target_port: places[edge.source, edge.source_port] for edge in self.graph.arriving(loss.id)}
            body.append(loss.statement(names, f"self.{level.modules.get(loss.id, '')}"))
            weight = float(getattr(loss.block, "weight", 1.0))
            terms[name] = name if weight == 1.0 else f"{weight!r} * {name}"
        if len(terms) == 1:
            return [f"    def loss(self, {taken}, target: Tensor) -> Tensor:", *_single_loss(body[0], *terms.items())]
        argument = taken.split(":")[0]
        return [
            f"    def losses(self, {taken}, target: Tensor) -> dict[str, Tensor]:",
            '        """Return each loss, times its weight."""',
            *(piece for text in body for line in text.splitlines() for piece in wrapped(f"        {line}")),
            *_dictionary(terms),
            "",
            f"    def loss(self, {taken}, target: Tensor) -> Tensor:",
            f"        losses = self.losses({argument}, target)",
            *wrapped("        return " + " + ".join(f'losses["{name}"]' for name in terms)),
        ]


def _dictionary(terms: Mapping[str, str]) -> list[str]:
    inner = ", ".join(f'"{name}": {term}' for name, term in terms.items())
    line = f"        return {{{inner}}}"
    if len(line) <= 120:
        return [line]
    return ["        return {", *(f'            "{name}": {term},' for name, term in terms.items()), "        }"]


def _single_loss(written: str, named: tuple[str, str]) -> list[str]:
    name, term = named
    start = f"{name} = "
    if written.startswith(start) and "\n" not in written:
        return wrapped(f"        return {term.removesuffix(name)}{written.removeprefix(start)}")
    return [*(piece for line in written.splitlines() for piece in wrapped(f"        {line}")), *wrapped(f"        return {term}")]


def _constructors(written: Written, last: Sequence[str] = ()) -> list[str]:
    """Write the modules of a class, then how their weights begin and which they share."""
    level = written.level
    lines: list[str] = []
    for item in [*level.items, *level.losses]:
        text = constructor_text(written, item)
        if text is not None:
            lines += wrapped(f"        self.{level.attributes[item.id]} = {text}")
    for id, other in level.ties.items():
        lines.append(f"        self.{level.modules[id]}.weight = self.{level.modules[other]}.weight")
    lines += last
    return lines + [f"        {line}" for begun in level.beginnings.values() for line in begun]


def _statements(written: Written) -> list[str]:
    """Write the forward pass, with the shape of what each statement gives."""
    level = written.level
    items = [{item.id: item for item in use.items} for use in written.uses]
    lines: list[str] = []
    for item in level.items:
        text = level.written(item)
        left, _, right = text.partition(" = ")
        if left == right:
            continue
        ports = [port for port in item.outputs if (item.id, port) in level.values]
        shapes = ", ".join(written.symbols.shape([use[item.id].specs[port] for use in items]) for port in ports)
        lines += [f"        {line}" for line in commented(text, f"  # {shapes}" if shapes else "")]
    return lines


def _ports(written: Written) -> str:
    """Say which shapes a composite takes and gives, for its docstring."""
    level = written.level
    definition = level.definition
    assert definition is not None, f"{level.path} is a copy of a composite"
    shape = written.symbols.shape
    entering = [f"{level.own[node.id]} {shape([use.input_specs[node.id] for use in written.uses])}" for node in level.inputs]
    leaving = []
    for node in definition.exits:
        id, port = level.source_of(node.id, "x")
        leaving.append(shape([_spec_of(use, id, port) for use in written.uses]))
    return f"{', '.join(entering)} -> {', '.join(leaving)}"


def _spec_of(level: Level, id: str, port: str) -> TensorSpec:
    found = next((item for item in level.items if item.id == id), None)
    return found.specs[port] if isinstance(found, (Layer, Composite)) else level.input_specs[id]


def _apart(name: str, taken: set[str]) -> str:
    return f"{name}Network" if name in taken else name
