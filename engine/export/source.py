"""Take Python source apart into what it imports and what follows, so that it can stand in a larger file."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable

LINE_LENGTH = 120


def taken_apart(source: str) -> tuple[list[str], str]:
    """Return the import statements of a file, each for one name, and the text after its docstring and imports."""
    tree = ast.parse(source)
    statements: list[str] = []
    first = len(source.splitlines()) + 1
    for position, node in enumerate(tree.body):
        if isinstance(node, ast.Import):
            statements += [f"import {_named(alias)}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            statements += [f"from {node.module} import {_named(alias)}" for alias in node.names]
        elif not (position == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
            break
    return statements, "\n".join(source.splitlines()[first - 1 :]).strip("\n")


def import_block(statements: Iterable[str]) -> str:
    """Return imports as a formatter orders them: the standard library first, plain imports before `from`, names merged."""
    plain: set[str] = set()
    named: dict[str, set[str]] = {}
    for statement in statements:
        if statement.startswith("import "):
            plain.add(statement.removeprefix("import "))
        else:
            module, _, name = statement.removeprefix("from ").partition(" import ")
            named.setdefault(module, set()).add(name)
    groups = []
    for standard in (True, False):
        lines = [f"import {name}" for name in sorted(plain) if _is_standard(name) == standard]
        lines += [
            f"from {module} import {', '.join(sorted(named[module]))}" for module in sorted(named) if _is_standard(module) == standard
        ]
        if lines:
            groups.append("\n".join(lines))
    return "\n\n".join(groups)


def _named(alias: ast.alias) -> str:
    return alias.name if alias.asname is None else f"{alias.name} as {alias.asname}"


def _is_standard(module: str) -> bool:
    return module.split(" ")[0].split(".")[0] in sys.stdlib_module_names
