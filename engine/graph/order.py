"""In what order nodes can be worked out, and where they go in circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.graph.document import Edge, Graph


def topological_order(graph: Graph) -> tuple[list[str], list[list[str]]]:
    """Return every node that is not in, or behind, a cycle, each after all that feed it; and the cycles.

    Chains stay together: the walk goes depth first from the ends of the network, so that source in this order reads like a person's.
    """
    order, circular = _depth_first(graph)
    if not circular:
        return order, []
    loops = cycles(graph)
    behind = _reachable(graph, {id for loop in loops for id in loop})
    return [id for id in order if id not in behind], loops


def _depth_first(graph: Graph) -> tuple[list[str], bool]:
    """Return all nodes, each after those that feed it where that can be, and whether any feed each other in a circle."""
    nodes, arriving = graph.nodes, graph.arriving_edges
    order: list[str] = []
    circular = False
    state: dict[str, bool] = {}  # False while its inputs are being visited, True when done
    sinks = [id for id in nodes if id not in graph.leaving_edges]
    for root in [*sinks, *nodes]:
        if root in state:
            continue
        state[root] = False
        stack = [(root, iter(arriving.get(root, ())))]
        while stack:
            id, edges = stack[-1]
            for edge in edges:
                done = state.get(edge.source)
                if done is None and edge.source in nodes:
                    state[edge.source] = False
                    stack.append((edge.source, iter(arriving.get(edge.source, ()))))
                    break
                circular = circular or done is False
            else:
                stack.pop()
                state[id] = True
                order.append(id)
    return order, circular


def _reachable(graph: Graph, start: set[str]) -> set[str]:
    seen, stack = set(start), list(start)
    while stack:
        for edge in graph.leaving_edges.get(stack.pop(), ()):
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
        work: list[tuple[str, Iterator[Edge]]] = []
        entered: str | None = root
        while entered is not None or work:
            if entered is not None:
                index[entered] = low[entered] = len(index)
                held.append(entered)
                on_hold.add(entered)
                work.append((entered, iter(graph.leaving_edges.get(entered, ()))))
                entered = None
            id, edges = work[-1]
            for edge in edges:
                target = edge.target
                if target in on_hold:
                    low[id] = min(low[id], index[target])
                elif target not in index and target in graph.nodes:
                    entered = target
                    break
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[id])
                if low[id] == index[id]:
                    found += _group(graph, id, held, on_hold, places)
    return found


def _group(graph: Graph, last: str, held: list[str], on_hold: set[str], places: Mapping[str, int]) -> list[list[str]]:
    """Take a strongly connected component off the stack; return it where it is a circle, and not just one node."""
    group: list[str] = []
    while not group or group[-1] != last:
        group.append(held.pop())
        on_hold.discard(group[-1])
    if len(group) > 1 or any(edge.target == last for edge in graph.leaving_edges.get(last, ())):
        return [sorted(group, key=places.__getitem__)]
    return []
