"""Tell what was found in a written-out graph at the places a user sees: the composites on the canvas, or the inside of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from blocks.problems import Problem
from engine.check.node import title_of
from engine.check.report import CompositeReport, NodeReport, Report
from engine.composites.expand import MISTAKEN, Expanded, join
from engine.graph.document import Graph, port_of


def folded(graph: Graph, expanded: Expanded, flat: Report, known: Iterable[Problem] = ()) -> Report:
    """Return the report of a graph from that of its written-out form; `known` are problems of its own nodes."""
    # Of a network that is too large to be written out nothing else is known.
    known_whole = all(problem.code != "too_large" for problem in expanded.problems)
    found = [problem for problem in flat.problems if known_whole and not _is_told(problem, expanded)]
    problems = _once([*expanded.problems, *found], graph, expanded)
    told = [*known, *(_on_canvas(problem, graph, expanded) for problem in problems)]
    return Report(
        problems=tuple(told),
        nodes=_nodes(graph, "", expanded, flat, told),
        order=_order(graph, flat),
        flat=flat,
        expanded=expanded,
    )


def inside(report: Report, graph: Graph, definition: str, place: str | None = None) -> Report:
    """Return the report of one composite's inside, with the shapes of one of its copies (the first that there is).

    `report` is the whole graph's. Of a composite that is not used nothing is known, and the report says nothing.
    """
    body = graph.level(definition)
    expanded, flat = report.expanded, report.flat
    places = (
        []
        if expanded is None
        else [path for path, at in expanded.places.items() if at.definition is not None and at.definition.id == definition]
    )
    if expanded is None or flat is None or not places:
        return Report((), {}, tuple(body.nodes))
    path = place if place in places else places[0]
    prefix = f"{path}/"
    of_definition = []
    for problem in report.problems:
        if problem.inside is None:
            continue
        home = _home(problem.inside, definition, expanded)
        if home is not None:
            of_definition.append(replace(problem, node=home))
    order = tuple(
        id
        for id in dict.fromkeys(
            expanded.origin[flat_id][1]
            for flat_id in flat.order
            if flat_id.startswith(prefix) and flat_id in expanded.origin and expanded.origin[flat_id][0] == path
        )
    )
    return Report(tuple(of_definition), _nodes(body, path, expanded, flat, of_definition), order)


def _home(path: str, definition: str, expanded: Expanded) -> str | None:
    """Return the node of a definition in which something at a path lies, None where it lies elsewhere."""
    for step in reversed(expanded.trail(path)):
        place, id = expanded.origin[step]
        at = expanded.places[place].definition
        if at is not None and at.id == definition:
            return id
    return None


def _is_told(problem: Problem, expanded: Expanded) -> bool:
    """Leave out what is said already, or what concerns nodes that only the written-out form has."""
    if problem.node is None or problem.node not in expanded.graph.nodes:
        return False
    node = expanded.graph.nodes[problem.node]
    place, id = expanded.origin[problem.node]
    is_port = (
        node.type == "identity"
        and place != ""
        and (definition := expanded.places[place].definition) is not None
        and definition.body.nodes[id].type in ("entry", "exit")
    )
    return node.type == MISTAKEN or problem.code == "cycle" or (bool(is_port) and problem.code == "unused")


def _once(problems: Iterable[Problem], graph: Graph, expanded: Expanded) -> list[Problem]:
    """Keep of a mistake that every copy of a composite has only the first."""
    seen: set[tuple[str, str, str | None]] = set()
    kept = []
    for problem in problems:
        if problem.node is not None:
            place, id = expanded.origin[problem.node]
            definition = expanded.places[place].definition
            if definition is not None:
                key = (definition.id, id, f"{problem.code} {problem.port} {problem.parameter}")
                if key in seen:
                    continue
                seen.add(key)
        kept.append(problem)
    return kept


def _on_canvas(problem: Problem, graph: Graph, expanded: Expanded) -> Problem:
    """Put a problem on the node of the canvas that it lies in, with the way to it in words."""
    if problem.node is None:
        return problem
    trail = expanded.trail(problem.node)
    top = expanded.origin[trail[0]][1]
    place, id = expanded.origin[problem.node]
    body = expanded.body(place, graph)
    node = body.nodes[id]
    if node.type == "entry" and problem.code in ("missing_input", "occupied_port"):
        composite = trail[-2]
        outer, outer_id = expanded.origin[composite]
        title = title_of(expanded.body(outer, graph).nodes[outer_id], graph)
        what = "nothing is connected to" if problem.code == "missing_input" else "several wires end at"
        message = f"{title}: {what} its input '{port_of(node)}'."
        return replace(
            problem,
            node=top,
            port=port_of(node),
            message=f"{_way(trail[:-2], graph, expanded)}{message}",
            inside=composite if len(trail) > 2 else None,
        )
    message = problem.message
    plain = title_of(expanded.graph.nodes[problem.node]) if problem.node in expanded.graph.nodes else ""
    if node.type in ("entry", "exit") and plain:
        message = message.replace(plain, f"{node.type.capitalize()} '{port_of(node)}'", 1)
    if len(trail) == 1:
        if plain == "" or node.type.startswith("@"):
            message = (
                f"{title_of(node, graph)}: {message[0].lower()}{message[1:]}" if not message.startswith(title_of(node, graph)) else message
            )
        return replace(problem, node=top, message=message)
    return replace(problem, node=top, port=None, message=f"{_way(trail[:-1], graph, expanded)}{message}", inside=problem.node)


def _way(trail: list[str], graph: Graph, expanded: Expanded) -> str:
    """Say inside what a sentence is meant: "In Stage 'one' › Bottleneck: "."""
    titles = []
    for path in trail:
        place, id = expanded.origin[path]
        titles.append(title_of(expanded.body(place, graph).nodes[id], graph))
    return f"In {' › '.join(titles)}: " if titles else ""


def _nodes(body: Graph, path: str, expanded: Expanded, flat: Report, problems: list[Problem]) -> dict[str, NodeReport]:
    """Return the report of each node of one level; a composite's is the sum of what is in it."""
    of_node: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.node is not None:
            of_node.setdefault(problem.node, []).append(problem)
    inner = _inner(expanded, flat)
    found: dict[str, NodeReport] = {}
    for id in body.nodes:
        at = join(path, id)
        mine = tuple(of_node.get(id, ()))
        if (copies := expanded.copies.get(at)) is not None:
            definition = expanded.places[copies[-1]].definition
            assert definition is not None, f"{at} is a composite"
            exits = {port_of(node): flat.nodes.get(join(copies[-1], node.id)) for node in definition.exits}
            outputs = {port: made.outputs["y"] for port, made in exits.items() if made is not None and "y" in made.outputs}
            parts = tuple(inner.get(at, ()))
            counts = sum(part.num_parameters for part in parts), sum(part.activation_bytes for part in parts)
            found[id] = CompositeReport(outputs, *counts, mine, inner=parts)
        elif at in flat.nodes:
            found[id] = replace(flat.nodes[at], problems=mine)
        else:
            found[id] = NodeReport(problems=mine)
    return found


def _inner(expanded: Expanded, flat: Report) -> dict[str, list[NodeReport]]:
    """Return the reports of all blocks in each composite node, by its path; ports only hand on, and count nothing."""
    found: dict[str, list[NodeReport]] = {}
    for path, report in flat.nodes.items():
        place, _ = expanded.origin[path]
        if place and report.outputs and expanded.graph.nodes[path].type != "identity":
            for above in expanded.trail(path)[:-1]:
                found.setdefault(above, []).append(report)
    return found


def _order(graph: Graph, flat: Report) -> tuple[str, ...]:
    """Return the canvas's nodes in the order in which the last of each is worked out."""
    assert graph.nodes is not None
    expanded_order: dict[str, None] = {}
    for path in reversed(flat.order):
        expanded_order.setdefault(path.split("/")[0].replace("~1", "/").replace("~0", "~"))
    return tuple(id for id in reversed(expanded_order) if id in graph.nodes)
