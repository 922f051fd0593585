"""Time the check of a graph of 1,000 blocks: from cold, and after one edit. Run: python -m tests.benchmarks.checking [blocks]"""

from __future__ import annotations

import statistics
import sys
from time import perf_counter

from blocks.library.sketch import Sketch
from engine.check import check
from engine.graph.document import Graph
from engine.graph.edits import SetParameters, apply
from engine.graph.serialise import read_graph
from engine.library import template

EDITS = 20


def chain(count: int) -> Graph:
    """Return linear layers of 97 different widths with ReLUs between them, `count` blocks in all."""
    sketch = Sketch("chain")
    last = sketch.add("vector_input", "vector", features=8)
    for number in range((count - 4) // 2):
        last = sketch.add("linear", f"linear{number}", after=last, out_features=8 + number % 97)
        last = sketch.add("relu", f"relu{number}", after=last)
    sketch.finish(sketch.add("linear", "classes", after=last, out_features=2))
    return read_graph(sketch.document())


def main() -> None:
    """Print both times."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    check(template("xor"))  # what torch imports at its first use is not the graph's doing
    graph = chain(count)
    began = perf_counter()
    assert check(graph).ok
    cold_s = perf_counter() - began
    times = []
    for width in range(1000, 1000 + EDITS):
        graph, _ = apply(graph, SetParameters(f"linear{count // 4}", {"out_features": width}))
        began = perf_counter()
        assert check(graph).ok
        times.append(perf_counter() - began)
    print(f"{len(graph.nodes):,} blocks: from cold {cold_s * 1000:.0f} ms, after an edit {statistics.median(times) * 1000:.0f} ms (median)")


if __name__ == "__main__":
    main()
