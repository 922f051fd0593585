"""From an ordinary `nn.Module` in a Python file to a graph. The file is executed in a locked-in process of its own, never in this one."""

from engine.importing.code import Imported, import_code
from engine.importing.sandbox import LARGEST_SOURCE_BYTES

__all__ = ["LARGEST_SOURCE_BYTES", "Imported", "import_code"]
