"""Check a graph: every problem at once, each with its node and its fix, and the shapes, counts and order of what is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from blocks.problems import Problem, UserError
from blocks.registry import block_class
from blocks.spec import Block, Port
from blocks.tensors import KINDS, Inputs, TensorSpec
from blocks.validation import build
from engine.graph.bypass import Flow, cannot_pass, flowing
from engine.graph.document import Edge, Graph, Node
from engine.graph.order import cycles, topological_order
from engine.shapes import BYTES_PER_FLOAT, Wires, flops, infer

MOST_PARAMETERS = 20_000_000_000
"""More than this is a slip of the finger: it would need 80 GB for the weights alone."""

MOST_KINDS_NAMED = 3
"""A sentence with more kinds than this helps nobody."""

COPIES_IN_TRAINING = 4
"""Weights, gradients and the two moments of Adam."""


@dataclass(frozen=True)
class NodeReport:
    """Hold what is known of one node: the tensor at each output port, its counts, and what is wrong with it."""

    outputs: Mapping[str, TensorSpec] = field(default_factory=dict)
    num_parameters: int = 0
    activation_bytes: int = 0
    """Bytes of its outputs for one example."""
    problems: tuple[Problem, ...] = ()
    block: Block | None = None
    wires: Wires = ()


@dataclass(frozen=True)
class Report:
    """Hold the outcome of a check. `ok` means that the graph can be compiled and trained; warnings do not count against it."""

    problems: tuple[Problem, ...]
    nodes: Mapping[str, NodeReport]
    order: tuple[str, ...]
    """Every node that is not part of a cycle, each after what feeds it."""

    @property
    def ok(self) -> bool:
        """Return whether nothing stands in the way of training."""
        return not any(problem.severity == "error" for problem in self.problems)

    @cached_property
    def num_parameters(self) -> int:
        """Return the number of trainable parameters."""
        return sum(node.num_parameters for node in self.nodes.values())

    @cached_property
    def activation_bytes(self) -> int:
        """Return the bytes that all outputs of one example take."""
        return sum(node.activation_bytes for node in self.nodes.values())

    def memory_bytes(self, batch_size: int = 1) -> int:
        """Return about what training needs: weights with gradients and optimizer state, activations and their gradients."""
        return self.num_parameters * BYTES_PER_FLOAT * COPIES_IN_TRAINING + 2 * batch_size * self.activation_bytes

    @cached_property
    def flops(self) -> int:
        """Return the floating-point operations of one forward pass of one example."""
        return sum(flops(node.block, node.wires) for node in self.nodes.values() if node.block is not None and node.outputs)

    def flops_of(self, node: str) -> int:
        """Return the floating-point operations of one node."""
        report = self.nodes[node]
        return flops(report.block, report.wires) if report.block is not None and report.outputs else 0


def check(graph: Graph) -> Report:
    """Check a whole graph. Never raises for a user's mistake; remembers shapes, so that checking again after an edit is quick.

    Problem codes: unknown_block, bad_parameter, unknown_parameter, dangling_edge, unknown_port, occupied_port, kind_mismatch,
    missing_input, cycle, shape and the blocks' own, too_large, empty, no_input, no_output, several_outputs, no_loss, shared_weights,
    bypass, unused (a warning). Notes and bypassed blocks have no part in what is checked (engine/graph/bypass.py).
    """
    flow = flowing(graph)
    checker = _Checker(flow.graph)
    for problem in flow.problems:
        checker.found[problem.node or ""].append(problem)
    for id in checker.order:
        checker.visit(flow.graph.nodes[id])
    return _with_bypassed(checker.report(), flow, graph)


def _with_bypassed(report: Report, flow: Flow, graph: Graph) -> Report:
    """Show on a bypassed block what passes through it, and say there what the blocks behind it cannot take."""
    if not flow.passed:
        return report
    nodes, problems = dict(report.nodes), list(report.problems)
    for problem in report.problems:
        arriving = graph.arriving(problem.node or "", problem.port) if problem.code == "kind_mismatch" else []
        bypassed = next((edge.source for edge in arriving if edge.source in flow.passed), None)
        if bypassed is not None and problem.node is not None:
            told = cannot_pass(graph.nodes[bypassed], problem)
            problems[problems.index(problem)] = told
            nodes[problem.node] = replace(nodes[problem.node], problems=tuple(p for p in nodes[problem.node].problems if p is not problem))
            nodes[bypassed] = NodeReport(problems=(*nodes.get(bypassed, NodeReport()).problems, told))
    for id, (port, (source, given)) in flow.passed.items():
        spec = nodes[source].outputs.get(given) if source in nodes else None
        if spec is not None:
            nodes[id] = replace(nodes.get(id, NodeReport()), outputs={port: spec})
    return replace(report, problems=tuple(problems), nodes=nodes)


def title_of(node: Node) -> str:
    """Return how a node is called in a sentence: its block's title, and the user's name for it where there is one."""
    try:
        title = block_class(node.type).title
    except UserError:
        title = node.type
    return f"{title} '{node.name}'" if node.name else title


class _Checker:
    """Walk a graph once, in order, and collect what is found."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.blocks: dict[str, Block] = {}
        self.found: dict[str, list[Problem]] = {id: [] for id in graph.nodes}
        self.general: list[Problem] = []
        self.reports: dict[str, NodeReport] = {}
        loops = cycles(graph)
        self.order = tuple(topological_order(graph, loops))
        for node in graph.nodes.values():
            self._build(node)
        for edge in graph.edges.values():
            self._edge(edge)
        for loop in loops:
            self._cycle(loop)

    def _build(self, node: Node) -> None:
        try:
            self.blocks[node.id] = build(node.type, node.parameters)
        except UserError as error:
            self.found[node.id] += [_named(problem, node) for problem in error.problems]

    def _edge(self, edge: Edge) -> None:
        """Report an edge whose ends do not exist, at whichever end does."""
        for id, port, ports_of in ((edge.source, edge.source_port, "outputs"), (edge.target, edge.target_port, "inputs")):
            other = edge.target if id == edge.source else edge.source
            if id not in self.graph.nodes:
                problem = Problem(
                    "dangling_edge",
                    f"The wire '{edge.id}' leads to a block '{id}' that does not exist.",
                    "Remove the wire, or connect it again.",
                )
                if other in self.graph.nodes:
                    self.found[other].append(problem.at(other))
                else:
                    self.general.append(problem)
                continue
            block = self.blocks.get(id)
            ports: tuple[Port, ...] = getattr(block, ports_of) if block is not None else ()
            if block is not None and port not in {known.name for known in ports}:
                side = ports_of[:-1]
                names = ", ".join(known.name for known in ports) or "none"
                message = f"{title_of(self.graph.nodes[id])} has no {side} named '{port}', its {ports_of} are: {names}."
                self.found[id].append(
                    Problem("unknown_port", message, f"Remove the wire, or connect it to another {side}.", id, port, received=port)
                )

    def _cycle(self, loop: list[str]) -> None:
        path = " → ".join(title_of(self.graph.nodes[id]) for id in [*loop[:6], loop[0]])
        problem = Problem(
            "cycle", f"These blocks feed each other in a circle: {path}.", "Remove one of the wires between them.", node=loop[0]
        )
        self.found[loop[0]].append(problem)

    def visit(self, node: Node) -> None:
        """Work out one node, given everything before it."""
        block = self.blocks.get(node.id)
        if block is None:
            return
        wires: list[tuple[str, tuple[TensorSpec, ...]]] = []
        complete = True
        for port in block.inputs:
            arriving = self.graph.arriving(node.id, port.name)
            self.found[node.id] += self._objections(node, port, arriving)
            specs = [self._spec(edge) for edge in arriving]
            known = tuple(spec for spec in specs if spec is not None)
            fits = all(_fits(spec, port) for spec in known)
            complete &= len(known) == len(specs) and fits and (bool(specs) or port.optional) and (port.many or len(specs) <= 1)
            if known:
                wires.append((port.name, known))
        if complete:
            self._infer(node, block, tuple(wires))

    def _infer(self, node: Node, block: Block, wires: Wires) -> None:
        try:
            inferred = infer(block, wires)
        except UserError as error:
            self.found[node.id] += [_named(problem, node) for problem in error.problems]
            return
        self.found[node.id] += [_named(problem, node) for problem in inferred.warnings]
        shared = node.shares_weights_with is not None
        self.reports[node.id] = NodeReport(
            inferred.outputs, 0 if shared else inferred.num_parameters, inferred.activation_bytes, (), block, wires
        )
        if inferred.num_parameters > MOST_PARAMETERS:
            message = f"{title_of(node)} would have {inferred.num_parameters:,} parameters, more than {MOST_PARAMETERS:,}."
            self.found[node.id].append(Problem("too_large", message, "Make it narrower, or put pooling before it.", node.id))

    def _spec(self, edge: Edge) -> TensorSpec | None:
        report = self.reports.get(edge.source)
        return None if report is None else report.outputs.get(edge.source_port)

    def _objections(self, node: Node, port: Port, arriving: list[Edge]) -> Iterator[Problem]:
        if not arriving and not port.optional:
            names = list(dict.fromkeys(KINDS[kind][0] for kind in port.kinds))
            what = f"an output that gives {' or '.join(names)}" if len(names) <= MOST_KINDS_NAMED else "the output of another block"
            yield Problem(
                "missing_input",
                f"{title_of(node)}: nothing is connected to its input '{port.name}'.",
                f"Connect {what}.",
                node.id,
                port.name,
            )
        if len(arriving) > 1 and not port.many:
            message = f"{title_of(node)}: {len(arriving)} wires end at its input '{port.name}', which takes one."
            yield Problem("occupied_port", message, "Remove all but one, or join them with Add or Concat first.", node.id, port.name)
        for edge in arriving:
            spec = self._spec(edge)
            if spec is not None and not _fits(spec, port):
                yield self._mismatch(node, port, edge, spec)

    def _mismatch(self, node: Node, port: Port, edge: Edge, spec: TensorSpec) -> Problem:
        expected = " or ".join(f"{KINDS[kind][0]} {KINDS[kind][1]}".strip() for kind in port.kinds)
        received = f"{KINDS[spec.kind][0]} {spec}"
        source = title_of(self.graph.nodes[edge.source])
        return Problem(
            "kind_mismatch",
            f"{title_of(node)}: its input '{port.name}' needs {expected}, {source} gives {received}.",
            _bridge(spec, port),
            node.id,
            port.name,
            expected=expected,
            received=received,
        )

    def report(self) -> Report:
        """Put together what was found, in the order of the document, then what concerns the whole graph."""
        self.general += self._whole()
        nodes = {
            id: replace(self.reports.get(id, NodeReport(block=self.blocks.get(id))), problems=tuple(found))
            if found or id not in self.reports
            else self.reports[id]
            for id, found in self.found.items()
        }
        problems = [problem for found in self.found.values() for problem in found]
        return Report(tuple(problems + self.general), nodes, self.order)

    def _whole(self) -> Iterator[Problem]:
        roles: dict[str, list[str]] = {}
        for id, block in self.blocks.items():
            roles.setdefault(block.role, []).append(id)
        if not self.graph.nodes:
            yield Problem("empty", "The network is empty.", "Drag a block onto the canvas, or open a network from the Library.")
            return
        if not roles.get("input"):
            yield Problem("no_input", "The network has no input: no data can enter it.", "Add an image, vector, sequence or token input.")
        outputs = roles.get("output", [])
        if not outputs:
            yield Problem(
                "no_output",
                "The network has no output: nobody can say what it predicts.",
                "Add an Output block and connect the prediction to it.",
            )
        for id in outputs[1:]:
            yield Problem(
                "several_outputs", f"The network has {len(outputs)} outputs, it must have one.", "Remove this one, or the others.", id
            )
        if not roles.get("loss"):
            yield Problem(
                "no_loss",
                "The network has no loss: it does not know what to get better at.",
                "Add a loss (cross-entropy for classes, MSE for numbers) and connect the prediction to it.",
            )
        for id in self.reports:
            if self.graph.nodes[id].shares_weights_with is not None:
                yield from self._sharing(self.graph.nodes[id])
        total = sum(report.num_parameters for report in self.reports.values())
        if total > MOST_PARAMETERS and all(report.num_parameters <= MOST_PARAMETERS for report in self.reports.values()):
            yield Problem(
                "too_large",
                f"The network would have {total:,} parameters, more than {MOST_PARAMETERS:,}.",
                "Make its widest blocks narrower.",
            )
        if outputs or roles.get("loss"):
            yield from self._unused()

    def _sharing(self, node: Node) -> Iterator[Problem]:
        """Two blocks can share weights where both would be built by the same call."""
        other = self.graph.nodes.get(node.shares_weights_with or "")
        if other is None or other.id == node.id or other.shares_weights_with is not None:
            message = f"{title_of(node)} shares the weights of a block that has none of its own."
            yield Problem("shared_weights", message, "Choose a block with weights of its own, or stop sharing.", node.id)
        elif other.id in self.reports and (mine := self._constructor(node.id)) != (theirs := self._constructor(other.id)):
            message = f"{title_of(node)} cannot share the weights of {title_of(other)}: it would be {mine}, the other is {theirs}."
            yield Problem("shared_weights", message, "Give both the same parameters and the same kind of input, or stop sharing.", node.id)

    def _constructor(self, id: str) -> str:
        report = self.reports[id]
        assert report.block is not None, f"{id} has a report without a block"
        made = report.block.module(Inputs(dict(report.wires))) if report.block.role == "layer" else None
        return "nothing with weights" if made is None else made.source()

    def _unused(self) -> Iterator[Problem]:
        needed = {id for id, block in self.blocks.items() if block.role in ("loss", "output")}
        stack = list(needed)
        while stack:
            for edge in self.graph.arriving(stack.pop()):
                if edge.source in self.graph.nodes and edge.source not in needed:
                    needed.add(edge.source)
                    stack.append(edge.source)
        for id, node in self.graph.nodes.items():
            if id not in needed and id in self.blocks:
                message = f"{title_of(node)} leads neither to the output nor to a loss, so it is left out."
                yield Problem("unused", message, "Connect it, or remove it.", id, severity="warning")


