"""From a graph to readable PyTorch source, which is what gets trained and what is handed out."""

from engine.compile.network import Network
from engine.compile.writer import compile_graph

__all__ = ["Network", "compile_graph"]
