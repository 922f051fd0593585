"""In what order nodes can be worked out, and where they go in circles."""

from __future__ import annotations

from collections.abc import Iterator

from engine.graph.document import Graph


def topological_order(graph: Graph, loops: list[list[str]] | None = None) -> list[str]:
    """Return every node that is not in, or behind, a cycle, each after all that feed it.

    Chains stay together: the walk goes depth first from the ends of the network, so that source in this order reads like a person's.
    `loops` are the graph's cycles, where the caller has them already.
    """
    stuck = {id for loop in (cycles(graph) if loops is None else loops) for id in loop}
    order: list[str] = []
    state: dict[str, bool] = {}  # False while its inputs are being visited, True when done
    sinks = [id for id in graph.nodes if not graph.leaving(id)]
    for root in [*sinks, *graph.nodes]:
        stack: list[tuple[str, Iterator[str]]] = []
        if root not in state:
            state[root] = False
            stack.append((root, _sources(graph, root)))
        while stack:
            id, sources = stack[-1]
            source = next((source for source in sources if source not in state), None)
            if source is not None:
                state[source] = False
                stack.append((source, _sources(graph, source)))
                continue
            stack.pop()
            state[id] = True
            order.append(id)
    if not stuck:
        return order
    behind = _reachable(graph, stuck)
    return [id for id in order if id not in behind]


def _sources(graph: Graph, id: str) -> Iterator[str]:
    return (edge.source for edge in graph.arriving(id) if edge.source in graph.nodes)


def _reachable(graph: Graph, start: set[str]) -> set[str]:
    seen, stack = set(start), list(start)
    while stack:
        for edge in graph.leaving(stack.pop()):
            if edge.target not in seen:
                seen.add(edge.target)
                stack.append(edge.target)
    return seen


def cycles(graph: Graph) -> list[list[str]]:
    """Return the groups of nodes that feed each other in a circle (strongly connected components), each in document order.

    Source: Tarjan, Depth-first search and linear graph algorithms (1972), without recursion.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    held: list[str] = []
    on_hold: set[str] = set()
    found: list[list[str]] = []
    places = {id: place for place, id in enumerate(graph.nodes)}
    for root in graph.nodes:
        if root in index:
            continue
        work: list[tuple[str, Iterator[str]]] = []

        def enter(id: str, work: list[tuple[str, Iterator[str]]] = work) -> None:
            index[id] = low[id] = len(index)
            held.append(id)
            on_hold.add(id)
            work.append((id, (edge.target for edge in graph.leaving(id) if edge.target in graph.nodes)))

        enter(root)
        while work:
            id, targets = work[-1]
            target = next(targets, None)
            if target is not None:
                if target not in index:
                    enter(target)
                elif target in on_hold:
                    low[id] = min(low[id], index[target])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[id])
            if low[id] == index[id]:
                group: list[str] = []
                while not group or group[-1] != id:
                    group.append(held.pop())
                    on_hold.discard(group[-1])
                if len(group) > 1 or any(edge.target == id for edge in graph.leaving(id)):
                    found.append(sorted(group, key=places.__getitem__))
    return found
