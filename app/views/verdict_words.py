"""The verdict on a run in plain words: how it ended, and what is wrong with its signal while that lasts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app import parts, wording
from app.levels import title_at
from engine.graph.document import Graph
from engine.store import RunSummary
from engine.train.events import Verdict

_SEVERITIES = ("info", "warning", "severe")
_REASONS = {
    "user_error": "The run could not be trained as it was asked for.",
    "out_of_memory": "The run needed more memory than there is.",
    "crashed": "Training crashed.",
    "worker_lost": "The worker that trained this run was lost.",
}


def show(run: RunSummary, verdicts: Sequence[Verdict], graph: Graph) -> None:
    """Show one box: what is to be said first as its headline, the rest below."""
    headline, tone = _headline(run, verdicts)
    sentences: list[str] = []
    if run.status == "failed":
        title = title_at(graph, run.node) if run.node is not None else None
        where = f"Block “{title}”: " if title else ""
        sentences += [f"{where}{run.message or ''}", run.fix or ""]
    active = [verdict for verdict in verdicts if verdict.cleared_step is None]
    sentences += [_sentence(verdict, graph) for verdict in sorted(active, key=_rank)]
    cleared = [verdict for verdict in verdicts if verdict.cleared_step is not None]
    sentences += [f"Recovered at step {verdict.cleared_step:,}: {_sentence(verdict, graph)}" for verdict in cleared[-3:]]
    parts.verdict(headline, [sentence for sentence in sentences if sentence][:6], tone)


def _headline(run: RunSummary, verdicts: Sequence[Verdict]) -> tuple[str, str]:
    active = sorted((verdict for verdict in verdicts if verdict.cleared_step is None), key=_rank)
    best = f"{wording.metric_title(run.best_name).lower()} {wording.metric(run.best_name, run.best_value)}" if run.best_name else ""
    if run.status == "failed":
        return _REASONS.get(run.reason or "", "The run failed."), "severe"
    if run.status == "queued":
        return "Waiting for a worker to take this run.", "quiet"
    if active and active[0].severity != "info":
        so_far = " so far" if run.status in parts.LIVE else ""
        return f"{_KINDS.get(active[0].kind, active[0].kind.capitalize())}.{f' Best{so_far}: {best}.' if best else ''}", active[0].severity
    if run.status == "cancelled":
        return f"Cancelled at step {run.progress.step:,}.{f' Best until then: {best}.' if best else ''}", "warning"
    if run.status == "finished":
        return f"It learned: best {best}." if best else "Training finished.", "good"
    return (
        f"Healthy so far: the error signal reaches every block.{f' Best so far: {best}.' if best else ''}",
        "good" if run.progress.step else "quiet",
    )


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SAID = ("vanishing gradient", "exploding gradient")
_KINDS = {
    "vanishing": "Gradients are vanishing: the error hardly reaches the first layers",
    "exploding": "Gradients are exploding: the error grows on its way back",
    "nonfinite": "Numbers went out of range",
    "dead": "Units are dead",
    "saturated": "Units are saturated",
    "diverging": "Training diverges",
    "disconnected": "A block has no path to the loss",
    "too_slow": "The weights barely move",
}


def _sentence(verdict: Verdict, graph: Graph) -> str:
    title = title_at(graph, verdict.node) if verdict.node else None
    message = _written(verdict.message)
    where = f"Block “{title}”, " if title and title not in message else ""
    if where:
        return f"{where}since step {verdict.step:,}: {message}"
    return message if verdict.step == 0 else f"{message} (since step {verdict.step:,})"


def _written(message: str) -> str:
    """Write 10^17 with a raised 17, and leave out a name of the trouble that the headline has said already."""
    name, colon, rest = message.partition(": ")
    if colon and name.lower() in _SAID:
        message = rest[:1].upper() + rest[1:]
    return re.sub(r"\^(-?\d+)", lambda power: power[1].translate(_RAISED), message)


def _rank(verdict: Verdict) -> tuple[int, int]:
    return -_SEVERITIES.index(verdict.severity), verdict.step