def _named(problem: Problem, node: Node) -> Problem:
    """Put a block's problem on its node, and the user's name for the node into the sentence."""
    try:
        title = block_class(node.type).title
    except UserError:
        return problem.at(node.id)
    message = problem.message
    if node.name and message.startswith(title) and not message.startswith(f"{title} '"):
        message = f"{title} '{node.name}'{message[len(title) :]}"
    return replace(problem, node=node.id, message=message)


def _fits(spec: TensorSpec, port: Port) -> bool:
    return "any" in port.kinds or spec.kind == "any" or spec.kind in port.kinds


def _bridge(spec: TensorSpec, port: Port) -> str:
    """Name the block that turns what arrives into what is needed, where there is a usual one."""
    bridges = {
        ("image", "vector"): "Insert a Flatten or a global average pooling before it.",
        ("series", "vector"): "Insert a Flatten before it.",
        ("sequence", "vector"): "Insert a sequence pooling (last, mean or max) before it.",
        ("state", "vector"): "Take the sequence output and insert a sequence pooling before it.",
        ("tokens", "sequence"): "Insert an Embedding before it.",
        ("tokens", "vector"): "Insert an Embedding and a sequence pooling before it.",
        ("vector", "image"): "Insert a Reshape before it.",
        ("image", "sequence"): "Insert a Reshape before it.",
        ("vector", "sequence"): "Insert a Reshape before it.",
    }
    for kind in port.kinds:
        if (spec.kind, kind) in bridges:
            return bridges[spec.kind, kind]
    return "Connect an output of the right kind."
