"""One level of a network on its way into the source: its layers in order, the attribute of each, and the variable of each value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from blocks.spec import Block, Call
from blocks.tensors import Inputs, TensorSpec
from engine.check import NodeReport, Report
from engine.compile.initialise import initialisation_lines, parameter_shapes
from engine.compile.names import Names, identifier
from engine.composites.expand import Expanded, join
from engine.graph.document import REPEAT, Definition, Graph, Node, port_of
from engine.graph.order import topological_order
from engine.shapes import statement, with_own_target

Value = tuple[str, str]
"""A node's output: (node id, port)."""


@dataclass(frozen=True)
class Layer:
    """A block on its way into the source."""

    id: str
    path: str
    block: Block
    inputs: Inputs
    made: Call | None
    outputs: tuple[str, ...]
    specs: Mapping[str, TensorSpec]

    def statement(self, names: Mapping[str, str | list[str]], module: str) -> str:
        """Write the forward statement."""
        return statement(self.block, self.inputs, names, module)


@dataclass(frozen=True)
class Composite:
    """A composite on its way into the source."""

    id: str
    path: str
    definition: Definition
    copies: tuple[str, ...]
    in_a_row: bool
    """Whether it is written as copies in a container."""
    outputs: tuple[str, ...]
    specs: Mapping[str, TensorSpec]

    @property
    def is_sequence(self) -> bool:
        """Return whether `nn.Sequential` does for the copies: one value in, one out."""
        return len(self.definition.entries) == 1 and len(self.definition.exits) == 1

    def statement(self, names: Mapping[str, str | list[str]], module: str) -> str:
        """Write the forward statement: a call, or a loop over the copies."""
        entering = [str(names[port_of(node)]) for node in self.definition.entries]
        leaving = [str(names.get(port, "_")) for port in self.outputs]
        if not self.in_a_row or self.is_sequence:
            return f"{', '.join(leaving)} = {module}({', '.join(entering)})"
        carried = min(len(leaving), len(entering))
        changed = [(name, value) for name, value in zip(leaving, entering, strict=False) if name != value]
        start = [f"{', '.join(name for name, _ in changed)} = {', '.join(value for _, value in changed)}"] if changed else []
        arguments = [*leaving[:carried], *entering[carried:]]
        return "\n".join([*start, f"for block in {module}:", f"    {', '.join(leaving)} = block({', '.join(arguments)})"])


Item = Layer | Composite


