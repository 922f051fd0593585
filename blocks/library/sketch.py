"""Write an architecture down block by block, and have it laid out in rows that fit a screen."""

from __future__ import annotations

from typing import Any

COLUMN_WIDTH = 240
ROW_HEIGHT = 150
BAND_GAP = 30


class Sketch:
    """Collect blocks and wires of a graph document.

    Every method that adds a block returns its id, to be passed to what comes after it; "id.port" names an output that is not the first.
    """

    def __init__(self, name: str, columns: int = 6) -> None:
        self._name = name
        self._columns = columns
        self._nodes: dict[str, dict[str, Any]] = {}
        self._edges: list[dict[str, str]] = []

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
            ports = {"xs" if isinstance(after, list) else "x": after}
        for port, sources in ports.items():
            for source in sources if isinstance(sources, list) else [sources]:
                self._wire(source, id, port)
        return id

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
            "definitions": {},
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
                "source_port": source_port or _FIRST_OUTPUT.get(self._nodes[id]["type"], _USUAL_OUTPUT),
                "target": target,
                "target_port": port,
            }
        )

    def _lay_out(self) -> None:
        """Put each block as many columns in as its longest way from an input, and break the line like text."""
        depth: dict[str, int] = {}
        for id in self._nodes:  # blocks are added after what feeds them
            before = [depth[edge["source"]] for edge in self._edges if edge["target"] == id]
            depth[id] = max(before, default=-1) + 1
        bands: dict[int, dict[int, list[str]]] = {}
        for id, column in depth.items():
            bands.setdefault(column // self._columns, {}).setdefault(column % self._columns, []).append(id)
        top = 0
        for band in bands.values():
            tallest = max(len(ids) for ids in band.values())
            for column, ids in band.items():
                for row, id in enumerate(ids):
                    self._nodes[id]["position"] = [float(column * COLUMN_WIDTH), float(top + row * ROW_HEIGHT)]
            top += tallest * ROW_HEIGHT + BAND_GAP


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
