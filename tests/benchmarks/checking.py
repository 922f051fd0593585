"""Time the check of 100, 1,000 and 10,000 blocks: from nothing, and after edits. Run: python -m tests.benchmarks.checking [blocks]"""

from __future__ import annotations

import gc
import statistics
import sys
from collections.abc import Callable
from time import perf_counter

from blocks.library.sketch import Sketch
from engine.check import check
from engine.graph.document import Edge, Graph, Node
from engine.graph.edits import AddNode, Connect, Disconnect, Edit, Move, RemoveNode, RenameNode, SetParameters, apply
from engine.graph.serialise import read_graph
from engine.library import template

SIZES = (100, 1_000, 10_000)
TURNS = 9


def chain(count: int) -> Graph:
    """Return linear layers of 97 different widths with ReLUs between them, `count` blocks in all."""
    sketch = Sketch("chain")
    last = sketch.add("vector_input", "vector", features=8)
    for number in range((count - 4) // 2):
        last = sketch.add("linear", f"linear{number}", after=last, out_features=8 + number % 97)
        last = sketch.add("relu", f"relu{number}", after=last)
    sketch.finish(sketch.add("linear", "classes", after=last, out_features=2))
    return read_graph(sketch.document())


def kinds_of_edits(graph: Graph) -> dict[str, Callable[[int], Edit]]:
    """Return, for each kind of edit, a function that makes a fresh one for a chain, in its middle where it has a place."""
    number = len(graph.nodes) // 4
    middle = f"linear{number}"
    return {
        "parameter": lambda turn: SetParameters(middle, {"out_features": 1000 + turn}),
        "rename": lambda turn: RenameNode(middle, f"name {turn}"),
        "move": lambda turn: Move({middle: (turn, turn)}),
        "add": lambda turn: AddNode(Node(f"new{turn}", "relu")),
        "connect": lambda turn: Connect(Edge(f"new{turn}", middle, "y", f"linear{number + 2}", "x")),
        "disconnect": lambda turn: Disconnect(graph.arriving(middle)[0].id),
        "disconnect the first": lambda turn: Disconnect(graph.arriving("linear0")[0].id),
        "remove": lambda turn: RemoveNode(middle),
        "cycle": lambda turn: Connect(Edge(f"new{turn}", f"relu{number}", "y", middle, "x")),
    }


def main() -> None:
    """Print the times of each size."""
    check(template("xor"))  # what torch imports at its first use is not the graph's doing
    gc.collect()
    gc.freeze()  # as the app does: what was imported never becomes garbage
    for count in [int(size) for size in sys.argv[1:]] or SIZES:
        graph = chain(count)
        began = perf_counter()
        report = check(graph)
        print(f"{len(graph.nodes):,} blocks: from nothing {(perf_counter() - began) * 1000:.0f} ms")
        for kind, make in kinds_of_edits(graph).items():
            times = []
            for turn in range(TURNS):
                edited, _ = apply(graph, make(turn))
                began = perf_counter()
                check(edited, report)
                times.append((perf_counter() - began) * 1000)
            print(f"  after {kind:22} {statistics.median(times):6.1f} ms (median of {TURNS}, most {max(times):.1f})")


if __name__ == "__main__":
    main()
