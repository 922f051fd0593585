"""Whatever is done to a network: every fix that is offered removes its problem, brings no other error unsaid, and can be taken back."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from blocks.registry import registry
from engine.check import check
from engine.fixes import fixes
from engine.graph import edits
from engine.graph.document import Edge, Graph, Node
from engine.graph.edits import apply
from engine.graph.serialise import edit_from_json, edit_to_json, read_graph
from engine.library import ready, template, templates
from tests.engine.fixes.networks import place, places

SMALL = [name for name in templates() if len(ready(name).nodes) <= 40 and not ready(name).definitions]
"""Of at most forty blocks of our own: `damage` knows no composites."""
VALUES: list[Any] = [0, 1, 2, 3, 7, 64, -1, 0.5, 10**9, "same", None, [2, 1], [2, 3, 1], True]


def damage(graph: Graph, rng: random.Random) -> Graph:
    """Do to a network what people do by mistake."""
    nodes, wires = list(graph.nodes), list(graph.edges)
    match rng.randrange(7):
        case 0 if nodes:
            return apply(graph, edits.RemoveNode(rng.choice(nodes)))[0]
        case 1 if wires:
            return apply(graph, edits.Disconnect(rng.choice(wires)))[0]
        case 2 if len(nodes) > 1:
            source, target = rng.sample(nodes, 2)
            if not registry()[graph.nodes[source].type].outputs or not registry()[graph.nodes[target].type].inputs:
                return graph
            ends = rng.choice(registry()[graph.nodes[source].type].outputs), rng.choice(registry()[graph.nodes[target].type].inputs)
            return apply(graph, edits.Connect(Edge(f"w{rng.random()}", source, ends[0].name, target, ends[1].name)))[0]
        case 3 if nodes:
            node = graph.nodes[rng.choice(nodes)]
            fields = [*registry()[node.type].parameter_fields(), "wdith"]
            return apply(graph, edits.SetParameters(node.id, {rng.choice(fields): rng.choice(VALUES)}))[0]
        case 4 if nodes:
            node = graph.nodes[rng.choice(nodes)]
            other = Node(node.id, rng.choice(list(registry())), node.name, {}, node.position)
            return Graph({**graph.nodes, node.id: other}, graph.edges, graph.name)
        case 5 if len(nodes) > 1:
            return apply(graph, edits.SetMarks(rng.choice(nodes), {"shares_weights_with": rng.choice(nodes)}))[0]
        case _:
            edge = Edge(f"d{rng.random()}", rng.choice([*nodes, "gone"]), rng.choice(["y", "no"]), rng.choice([*nodes, "lost"]), "x")
            return Graph(graph.nodes, {**graph.edges, edge.id: edge}, graph.name)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(SMALL), seed=st.integers(0, 10**6), times=st.integers(1, 4))
def test_every_fix_solves_its_problem_and_can_be_taken_back(name: str, seed: int, times: int) -> None:
    graph, rng = ready(name), random.Random(seed)
    for _ in range(times):
        graph = damage(graph, rng)
    report = check(graph)
    for problem in report.problems[:8]:
        for fix in fixes(graph, report, problem):
            after, inverse = apply(graph, edit_from_json(edit_to_json(fix.edit)))
            assert places(after)[place(problem)] < places(graph)[place(problem)], f"{fix.label} leaves {problem}"
            new = places(after, "error") - places(graph, "error")
            assert new.keys() <= {place(other) for other in fix.uncovers}, f"{fix.label} for {problem} brings {new} unsaid"
            assert apply(after, edit_from_json(edit_to_json(inverse)))[0].to_json() == graph.to_json()
            assert read_graph(after.to_json()).to_json() == after.to_json()


def test_nearly_every_mistake_in_a_ready_network_has_a_way_out() -> None:
    """A person who makes one mistake is offered a fix; where none is sure, the sentence alone must do."""
    helped = left = 0
    for seed in range(120):
        rng = random.Random(seed)
        graph = damage(template(rng.choice(SMALL)), rng)
        report = check(graph)
        for problem in report.problems[:1]:
            found = bool(fixes(graph, report, problem))
            helped, left = helped + found, left + (not found)
    assert helped > 60 and left <= 0.15 * helped, (helped, left)
