"""Fixes for what the whole network lacks or has too much of: an input, an output, a loss, weights that cannot be shared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from blocks.registry import block_class
from blocks.tensors import Kind
from engine.fixes.case import Case, Plans
from engine.fixes.plan import STEP
from engine.graph import edits

INPUTS: Mapping[Kind, str] = {"image": "image_input", "vector": "vector_input", "sequence": "sequence_input", "tokens": "token_input"}
LOSSES = ("cross_entropy", "mse")


def titled(type: str) -> str:
    """Return a block's title as it stands within a sentence."""
    return block_class(type).title


def empty(case: Case) -> Plans:
    """Offer the smallest network that can be trained on pictures."""
    plan = case.plan("Start with a small classifier")
    steps: tuple[tuple[str, dict[str, int]], ...] = (("image_input", {}), ("flatten", {}), ("linear", {"out_features": 10}), ("output", {}))
    ids: list[str] = []
    for number, (type, parameters) in enumerate(steps):
        ids.append(plan.add(type, parameters, near=(number * STEP, 0)))
        if number:
            plan.connect(ids[-2], block_class(steps[number - 1][0]).outputs[0].name, ids[-1], "x")
    loss = plan.add("cross_entropy", near=plan.below(ids[-1]))
    plan.connect(ids[2], "y", loss, "prediction")
    yield plan


def no_input(case: Case) -> Plans:
    """Offer an input block for each kind that a waiting input takes; without one that waits, an image input that stands alone."""
    waiting = sorted(case.missing(), key=lambda problem: case.graph.nodes[problem.node or ""].position[0])
    for problem in waiting:
        node, port = case.graph.nodes[problem.node or ""], case.port(problem.node or "", problem.port)
        for kind, type in INPUTS.items():
            if port is not None and kind in port.kinds:
                plan = case.plan(f"Add {titled(type)}")
                plan.connect(plan.add(type, near=(node.position[0] - STEP, node.position[1])), "x", node.id, port.name)
                yield plan
    if not waiting:
        plan = case.plan("Add Image input")
        plan.add("image_input", near=(min((node.position[0] for node in case.graph.nodes.values()), default=STEP) - STEP, 0))
        yield plan


def no_output(case: Case) -> Plans:
    """Offer an Output on what the loss calls prediction, else on what leads nowhere yet."""
    for id, port in _predictions(case, "loss", "prediction"):
        plan = case.plan(f"Add Output after {case.brief(id)}")
        plan.connect(id, port, plan.add("output", near=plan.beside(id)), "x")
        yield plan


def no_loss(case: Case) -> Plans:
    """Offer a loss on what the network answers, else on what leads nowhere yet."""
    for id, port in _predictions(case, "output", "x"):
        for type in LOSSES:
            plan = case.plan(f"Add {titled(type)}")
            outputs = [edge.target for edge in case.graph.leaving(id, port) if edge.target in case.role("output")]
            near = plan.below(outputs[0]) if outputs else plan.beside(id)
            plan.connect(id, port, plan.add(type, near=near), "prediction")
            yield plan


def _predictions(case: Case, role: str, port: str) -> Iterator[tuple[str, str]]:
    """Return where the network's answer comes from, as far as another block says it already."""
    for id in case.role(role):
        for edge in case.graph.arriving(id, port):
            if case.output(edge.source, edge.source_port) is not None:
                yield edge.source, edge.source_port
    yield from case.loose_ends()[:3]


def several_outputs(case: Case) -> Plans:
    """Offer to remove this output, or all the others."""
    node = case.node
    if node is None:
        return
    plan = case.plan("Remove this output")
    plan.do(edits.RemoveNode(node.id))
    yield plan
    plan = case.plan("Keep this one alone")
    for id in case.role("output"):
        if id != node.id:
            plan.do(edits.RemoveNode(id))
    yield plan


def shared_weights(case: Case) -> Plans:
    """Offer to stop sharing, or to give both the same parameters."""
    node = case.node
    if node is None:
        return
    other = case.graph.nodes.get(node.shares_weights_with or "")
    if other is not None and other.id != node.id and other.type == node.type and other.parameters != node.parameters:
        plan = case.plan(f"Use the parameters of {case.brief(other.id)}")
        gone = tuple(name for name in node.parameters if name not in other.parameters)
        plan.do(edits.SetParameters(node.id, dict(other.parameters), gone))
        yield plan
    plan = case.plan("Stop sharing")
    plan.do(edits.SetMarks(node.id, {"shares_weights_with": None}))
    yield plan


def bypassed(case: Case) -> Plans:
    """Offer to let a bypassed block work again, where what passes through it fits nowhere."""
    if case.node is not None and case.node.bypassed:
        plan = case.plan("Bypass it no more")
        plan.do(edits.SetMarks(case.node.id, {"bypassed": False}))
        yield plan


def unknown_block(case: Case) -> Plans:
    """Offer to take a block of unknown type out."""
    if case.node is not None:
        plan = case.plan("Remove this block")
        plan.bypass(case.node.id)
        yield plan
        plan = case.plan("Remove this block with its wires")
        plan.do(edits.RemoveNode(case.node.id))
        yield plan
