"""Fixes for wires: connect what is open, remove what leads nowhere, join what meets at one port, open a circle."""

from __future__ import annotations

from math import hypot

from blocks.registry import block_class
from blocks.spec import Port
from engine.fixes.bridges import bridges, named
from engine.fixes.case import Case, Plans, fits
from engine.fixes.whole import INPUTS, titled
from engine.graph import edits
from engine.graph.document import Edge, Node
from engine.graph.order import cycles

MOST_SOURCES = 4
MOST_REMOVED = 50
"""Where more lead nowhere, a wire is missing before them, and none of them is too many."""
JOINS = (("add", "Join them with Add"), ("concat", "Join them with Concat"))


def open_input(case: Case) -> Plans:
    """Offer the nearest outputs that fit, those that lead nowhere first; then one with a block in between; then an input block."""
    node = case.node
    port = case.port(node.id, case.problem.port) if node else None
    if node is None or port is None:
        return
    sources = _sources(case, node)
    fitting = [(id, name) for id, name in sources if (spec := case.output(id, name)) is not None and fits(spec, port)]
    for id, name in fitting[:MOST_SOURCES]:
        plan = case.plan(f"Connect {case.brief(id)}")
        plan.connect(id, name, node.id, port.name)
        yield plan
    known = [(id, name, spec) for id, name in sources if (spec := case.output(id, name)) is not None]
    for id, name, spec in known[:1] if not fitting else ():
        for steps in bridges(spec, port.kinds):
            plan = case.plan(f"Connect {case.brief(id)} through {named(steps)}")
            plan.insert(plan.connect(id, name, node.id, port.name), steps)
            yield plan
    if not case.role("input"):
        yield from _new_input(case, node, port)


def _new_input(case: Case, node: Node, port: Port) -> Plans:
    for kind, type in INPUTS.items():
        if kind in port.kinds:
            plan = case.plan(f"Add {titled(type)}")
            x, y = node.position
            id = plan.add(type, near=(x - 244, y))
            plan.connect(id, "x", node.id, port.name)
            yield plan


def _sources(case: Case, node: Node) -> list[tuple[str, str]]:
    """Return every output that can be connected to a block without a circle, the likeliest first."""
    behind = {node.id}
    stack = [node.id]
    while stack:
        for edge in case.graph.leaving(stack.pop()):
            if edge.target not in behind:
                behind.add(edge.target)
                stack.append(edge.target)
    found = []
    for id, other in case.graph.nodes.items():
        block = case.block(id)
        if block is None or id in behind or block.role == "loss":
            continue
        distance = hypot(node.position[0] - other.position[0], node.position[1] - other.position[1])
        after = other.position[0] > node.position[0]
        found += [(bool(case.graph.leaving(id)), place, after, distance, id, port.name) for place, port in enumerate(block.outputs)]
    return [(id, name) for *_, id, name in sorted(found)]


def dangling(case: Case) -> Plans:
    """Offer to remove a wire that leads to a block that is gone."""
    nodes = case.graph.nodes
    for edge in case.graph.edges.values():
        if (edge.source not in nodes or edge.target not in nodes) and f"'{edge.id}'" in case.problem.message:
            plan = case.plan("Remove the wire")
            plan.disconnect([edge])
            yield plan


def unknown_port(case: Case) -> Plans:
    """Offer the port that was meant, where there is one to be meant, or to remove the wires."""
    node, name = case.node, case.problem.port
    block = case.block(node.id) if node else None
    if node is None or block is None or name is None:
        return
    is_input = "no input named" in case.problem.message
    ports = block.inputs if is_input else block.outputs
    edges = case.graph.arriving(node.id, name) if is_input else case.graph.leaving(node.id, name)
    whole = bool(edges) and {edges[0].source, edges[0].target} <= case.graph.nodes.keys()
    for port in ports if whole else ():
        if is_input and not port.many and case.graph.arriving(node.id, port.name):
            continue
        end = (node.id, port.name)
        plan = case.plan(f"Connect it to {port.name}")
        plan.reconnect(edges[0], **({"target": end} if is_input else {"source": end}))
        yield plan
    if edges:
        plan = case.plan("Remove the wire")
        plan.disconnect(edges[:1])
        yield plan


def occupied(case: Case) -> Plans:
    """Offer to join the wires in front of the port, or to keep the first."""
    node = case.node
    port = case.port(node.id, case.problem.port) if node else None
    if node is None or port is None:
        return
    edges = case.graph.arriving(node.id, port.name)
    for type, label in JOINS:
        x, y = node.position
        plan = case.plan(label)
        plan.do(edits.Move({id: (at.position[0] + 244, at.position[1]) for id, at in case.graph.nodes.items() if at.position[0] >= x}))
        id = plan.add(type, near=(x, y))
        for edge in edges:
            plan.reconnect(edge, target=(id, "xs"))
        plan.connect(id, block_class(type).outputs[0].name, node.id, port.name)
        yield plan
    plan = case.plan(f"Keep the wire from {_source(case, edges[0])}")
    plan.disconnect(edges[1:])
    yield plan


def circle(case: Case) -> Plans:
    """Offer to remove a wire that closes the circle, the one that leads furthest back first."""
    loop = next((loop for loop in cycles(case.graph) if loop[0] == case.problem.node), [])
    inside = [edge for id in loop for edge in case.graph.leaving(id) if edge.target in loop]

    def back(edge: Edge) -> float:
        return case.graph.nodes[edge.source].position[0] - case.graph.nodes[edge.target].position[0]

    for edge in sorted(inside, key=back, reverse=True):
        plan = case.plan(f"Remove the wire from {case.brief(edge.source)} to {case.brief(edge.target)}")
        plan.disconnect([edge])
        yield plan


def unused(case: Case) -> Plans:
    """Offer to connect a block that leads nowhere to an input that waits for it, or to remove it."""
    node = case.node
    block = case.block(node.id) if node else None
    if node is None or block is None:
        return
    for waiting in case.missing():
        port = case.port(waiting.node or "", waiting.port)
        for output in block.outputs:
            spec = case.output(node.id, output.name)
            if port is None or spec is None or not fits(spec, port) or waiting.node in (None, node.id):
                continue
            plan = case.plan(f"Connect it to {case.brief(waiting.node)}")
            plan.connect(node.id, output.name, waiting.node, port.name)
            yield plan
    plan = case.plan("Remove it")
    plan.do(edits.RemoveNode(node.id))
    yield plan
    idle = [problem.node for problem in case.report.problems if problem.code == "unused" and problem.node in case.graph.nodes]
    if 1 < len(idle) <= MOST_REMOVED:
        plan = case.plan(f"Remove all {len(idle)} unused blocks")
        for id in idle:
            plan.do(edits.RemoveNode(id or ""))
        yield plan


def _source(case: Case, edge: Edge) -> str:
    node = case.graph.nodes.get(edge.source)
    return case.brief(node.id) if node else "nowhere"
