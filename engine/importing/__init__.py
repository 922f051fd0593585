"""From an ordinary `nn.Module` in a Python file to a graph. The file is executed in a locked-in process of its own, never in this one."""

from engine.importing.code import Imported, import_code

__all__ = ["Imported", "import_code"]