@dataclass
class Level:
    """What is written as one class: the network itself, or one copy of a composite."""

    path: str
    definition: Definition | None
    body: Graph
    inputs: tuple[Node, ...]
    """Input blocks, or entries: the arguments of forward."""
    items: tuple[Item, ...]
    losses: tuple[Layer, ...]
    results: tuple[Value, ...]
    """What forward returns, in order."""
    modules: dict[str, str] = field(default_factory=dict)
    """The attribute that each node uses; nodes that share weights use the same."""
    attributes: dict[str, str] = field(default_factory=dict)
    """The attribute of each node that owns one, in order."""
    ties: dict[str, str] = field(default_factory=dict)
    """Nodes that have a module of their own but the weight of another node's."""
    values: dict[Value, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    """The name of each node as an identifier."""
    input_specs: dict[str, TensorSpec] = field(default_factory=dict)
    beginnings: dict[str, list[str]] = field(default_factory=dict)
    """The lines that initialise a node's weights, with its attribute's name."""

    def source_of(self, id: str, port: str) -> Value:
        """Return what arrives at a port with one wire."""
        (edge,) = self.body.arriving(id, port)
        return edge.source, edge.source_port

    def arguments(self, item: Item) -> dict[str, str | list[str]]:
        """Return the variables that arrive at each port of a node."""
        ports = [(port.name, port.many) for port in item.block.inputs] if isinstance(item, Layer) else []
        if isinstance(item, Composite):
            ports = [(port_of(node), False) for node in item.definition.entries]
        found: dict[str, str | list[str]] = {}
        for port, many in ports:
            names = [self.values[edge.source, edge.source_port] for edge in self.body.arriving(item.id, port)]
            if names:
                found[port] = names if many else names[0]
        return found

    def written(self, item: Item) -> str:
        """Return the forward statement of a node with its variables."""
        names = self.arguments(item)
        names |= {port: self.values[item.id, port] for port in item.outputs if (item.id, port) in self.values}
        return item.statement(names, f"self.{self.modules.get(item.id, '')}")


class Levels:
    """Read levels out of a checked graph, and name what is in them."""

    def __init__(self, graph: Graph, report: Report) -> None:
        self.graph = graph
        self.expanded: Expanded | None = report.expanded
        self.flat = report if report.flat is None else report.flat

    def level(self, path: str, class_names: Sequence[str] = ()) -> Level:
        """Return the level at a place ("" is the network itself); its identifiers keep clear of `class_names`."""
        place = self.expanded.places[path] if self.expanded is not None else None
        definition = None if place is None else place.definition
        body = self.graph if self.expanded is None else self.expanded.body(path, self.graph)
        needed = _needed(body, definition, self.flat)
        items: list[Item] = []
        losses: list[Layer] = []
        for id in topological_order(body)[0]:
            node = body.nodes[id]
            if id not in needed or node.type in ("entry", "exit"):
                continue
            item = self._item(path, node, body)
            if isinstance(item, Layer) and item.block.role == "loss":
                losses.append(item)
            elif isinstance(item, Composite) or item.block.role == "layer":
                items.append(item)
        inputs = tuple(node for node in body.nodes.values() if node.type == "entry") if definition else self._input_nodes(body, needed)
        order = {id: place for place, id in enumerate(body.nodes)}
        losses.sort(key=lambda loss: order[loss.id])
        level = Level(path, definition, body, inputs, tuple(items), tuple(losses), _results(body, definition, losses))
        for node in inputs:
            spec = self._report(path, node.id).outputs
            level.input_specs[node.id] = next(iter(spec.values()))
        _name(level, class_names)
        self._begin(level)
        return level

    def _input_nodes(self, body: Graph, needed: set[str]) -> tuple[Node, ...]:
        blocks = {id: self.flat.nodes[self.flat_id("", id)].block for id in needed if self.flat_id("", id) in self.flat.nodes}
        return tuple(node for node in body.nodes.values() if (block := blocks.get(node.id)) is not None and block.role == "input")

    def flat_id(self, path: str, id: str) -> str:
        """Return a node's id in the flat graph."""
        return join(path, id) if self.expanded is not None else id

    def _report(self, path: str, id: str) -> NodeReport:
        return self.flat.nodes[self.flat_id(path, id)]

    def _item(self, path: str, node: Node, body: Graph) -> Item:
        at = self.flat_id(path, node.id)
        if self.expanded is not None and (copies := self.expanded.copies.get(at)) is not None:
            definition = self.expanded.places[copies[-1]].definition
            assert definition is not None, f"{at} is a composite"
            specs = {port_of(exit): self.flat.nodes[join(copies[-1], exit.id)].outputs["y"] for exit in definition.exits}
            return Composite(node.id, at, definition, tuple(copies), REPEAT in node.parameters, tuple(specs), specs)
        report = self.flat.nodes[at]
        assert report.block is not None, f"{at} passed the check without a block"
        unused = [port.name for port in report.block.outputs if not body.leaving(node.id, port.name)]
        inputs = with_own_target(report.block, Inputs(dict(report.wires), unused))
        made = report.block.module(inputs) if report.block.role in ("layer", "loss") else None
        return Layer(node.id, at, report.block, inputs, made, tuple(port.name for port in report.block.outputs), report.outputs)

    def _begin(self, level: Level) -> None:
        """Find the lines that initialise weights."""
        flat = self.graph if self.expanded is None else self.expanded.graph
        for item in level.items:
            if isinstance(item, Layer) and item.id in level.attributes and (mark := flat.nodes[item.path].initialisation) != "default":
                attribute = f"self.{level.attributes[item.id]}"
                level.beginnings[item.id] = initialisation_lines(attribute, mark, parameter_shapes(item.block, item.inputs))


def _needed(body: Graph, definition: Definition | None, flat: Report) -> set[str]:
    """Return the nodes that lead to a result or a loss."""
    if definition is not None:
        ends = {node.id for node in definition.exits} | {node.id for node in definition.entries}
    else:
        ends = {
            id
            for id, report in flat.nodes.items()
            if id in body.nodes and report.block is not None and report.block.role in ("loss", "output")
        }
    needed, stack = set(ends), list(ends)
    while stack:
        for edge in body.arriving(stack.pop()):
            if edge.source not in needed and edge.source in body.nodes:
                needed.add(edge.source)
                stack.append(edge.source)
    return needed


def _results(body: Graph, definition: Definition | None, losses: Sequence[Layer]) -> tuple[Value, ...]:
    """Return what forward gives: what the outputs (or exits) show, then what losses read besides."""
    ends = definition.exits if definition is not None else [node for node in body.nodes.values() if node.type == "output"]
    shown = [(edge.source, edge.source_port) for node in ends for edge in body.arriving(node.id, "x")]
    if definition is not None:
        return tuple(shown)
    read = [(edge.source, edge.source_port) for loss in losses for edge in body.arriving(loss.id)]
    return tuple(dict.fromkeys([*shown, *read]))


def _name(level: Level, class_names: Sequence[str]) -> None:
    """Give every module an attribute, and every value a variable: `x` along a chain, the node's own name where it is used later."""
    names = Names(class_names)
    body = level.body
    items = {item.id: item for item in level.items}
    wanted = {
        id: identifier(body.nodes[id].name, body.nodes[id].type.removeprefix("@")) for id in [*items, *(loss.id for loss in level.losses)]
    }
    for node in level.inputs:
        level.own[node.id] = _argument_name(level, node, names)
    for id, name in wanted.items():
        level.own[id] = names.give(name)
    for item in [*level.items, *level.losses]:
        if isinstance(item, Composite) or item.made is not None:
            _give_attribute(level, item)
    for node in level.inputs:
        level.values[node.id, _input_port(level, node)] = level.own[node.id]
    for position, item in enumerate(level.items):
        following = level.items[position + 1].id if position + 1 < len(level.items) else None
        for port in item.outputs:
            variable = _variable(level, item, port, following, names)
            if variable is not None:
                level.values[item.id, port] = variable


def _give_attribute(level: Level, item: Item) -> None:
    node = level.body.nodes[item.id]
    owner = node.shares_weights_with
    if owner is not None and isinstance(item, Layer):
        other = level.body.nodes.get(owner)
        if other is not None and other.type != node.type:  # an Embedding and a Linear: two modules, one weight
            level.ties[item.id] = owner
            owner = None
    # The first of those that share, in the order of the forward pass, lends its name.
    first = level.modules.setdefault(owner or item.id, level.own[item.id])
    level.modules[item.id] = first
    if first == level.own[item.id]:
        level.attributes[item.id] = first


def _argument_name(level: Level, node: Node, names: Names) -> str:
    """Return the name of an argument of forward: `x` where it only enters the first layer."""
    if level.definition is None:
        return names.give(identifier(node.name, node.type))
    wanted = identifier(port_of(node), "inputs")
    uses = [edge.target for edge in level.body.leaving(node.id)]
    if len(level.inputs) == 1 and level.items and set(uses) == {level.items[0].id}:
        return "x"
    return names.give("inputs" if wanted == "x" else wanted)


def _input_port(level: Level, node: Node) -> str:
    return "y" if level.definition is not None else "x"


def _variable(level: Level, item: Item, port: str, following: str | None, names: Names) -> str | None:
    """Return the variable of one output, None where nobody uses it."""
    value = (item.id, port)
    loss_ids = {loss.id for loss in level.losses}
    present = {other.id for other in level.items}
    uses = {edge.target for edge in level.body.leaving(item.id, port)}
    needed = uses & (present | loss_ids)
    if not needed and value not in level.results:
        return None
    alone = value in level.results and level.results == (value,)
    chained = port == item.outputs[0] and (uses & present) <= {following}
    if value in level.results:
        chained = chained and alone and following is None
    if chained:
        return "x"
    return (
        level.own[item.id]
        if len(item.outputs) == 1
        else names.give(f"{level.own[item.id]}_{port}" if port.isidentifier() else level.own[item.id])
    )
