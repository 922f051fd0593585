"""Fixes for parameters: the nearest value that is allowed, a known name, a smaller size."""

from __future__ import annotations

import difflib
import json
import re
from typing import Any

from blocks.problems import UserError
from blocks.spec import Block
from blocks.validation import build
from engine.check import MOST_PARAMETERS
from engine.fixes.case import Case, Plans
from engine.graph import edits
from engine.shapes import infer

_VALUE = r'(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"[^"]*"|true|false|null|\[[^\]]*\])'
_ADVICE = re.compile(rf"(\w+) to (?:at most )?{_VALUE}")
WIDTHS = ("out_features", "out_channels", "hidden_size", "embedding_dim", "num_embeddings", "max_length")
"""Parameters that make a block large."""


def advised(case: Case) -> Plans:
    """Offer what the problem's own sentence says to set, then the block's default."""
    node, problem = case.node, case.problem
    block = case.block(node.id) if node else None
    if node is None or block is None:
        return
    known = block.parameter_fields()
    for clause in problem.fix.split(", or ") if problem.fix.startswith("Set ") else ():
        pairs = [(name, text) for name, text in _ADVICE.findall(clause) if name in known]
        if pairs:
            plan = case.plan("Set " + " and ".join(f"{name} to {text}" for name, text in pairs))
            plan.do(edits.SetParameters(node.id, {name: json.loads(text) for name, text in pairs}))
            yield plan
    name = problem.parameter
    if name not in known or name is None:
        return
    if "empty" in problem.fix:
        plan = case.plan(f"Leave {name} empty")
        plan.do(edits.SetParameters(node.id, {name: None}))
        yield plan
    default = known[name].default
    if name in node.parameters and (name, _written(default)) not in _ADVICE.findall(problem.fix):
        plan = case.plan(f"Set {name} back to {_written(default)}")
        plan.do(edits.SetParameters(node.id, {}, (name,)))
        yield plan


def _written(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value)


def unknown_name(case: Case) -> Plans:
    """Offer to give a parameter the name that was meant, or to remove it."""
    node, name = case.node, case.problem.parameter
    block = case.block(node.id) if node else None
    if node is None or block is None:
        return
    cut = (name or "").endswith("…")
    unknown = [given for given in node.parameters if given not in block.parameter_fields()]
    for given in [given for given in unknown if given == name or cut][:1]:
        free = [field for field in block.parameter_fields() if field not in node.parameters]
        for near in difflib.get_close_matches(given, free, 1):
            plan = case.plan(f"Rename it to {near}")
            plan.do(edits.SetParameters(node.id, {near: node.parameters[given]}, (given,)))
            yield plan
        plan = case.plan(f"Remove {given[:40]}")
        plan.do(edits.SetParameters(node.id, {}, (given,)))
        yield plan


def narrower(case: Case) -> Plans:
    """Offer the largest power of two that makes a block small enough; where the whole network is too large, for its largest block."""
    counts = {id: report.num_parameters for id, report in case.report.nodes.items()}
    largest = case.problem.node or max(counts, key=lambda id: counts[id], default="")
    known = case.report.nodes.get(largest)
    if known is None or known.block is None:
        return
    allowed = MOST_PARAMETERS if case.problem.node else MOST_PARAMETERS - (sum(counts.values()) - counts[largest])
    of = "" if case.problem.node else f" of {case.brief(largest)}"
    for name in WIDTHS:
        value = _largest(known.block, name, known.wires, allowed)
        if value is not None:
            plan = case.plan(f"Set {name}{of} to {value}")
            plan.do(edits.SetParameters(largest, {name: value}))
            yield plan


def _largest(block: Block, name: str, wires: Any, allowed: int) -> int | None:
    now = getattr(block, name, None)
    if not isinstance(now, int):
        return None
    value = 1 << max(now.bit_length() - 1, 0)
    while value >= 1:
        try:
            smaller = build(block.type, block.model_dump(mode="json") | {name: value})
            if value < now and infer(smaller, wires).num_parameters <= allowed:
                return value
        except UserError:
            pass  # too small for another parameter: the next one is smaller still, and the search ends at 1
        value //= 2
    return None
