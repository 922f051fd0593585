"""Nested arguments and results of calls: tuples, lists, dictionaries and slices with tensors or values as leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def leaves(tree: Any) -> Iterator[Any]:
    """Yield every leaf, in the order in which it is written."""
    if isinstance(tree, (tuple, list)):
        for part in tree:
            yield from leaves(part)
    elif isinstance(tree, dict):
        for part in tree.values():
            yield from leaves(part)
    elif isinstance(tree, slice):
        yield from (tree.start, tree.stop, tree.step)
    else:
        yield tree


def mapped(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return the same tree with each leaf changed; named tuples become plain ones."""
    if isinstance(tree, tuple):
        return tuple(mapped(part, change) for part in tree)
    if isinstance(tree, list):
        return [mapped(part, change) for part in tree]
    if isinstance(tree, dict):
        return {name: mapped(part, change) for name, part in tree.items()}
    if isinstance(tree, slice):
        return slice(change(tree.start), change(tree.stop), change(tree.step))
    return change(tree)
