"""Find every block: each module below this package that defines a `Block` in a file of its own."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import blocks
from blocks.problems import Problem, UserError
from blocks.spec import Block

_NOT_BLOCKS = {"spec", "registry", "problems", "tensors", "validation"}


@cache
def registry() -> Mapping[str, type[Block]]:
    """Return every block by its type, sorted by type.

    The type is the name of the file. Importing happens once.
    """
    found: dict[str, type[Block]] = {}
    for info in pkgutil.walk_packages(blocks.__path__, "blocks."):
        parts = info.name.split(".")
        if info.ispkg or len(parts) != 3 or parts[1] in _NOT_BLOCKS or parts[1] == "library":
            continue
        module = importlib.import_module(info.name)
        here = [
            member
            for _, member in inspect.getmembers(module, inspect.isclass)
            if issubclass(member, Block)
            and member.__module__ == module.__name__
            and not inspect.isabstract(member)
            and hasattr(member, "title")
        ]
        assert len(here) == 1, f"{info.name} must define exactly one block, found {len(here)}"
        here[0].type = parts[-1]
        assert parts[-1] not in found, f"two files define the block {parts[-1]!r}"
        found[parts[-1]] = here[0]
    return MappingProxyType(dict(sorted(found.items())))


def block_class(block_type: str) -> type[Block]:
    """Return the class of a block type.

    Raises:
        UserError: where no block has this type.
    """
    known = registry()
    if block_type not in known:
        raise UserError(
            Problem(
                code="unknown_block",
                message=f"There is no block of type {block_type!r}.",
                fix="Replace it by a block from the palette, or remove it.",
                received=block_type,
            )
        )
    return known[block_type]
