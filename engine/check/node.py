"""What can be wrong with one node: its parameters, the ends of its wires, what arrives at its inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from blocks.problems import Problem, UserError
from blocks.registry import block_class
from blocks.spec import Block, Port
from blocks.tensors import KINDS, TensorSpec
from blocks.validation import build
from engine.graph.document import Edge, Graph, Node

MOST_PARAMETERS = 20_000_000_000
"""More than this is a slip of the finger: it would need 80 GB for the weights alone."""

MOST_KINDS_NAMED = 3
"""A sentence with more kinds than this helps nobody."""

Made = tuple[Block | None, tuple[Problem, ...]]
"""A node's block, or what is wrong with its type or its parameters."""


def title_of(node: Node, graph: Graph | None = None) -> str:
    """Return how a node is called in a sentence: its block's title, and the user's name for it where there is one.

    The title of a composite is known where the graph is given that defines it.
    """
    definition = graph.definition_of(node) if graph is not None else None
    try:
        title = block_class(node.type).title if definition is None else definition.name
    except UserError:
        title = node.type
    return f"{title} '{node.name}'" if node.name else title


def made_of(node: Node) -> Made:
    """Build a node's block."""
    try:
        return build(node.type, node.parameters), ()
    except UserError as error:
        return None, tuple(named(problem, node) for problem in error.problems)


def named(problem: Problem, node: Node) -> Problem:
    """Put a block's problem on its node, and the user's name for the node into the sentence."""
    try:
        title = block_class(node.type).title
    except UserError:
        return problem.at(node.id)
    message = problem.message
    if node.name and message.startswith(title) and not message.startswith(f"{title} '"):
        message = f"{title} '{node.name}'{message[len(title) :]}"
    return replace(problem, node=node.id, message=message)


def ends(graph: Graph, node: Node, block: Block | None) -> Iterator[Problem]:
    """Report the node's wires that lead to no block, or are attached where the block has no port."""
    for edge in graph.leaving_edges.get(node.id, ()):
        if edge.target not in graph.nodes:
            yield dangling(edge, edge.target).at(node.id)
        if block is not None and all(port.name != edge.source_port for port in block.outputs):
            yield _unknown_port(node, edge.source_port, "output", block.outputs)
    for edge in graph.arriving_edges.get(node.id, ()):
        if edge.source not in graph.nodes:
            yield dangling(edge, edge.source).at(node.id)
        if block is not None and all(port.name != edge.target_port for port in block.inputs):
            yield _unknown_port(node, edge.target_port, "input", block.inputs)


def dangling(edge: Edge, missing: str) -> Problem:
    """Report a wire that leads to a block that does not exist."""
    message = f"The wire '{edge.id}' leads to a block '{missing}' that does not exist."
    return Problem("dangling_edge", message, "Remove the wire, or connect it again.")


def _unknown_port(node: Node, port: str, side: str, ports: Sequence[Port]) -> Problem:
    names = ", ".join(known.name for known in ports) or "none"
    message = f"{title_of(node)} has no {side} named '{port}', its {side}s are: {names}."
    return Problem("unknown_port", message, f"Remove the wire, or connect it to another {side}.", node.id, port, received=port)


def objections(graph: Graph, node: Node, port: Port, arriving: Sequence[tuple[Edge, TensorSpec | None]]) -> Iterator[Problem]:
    """Report what is wrong at one input port: nothing there, too many wires, tensors of the wrong kind."""
    if not arriving and not port.optional:
        names = list(dict.fromkeys(KINDS[kind][0] for kind in port.kinds))
        what = f"an output that gives {' or '.join(names)}" if len(names) <= MOST_KINDS_NAMED else "the output of another block"
        message = f"{title_of(node)}: nothing is connected to its input '{port.name}'."
        yield Problem("missing_input", message, f"Connect {what}.", node.id, port.name)
    if len(arriving) > 1 and not port.many:
        message = f"{title_of(node)}: {len(arriving)} wires end at its input '{port.name}', which takes one."
        yield Problem("occupied_port", message, "Remove all but one, or join them with Add or Concat first.", node.id, port.name)
    for edge, spec in arriving:
        if spec is not None and not fits(spec, port):
            yield _mismatch(node, port, graph.nodes[edge.source], spec)


def fits(spec: TensorSpec, port: Port) -> bool:
    """Return whether a port takes tensors of this kind."""
    return spec.kind in port.kinds or "any" in port.kinds or spec.kind == "any"


def _mismatch(node: Node, port: Port, source: Node, spec: TensorSpec) -> Problem:
    expected = " or ".join(f"{KINDS[kind][0]} {KINDS[kind][1]}".strip() for kind in port.kinds)
    received = f"{KINDS[spec.kind][0]} {spec}"
    message = f"{title_of(node)}: its input '{port.name}' needs {expected}, {title_of(source)} gives {received}."
    return Problem("kind_mismatch", message, _bridge(spec, port), node.id, port.name, expected=expected, received=received)


def too_large(node: Node, num_parameters: int) -> Problem:
    """Report a node with more weights than anyone can mean."""
    message = f"{title_of(node)} would have {num_parameters:,} parameters, more than {MOST_PARAMETERS:,}."
    return Problem("too_large", message, "Make it narrower, or put pooling before it.", node.id)


_BRIDGES: Mapping[tuple[str, str], str] = {
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


def _bridge(spec: TensorSpec, port: Port) -> str:
    """Name the block that turns what arrives into what is needed, where there is a usual one."""
    return next((_BRIDGES[spec.kind, kind] for kind in port.kinds if (spec.kind, kind) in _BRIDGES), "Connect an output of the right kind.")
