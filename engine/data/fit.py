"""Ask, before anything runs, whether this data suits this graph; each answer stands on a node and says what to set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from blocks.problems import Problem, UserError
from blocks.spec import TargetForm
from engine.check import Report, title_of
from engine.data.catalogue import describe
from engine.data.forms import mismatch, wrong_number_of_inputs
from engine.data.losses import OpenLoss, giving, open_losses
from engine.data.maps import map_problem
from engine.data.source import DataSource
from engine.data.spec import DataSpec
from engine.graph.bypass import flowing
from engine.graph.document import Graph


def fit(graph: Graph, report: Report, spec: DataSpec, *, csv: bytes | None = None) -> list[Problem]:
    """Return every reason why this data cannot train this graph; empty where it can. Never raises for a user's mistake."""
    try:
        source = describe(spec, csv)
    except UserError as error:
        return list(error.problems)
    graph = flowing(graph).graph
    return [*_input_problems(graph, report, source), *_loss_problems(graph, report, source)]


def _input_problems(graph: Graph, report: Report, source: DataSource) -> list[Problem]:
    problems = []
    unused = {problem.node for problem in report.problems if problem.code == "unused"}
    inputs = [id for id, known in report.nodes.items() if known.block is not None and known.block.role == "input" and id not in unused]
    if inputs and (misfed := wrong_number_of_inputs(source, len(inputs))) is not None:
        problems.append(misfed.at(inputs[-1]))
    for id, node in graph.nodes.items():
        known = report.nodes.get(id)
        if known is None or known.block is None or known.block.role != "input" or not known.outputs:
            continue
        title = title_of(node)
        problem = mismatch(source, next(iter(known.outputs.values())), title)
        if problem:
            problems.append(problem.at(id))
        vocabulary = getattr(known.block, "vocabulary_size", None)
        if source.num_tokens is not None and isinstance(vocabulary, int) and vocabulary < source.num_tokens:
            problems.append(_small_vocabulary(title, vocabulary, source, "vocabulary_size").at(id))
        problems += _embeddings(graph, report, source, id)
    return problems


def _embeddings(graph: Graph, report: Report, source: DataSource, input_id: str) -> list[Problem]:
    """Return embeddings right behind an input that have fewer rows than the data has tokens: they would be indexed past their end."""
    problems = []
    for edge in graph.leaving(input_id):
        known = report.nodes.get(edge.target)
        rows = getattr(known.block, "num_embeddings", None) if known is not None else None
        if source.num_tokens is not None and isinstance(rows, int) and rows < source.num_tokens:
            problems.append(_small_vocabulary(title_of(graph.nodes[edge.target]), rows, source, "num_embeddings").at(edge.target))
    return problems


def _small_vocabulary(title: str, size: int, source: DataSource, parameter: str) -> Problem:
    return Problem(
        code="data_vocabulary",
        message=f"{title} knows {size} tokens, {source.title} has {source.num_tokens}.",
        fix=f"Set {parameter} to {source.num_tokens}.",
        parameter=parameter,
        expected=f"at least {source.num_tokens}",
        received=str(size),
    )


def _loss_problems(graph: Graph, report: Report, source: DataSource) -> list[Problem]:
    losses = open_losses(graph, report)
    problems = [problem for loss in losses for problem in _one_loss(graph, report, source, loss)]
    sized = [loss.prediction.shape if loss.prediction and (loss.form == "value" or source.per_pixel) else () for loss in losses]
    forms = {(loss.form, shape[1 if loss.form == "value" else 2 :]) for loss, shape in zip(losses, sized, strict=True)}
    if len(forms) > 1 and not problems:
        first, second = (title_of(graph.nodes[loss.node]) for loss in losses[:2])
        problems.append(
            Problem(
                code="data_target",
                message=f"{second} wants the target in another form than {first}.",
                fix="Use losses of one kind on predictions of one size, or connect something to the target of one of them.",
                node=losses[1].node,
            )
        )
    return problems


def _one_loss(graph: Graph, report: Report, source: DataSource, loss: OpenLoss) -> list[Problem]:
    title = title_of(graph.nodes[loss.node])
    if loss.form == "class_index" and source.task == "regression":
        message = f"{title} wants classes, {source.title} has numbers to predict."
        return [Problem("data_target", message, "Use the MSE loss or the L1 loss, or choose data with classes.", loss.node)]
    if graph.nodes[loss.node].type.startswith(("bce", "binary_cross_entropy", "contrastive")) and source.task == "regression":
        message = f"{title} wants targets from 0 to 1, {source.title} has any numbers."
        return [Problem("data_target", message, "Use the MSE loss or the L1 loss, or choose data with classes.", loss.node)]
    if loss.prediction is None:
        return []
    allowed = _prediction_sizes(source, loss.form)
    if source.per_pixel:
        misfit = map_problem(graph, report, source, loss, allowed)
        return [misfit] if misfit else []
    got = loss.prediction.shape[1:]
    if len(got) == 1 and got[0] in allowed:
        return []
    return [_wrong_size(graph, report, source, loss, allowed)]


def _prediction_sizes(source: DataSource, form: TargetForm) -> list[int]:
    """Return how many numbers the network may give for each example, the most usual first."""
    if source.task == "regression":
        return [1]
    assert source.num_classes is not None, "a classification has classes"
    return [1, 2] if form == "value" and source.num_classes == 2 else [source.num_classes]


def _wrong_size(graph: Graph, report: Report, source: DataSource, loss: OpenLoss, allowed: Sequence[int]) -> Problem:
    assert loss.prediction is not None, "asked only where a prediction arrives"
    subject = f"{source.num_classes} classes" if source.task == "classification" else "1 number to predict"
    wanted = allowed[0]
    problem = Problem(
        code="data_target",
        message=f"{title_of(graph.nodes[loss.node])} gets {loss.prediction} for each batch, {source.title} has {subject}.",
        fix=f"Let the network give {wanted} numbers for each example, by a Linear block with out_features {wanted}.",
        node=loss.node,
        expected=f"(B, {wanted})",
        received=str(loss.prediction),
    )
    last = giving(graph, report, loss.source, "out_features")
    if last is None or len(loss.prediction.shape) != 2:
        return problem
    message = f"{title_of(graph.nodes[last])} gives {loss.prediction.shape[1]} numbers for each example, {source.title} has {subject}."
    return replace(problem, node=last, parameter="out_features", message=message, fix=f"Set out_features to {wanted}.")
