"""Write an architecture down block by block, and have it laid out in rows that fit a screen."""

from __future__ import annotations

from typing import Any

from blocks.registry import registry

# The canvas draws blocks in these sizes: app/canvas/frontend/src/flow.ts.
NODE_WIDTH, NODE_FRAME, PORT_HEIGHT = 204, 76, 20
COLUMN_GAP, ROW_GAP, BAND_GAP = 40, 44, 56
SCREEN = (820, 690)
"""What a laptop's screen leaves for a network: lines are broken so that it is drawn as large as possible there."""
FEWEST_COLUMNS = 4


class Sketch:
    """Collect blocks and wires of a graph document.

    Every method that adds a block returns its id, to be passed to what comes after it; "id.port" names an output that is not the first.
    `columns` is the most blocks that stand in one line.
    """

    def __init__(self, name: str, columns: int = 6) -> None:
        self._name = name
        self._columns = columns
        self._nodes: dict[str, dict[str, Any]] = {}
        self._edges: list[dict[str, str]] = []
        self._definitions: dict[str, dict[str, Any]] = {}
        self._ports: dict[str, tuple[list[str], list[str]]] = {}

    def define(self, id: str, body: Sketch, help: str = "", /, **parameters: int | float) -> str:
        """Make a composite of another sketch, with these exposed parameters and their defaults; return the type that uses it.

        The sketches of a network share their definitions: define a composite in the same sketch whose body uses it, or in a later one.
        """
        body._lay_out()
        nodes = list(body._nodes.values())
        for inner, definition in body._definitions.items():
            self._definitions.setdefault(inner, definition)
        self._ports |= body._ports
        self._definitions[id] = {
            "name": body._name,
            **({"help": help} if help else {}),
            "parameters": [{"name": name, "default": value, "minimum": 1} for name, value in parameters.items()],
            "nodes": nodes,
            "edges": body._edges,
        }
        ports = [[node["id"] for node in nodes if node["type"] == kind] for kind in ("entry", "exit")]
        self._ports[f"@{id}"] = (ports[0], ports[1])
        return f"@{id}"

    def knows(self, other: Sketch) -> Sketch:
        """Use the composites that another sketch defines; return this sketch."""
        self._definitions |= other._definitions
        self._ports |= other._ports
        return self

    def mark(self, id: str, **marks: Any) -> None:
        """Set training marks of a block: frozen, lr_factor, initialisation, shares_weights_with."""
        self._nodes[id].update(marks)

    def add(
        self, type: str, name: str = "", /, *, after: str | list[str] | dict[str, str | list[str]] | None = None, **parameters: Any
    ) -> str:
        """Add a block after others: by port ({"query": a, "key": b}), or to the usual input port ("x", or "xs" for a list)."""
        id = name or self._fresh(type)
        assert id not in self._nodes, f"two blocks are called {id!r}"
        self._nodes[id] = {"id": id, "type": type, "name": name, "parameters": parameters, "position": [0.0, 0.0]}
        if isinstance(after, dict):
            ports = after
        elif after is None:
            ports = {}
        else:
            usual = self._ports[type][0][0] if type in self._ports else "xs" if isinstance(after, list) else "x"
            ports = {usual: after}
        for port, sources in ports.items():
            for source in sources if isinstance(sources, list) else [sources]:
                self._wire(source, id, port)
        return id

    def share(self, id: str, owner: str) -> None:
        """Let a block use the weights of another one."""
        assert owner in self._nodes, f"{id!r} is to share the weights of {owner!r}, which does not exist yet"
        self._nodes[id]["shares_weights_with"] = owner

    def chain(self, after: str, *blocks: tuple[str, dict[str, Any]]) -> str:
        """Add blocks one after the other, each a type with its parameters, and return the last."""
        for type, parameters in blocks:
            after = self.add(type, after=after, **parameters)
        return after

    def finish(self, prediction: str, loss: str = "cross_entropy", **parameters: Any) -> None:
        """Add the output and a loss on the prediction."""
        self.add("output", "prediction", after=prediction)
        self.add(loss, "loss", after={"prediction": prediction}, **parameters)

    def document(self) -> dict[str, Any]:
        """Return the graph as plain JSON, laid out."""
        self._lay_out()
        return {
            "format": "gradloom/graph",
            "version": 1,
            "name": self._name,
            "nodes": list(self._nodes.values()),
            "edges": self._edges,
            "definitions": self._definitions,
        }

    def _fresh(self, type: str) -> str:
        number = 1 + sum(node["type"] == type for node in self._nodes.values())
        return f"{type}_{number}"

    def _wire(self, source: str, target: str, port: str) -> None:
        id, _, source_port = source.partition(".")
        assert id in self._nodes, f"{target!r} comes after {id!r}, which does not exist yet"
        self._edges.append(
            {
                "id": f"wire_{len(self._edges) + 1}",
                "source": id,
                "source_port": source_port or self._first_output(self._nodes[id]["type"]),
                "target": target,
                "target_port": port,
            }
        )

    def _first_output(self, type: str) -> str:
        return self._ports[type][1][0] if type in self._ports else _FIRST_OUTPUT.get(type, _USUAL_OUTPUT)

    def _lay_out(self) -> None:
        """Put each block as many columns in as its longest way from an input, and break the line like text."""
        depth: dict[str, int] = {}
        for id in self._nodes:  # blocks are added after what feeds them
            before = [depth[edge["source"]] for edge in self._edges if edge["target"] == id]
            depth[id] = max(before, default=-1) + 1
        layouts = [self._broken_after(columns, depth) for columns in range(min(FEWEST_COLUMNS, self._columns), self._columns + 1)]
        for id, position in max(layouts, key=self._scale_on_screen).items():
            self._nodes[id]["position"] = list(position)

    def _broken_after(self, columns: int, depth: dict[str, int]) -> dict[str, tuple[float, float]]:
        """Return the positions with that many blocks in a line."""
        bands: dict[int, dict[int, list[str]]] = {}
        for id, column in depth.items():
            bands.setdefault(column // columns, {}).setdefault(column % columns, []).append(id)
        positions: dict[str, tuple[float, float]] = {}
        top = 0
        for band in bands.values():
            lower = top
            for column, ids in band.items():
                y = top
                for id in ids:
                    positions[id] = (float(column * (NODE_WIDTH + COLUMN_GAP)), float(y))
                    lower = max(lower, y + self._height(id))
                    y += self._height(id) + ROW_GAP
            top = lower + BAND_GAP
        return positions

    def _height(self, id: str) -> int:
        type = self._nodes[id]["type"]
        if type in self._ports:
            return NODE_FRAME + PORT_HEIGHT * max(map(len, self._ports[type]))
        block = registry()[type]
        return NODE_FRAME + PORT_HEIGHT * max(len(block.inputs), len(block.outputs))

    def _scale_on_screen(self, positions: dict[str, tuple[float, float]]) -> float:
        width = max(x for x, _ in positions.values()) + NODE_WIDTH
        height = max(y + self._height(id) for id, (_, y) in positions.items())
        return min(SCREEN[0] / width, SCREEN[1] / height, 1.0)


_USUAL_OUTPUT = "y"
_FIRST_OUTPUT = {
    "image_input": "x",
    "vector_input": "x",
    "sequence_input": "x",
    "token_input": "x",
    "rnn": "sequence",
    "gru": "sequence",
    "lstm": "sequence",
    "multihead_attention": "output",
}
