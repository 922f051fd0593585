"""One number for a whole document, computed alike here and in the browser, so that two copies that differ are noticed.

Mirrored by `frontend/src/fingerprint.ts`: every number is its 8 bytes as IEEE 754 double, every text its UTF-16 code units, because the two
languages write numbers and escape text differently.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Any

from engine.graph.document import MARKS, Edge, Graph, Node


class Fingerprint:
    """Compute the fingerprint of successive versions of one graph; nodes and edges that stayed the same are not read again."""

    def __init__(self) -> None:
        self._seen: tuple[_Seen, _Seen] = ({}, {})

    def of(self, graph: Graph) -> str:
        """Return eight hexadecimal digits of ids, types, names, parameters, marks, positions, wires and their order."""
        parts = [_text(graph.name)]
        for items, seen in zip((graph.nodes, graph.edges), self._seen, strict=True):
            parts += [
                known[1] if (known := seen.get(id)) is not None and known[0] is item else _read(seen, id, item)
                for id, item in items.items()
            ]
            parts.append(b"|")
            if len(seen) > 2 * len(items) + 1000:  # what is gone may come back by undo
                for id in seen.keys() - items.keys():
                    del seen[id]
        return f"{zlib.crc32(b''.join(parts)):08x}"


_Seen = dict[str, tuple[Node | Edge, bytes]]


def _read(seen: _Seen, id: str, item: Node | Edge) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(_item(item)))
    seen[id] = (item, checksum)
    return checksum


def _item(item: Node | Edge) -> bytes:
    if isinstance(item, Edge):
        return _value([item.id, item.source, item.source_port, item.target, item.target_port])
    marks = {mark: getattr(item, mark) for mark, default in MARKS.items() if getattr(item, mark) != default}
    return _value([item.id, item.type, item.name, dict(item.parameters), list(item.position), marks])


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return b"s" + struct.pack(">I", len(encoded)) + encoded


def _value(value: Any) -> bytes:
    if value is None:
        return b"0"
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, (int, float)):
        return b"d" + struct.pack(">d", value + 0.0)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return b"{" + b"".join(_text(key) + _value(value[key]) for key in sorted(value)) + b"}"
    return b"[" + b"".join(_value(item) for item in value) + b"]"
