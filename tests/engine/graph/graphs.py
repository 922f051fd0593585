"""Random documents and edits for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.graph.document import Edge, Graph, Node
from engine.graph.edits import AddNode, Batch, Connect, Disconnect, Edit, Move, RemoveNode, RenameGraph, RenameNode, SetMarks, SetParameters

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
VALUES = st.one_of(
    st.integers(-(2**53), 2**53),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    NAMES,
    st.lists(st.integers(0, 9), max_size=3),
)
PARAMETERS = st.dictionaries(st.sampled_from(["out_channels", "bias", "kernel_size", "p"]), VALUES, max_size=3)
POSITIONS = st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
TYPES = st.sampled_from(["relu", "linear", "conv2d", "add", "no_such_block"])
MARKS = st.fixed_dictionaries(
    {},
    optional={
        "frozen": st.booleans(),
        "lr_factor": st.floats(0, 10),
        "initialisation": st.sampled_from(["he", "normal(0.5)"]),
        "bypassed": st.booleans(),
        "collapsed": st.booleans(),
    },
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    ids = draw(st.lists(st.sampled_from([f"n{number}" for number in range(12)]), unique=True, max_size=8))
    nodes = [Node(id, draw(TYPES), draw(NAMES), draw(PARAMETERS), draw(POSITIONS), **draw(MARKS)) for id in ids]
    count = draw(st.integers(0, 10)) if ids else 0
    edges = [
        Edge(f"e{number}", draw(st.sampled_from(ids)), "y", draw(st.sampled_from(ids)), draw(st.sampled_from(["x", "xs"])))
        for number in range(count)
    ]
    return Graph.of(draw(NAMES), nodes, edges)


@st.composite
def edits(draw: st.DrawFn, graph: Graph, depth: int = 1) -> Edit:
    """Draw an edit that fits the graph."""
    choices = ["add", "rename_graph"]
    if graph.nodes:
        choices += ["remove", "connect", "parameters", "marks", "rename", "move"]
    if graph.edges:
        choices.append("disconnect")
    if depth:
        choices.append("batch")
    number = next(number for number in range(100, 10_000) if f"n{number}" not in graph.nodes and f"e{number}" not in graph.edges)
    node = draw(st.sampled_from(list(graph.nodes))) if graph.nodes else ""
    place = draw(st.none() | st.integers(0, 12))
    match draw(st.sampled_from(choices)):
        case "add":
            return AddNode(Node(f"n{number}", draw(TYPES), draw(NAMES), draw(PARAMETERS), draw(POSITIONS)), place)
        case "remove":
            return RemoveNode(node)
        case "connect":
            return Connect(Edge(f"e{number}", node, "y", draw(st.sampled_from(list(graph.nodes))), "x"), place)
        case "disconnect":
            return Disconnect(draw(st.sampled_from(list(graph.edges))))
        case "parameters":
            return SetParameters(node, draw(PARAMETERS), tuple(draw(st.lists(st.sampled_from(["bias", "p"]), unique=True))))
        case "marks":
            return SetMarks(node, draw(MARKS))
        case "rename":
            return RenameNode(node, draw(NAMES))
        case "move":
            return Move({node: draw(POSITIONS)})
        case "rename_graph":
            return RenameGraph(draw(NAMES))
    return Batch((draw(edits(graph, 0)), RenameGraph(draw(NAMES))), draw(NAMES))
