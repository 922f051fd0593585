"""A page with the canvas and one form field, for its tests. What Python holds is written to state/<graph>.json, to be read there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import streamlit as st

from app.canvas import canvas, live_tint, session_for
from app.canvas.level import Level
from engine.graph.document import Edge, Graph, Node
from engine.graph.edits import AddNode, SetParameters

st.set_page_config(layout="wide")
st.html("<style>[data-testid='stHeader']{display:none}[data-testid='stMainBlockContainer']{padding:1rem}</style>")

GRAPH_ID = st.query_params.get("graph", "lenet")
SIZE = int(st.query_params.get("n", "0"))
STATE = Path(os.environ["GRADLOOM_HOME"]) / "state"


def lenet() -> Graph:
    """Return a small image classifier with one block that has a name."""
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("image_input", "", {"channels": 1, "height": 28, "width": 28}),
        ("conv2d", "stem", {"out_channels": 6, "kernel_size": 5}),
        ("relu", "", {}),
        ("max_pool2d", "", {}),
        ("flatten", "", {}),
        ("linear", "", {"out_features": 10}),
        ("output", "", {}),
    ]
    places = [(0, 40), (260, 40), (520, 40), (780, 40), (260, 260), (520, 260), (780, 260)]
    nodes = [Node(f"n{i}", type, name, parameters, at) for i, ((type, name, parameters), at) in enumerate(zip(steps, places, strict=True))]
    ports = [("x", "x"), ("y", "x"), ("y", "x"), ("y", "x"), ("y", "x"), ("y", "x")]
    edges = [Edge(f"e{i}", f"n{i}", a, f"n{i + 1}", b) for i, (a, b) in enumerate(ports)]
    nodes.append(Node("loss", "cross_entropy", "", {}, (780, 420)))
    edges.append(Edge("e_loss", "n5", "y", "loss", "prediction"))
    return Graph.of("LeNet", nodes, edges)


def long_chain(size: int) -> Graph:
    """Return a chain of that many dense layers, for timing."""
    nodes = [Node("n0", "vector_input", "", {"features": 16}, (0, 0))]
    nodes += [Node(f"n{i}", "linear", "", {"out_features": 16}, (i % 20 * 250, i // 20 * 150)) for i in range(1, size)]
    return Graph.of("Chain", nodes, [Edge(f"e{i}", f"n{i - 1}", "x" if i == 1 else "y", f"n{i}", "x") for i in range(1, size)])


def load() -> Graph:
    """Return the network that the address asks for."""
    if GRAPH_ID.startswith("empty"):
        return Graph.of("Empty", [], [])
    return long_chain(SIZE) if SIZE else lenet()


session = session_for(GRAPH_ID, load, lambda graph: None)
counts = st.session_state.setdefault("counts", {"scripts": 0, "fragments": 0, "train": 0, "save": 0})
counts["scripts"] += 1


def field(level: Level, node: Node, parameter: str) -> None:
    """Draw one number. A field may still report what it showed when the value was changed elsewhere, so it is then another field."""
    value = node.parameters[parameter]
    known, version = st.session_state.setdefault("fields", {}).get(node.id, (None, 0))
    version += known != value
    st.session_state["fields"][node.id] = (value, version)
    key = f"width-{node.id}-{version}"

    def changed() -> None:
        given = st.session_state[key]
        if node.id in level.graph.nodes and given != value:
            st.session_state["fields"][node.id] = (given, version)
            level.edit(SetParameters(node.id, {parameter: given}))

    st.number_input(f"{parameter} of {node.id}", 1, 4096, value, key=key, on_change=changed)


@st.fragment
def editor() -> None:
    """Draw the canvas and the field of the selected block."""
    counts["fragments"] += 1
    left, right = st.columns([5, 1])
    with left:
        state = canvas(session, key=f"canvas-{GRAPH_ID}")
    for command in state.commands:
        counts[command] += 1
    with right:
        if len(state.selection) == 1:
            node = state.level.graph.nodes[state.selection[0]]
            parameter = {"linear": "out_features", "conv2d": "out_channels"}.get(node.type)
            if parameter in node.parameters:
                field(state.level, node, parameter)
        st.button("Run again")
        st.button("Add from Python", on_click=lambda: session.edit(AddNode(Node(f"py{session.revision}", "relu", "", {}, (40, 420)))))
    STATE.mkdir(exist_ok=True)
    known = {"graph": session.graph.to_json(), "selection": state.selection, "revision": session.revision, "counts": counts}
    written = STATE / f"{GRAPH_ID}.part"
    written.write_text(json.dumps(known))
    written.rename(STATE / f"{GRAPH_ID}.json")


editor()

if st.query_params.get("live"):

    @st.fragment(run_every=1)
    def pulse() -> None:
        """Change the tints each second, as a running training does."""
        st.session_state["beat"] = st.session_state.get("beat", 0) + 1
        live_tint("live", {id: (st.session_state["beat"] + i) % 4 / 3 for i, id in enumerate(session.graph.nodes)})

    pulse()
