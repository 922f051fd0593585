"""Fixes for what arrives being of the wrong kind or size: a block is put in between, or the block itself is exchanged."""

from __future__ import annotations

import re
from collections.abc import Mapping

from blocks.problems import UserError
from blocks.registry import block_class
from blocks.spec import Block
from blocks.tensors import TensorSpec
from blocks.validation import build
from engine.fixes.bridges import Steps, bridges, named, projections
from engine.fixes.case import Case, Plans, fits, received
from engine.fixes.plan import Plan, Step
from engine.graph import edits
from engine.graph.document import Edge, Node

TWINS = (("batch_norm1d", "batch_norm2d"), ("max_pool1d", "max_pool2d"), ("conv1d", "conv2d"), ("sequence_pool", "global_avg_pool2d"))
"""Blocks that do the same to tensors of different kinds."""
MERGES = ("add", "concat", "multiply")
MOST_WIRES = 16


def wrong_kind(case: Case) -> Plans:
    """Offer the twin of the block that takes what arrives, then the blocks that turn what arrives into what is needed."""
    node = case.node
    port = case.port(node.id, case.problem.port) if node else None
    if node is None or port is None:
        return
    for edge in case.arriving(node, port.name):
        spec = case.spec(edge)
        if spec is None or fits(spec, port) or received(spec) != case.problem.received:
            continue
        yield from _twins(case, node, spec)
        for steps in bridges(spec, port.kinds):
            plan = case.plan(f"Insert {named(steps)}")
            plan.insert(edge, steps)
            yield plan
        if port.many or port.optional:
            plan = case.plan(f"Remove the wire from {case.brief(edge.source)}")
            plan.disconnect([edge])
            yield plan
        return


def _twins(case: Case, node: Node, spec: TensorSpec) -> Plans:
    for twin in (other for pair in TWINS if node.type in pair for other in pair if other != node.type):
        block = block_class(twin)
        if spec.kind in block.inputs[0].kinds:
            plan = case.plan(f"Replace it with {block.title}")
            plan.swap(node.id, twin, _shared(block, node.parameters))
            yield plan


def _shared(block: type[Block], parameters: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters that the other block has as well, and accepts."""
    kept: dict[str, object] = {}
    for name, value in parameters.items():
        try:
            build(block.type, {name: value})
        except UserError:
            continue
        kept[name] = value
    return kept


def unequal(case: Case) -> Plans:
    """Offer, for a block that joins wires, to bring all of them to the size of one."""
    node = case.node
    if node is None or node.type not in MERGES:
        return
    wires = [(edge, spec) for edge in case.arriving(node, "xs") if (spec := case.spec(edge)) is not None]
    if len(wires) > MOST_WIRES:
        return
    depth = {id: place for place, id in enumerate(case.report.order)}
    targets = list(dict.fromkeys(spec for _, spec in sorted(wires, key=lambda wire: -depth.get(wire[0].source, -1))))
    if node.type == "concat":
        yield from _along_another(case, node)
    for variant in range(2):
        for target in targets[:3]:
            yield from _all_like(case, node, wires, target, variant)
    if node.type == "add":
        plan = case.plan("Replace it with Concat")
        plan.swap(node.id, "concat", {})
        yield plan


def _all_like(case: Case, node: Node, wires: list[tuple[Edge, TensorSpec]], target: TensorSpec, variant: int) -> Plans:
    chosen: list[tuple[Edge, Steps]] = []
    for edge, spec in wires:
        wanted = _beside(spec, target) if node.type == "concat" else target
        ways = projections(spec, wanted)
        if not ways:
            return
        chosen.append((edge, ways[min(variant, len(ways) - 1)]))
    changed = [(edge, steps) for edge, steps in chosen if steps]
    if not changed:
        return
    edge, steps = changed[0]
    where = f" after {case.brief(edge.source)}" if len(changed) == 1 else f" on {len(changed)} wires"
    plan = case.plan(f"Insert {named(steps)}{where}" if len({named(steps) for _, steps in changed}) == 1 else f"Insert projections{where}")
    for edge, steps in changed:
        if steps:
            plan.insert(edge, steps)
    yield plan


def _beside(spec: TensorSpec, target: TensorSpec) -> TensorSpec:
    """Return what must come out of a wire to stand beside a target: its own features, and the target's other sizes."""
    axis = spec.axis("features")
    if spec.kind != target.kind or axis is None:
        return target
    return TensorSpec((*target.shape[:axis], spec.shape[axis], *target.shape[axis + 1 :]), target.dtype, target.kind)


def _along_another(case: Case, node: Node) -> Plans:
    for dim in ("features", "time", "height", "width"):
        if node.parameters.get("dim", "features") != dim and dim not in case.problem.fix:
            plan = case.plan(f"Join along {dim}")
            plan.do(edits.SetParameters(node.id, {"dim": dim}))
            yield plan


def prediction(case: Case) -> Plans:
    """Offer, for a loss, to give the prediction the shape that is expected."""
    node, problem = case.node, case.problem
    if node is None or (problem.port != "prediction" and problem.code != "data_target"):
        return
    edges = case.arriving(node, "prediction")
    spec = case.spec(edges[0]) if edges else None
    if spec is None:
        return
    if node.type == "cross_entropy" and problem.received == "1":
        plan = case.plan("Replace it with BCE loss")
        plan.swap(node.id, "bce", {})
        yield plan
        if spec.kind == "vector":
            yield _inserted(case, edges[0], (Step("linear", {"out_features": 2}),))
        return
    if problem.code == "data_target":
        yield from _as_many_as(case, edges[0], spec)
        return
    target = case.arriving(node, "target")
    wanted = case.spec(target[0]) if target else None
    if wanted is None:
        return
    if node.type == "cross_entropy":
        for steps in bridges(spec, ("vector",) if len(wanted.shape) == 1 else ("sequence",)):
            yield _inserted(case, edges[0], steps)
        return
    kind = wanted.kind if wanted.kind != "target" else spec.kind
    for steps in projections(spec, TensorSpec(wanted.shape, wanted.dtype, kind)):
        yield _inserted(case, edges[0], steps)


def _as_many_as(case: Case, edge: Edge, spec: TensorSpec) -> Plans:
    """Offer to let the network end with as many numbers as the data asks for, for the loss and for whoever reads the answer."""
    asked = re.fullmatch(r"\(B, (\d+)\)", case.problem.expected or "")
    for steps in projections(spec, TensorSpec(("B", int(asked[1])), "float", "vector")) if asked else ():
        plan = _inserted(case, edge, steps)
        end = plan.graph.edges[edge.id]
        for other in case.graph.leaving(edge.source, edge.source_port):
            if other.id != edge.id and other.target in case.role("output"):
                plan.reconnect(other, source=(end.source, end.source_port))
        yield plan


def _inserted(case: Case, edge: Edge, steps: Steps) -> Plan:
    plan = case.plan(f"Insert {named(steps)}")
    plan.insert(edge, steps)
    return plan


def without(case: Case) -> Plans:
    """Offer to take the block out, or a wire at a port that can do without."""
    node = case.node
    if node is None or case.problem.severity == "warning":
        return
    port = case.port(node.id, case.problem.port)
    if port is not None and port.optional and (edges := case.graph.arriving(node.id, port.name)):
        plan = case.plan(f"Remove the wire at {port.name}")
        plan.disconnect(edges)
        yield plan
    block = case.block(node.id)
    if block is None or block.role == "layer":
        plan = case.plan("Remove this block")
        plan.bypass(node.id)
        yield plan
