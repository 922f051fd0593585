"""Execute a user's file and build the module that is asked for. Called in the locked-in process alone."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from engine.importing.refusal import raised, refused

MODULE_NAME = "imported_file"


def load_file(path: Path) -> ModuleType:
    """Execute a file and return it as a module.

    Raises:
        UserError: where it is not Python, or raises.
    """
    source = path.read_bytes()
    try:
        code = compile(source, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        said = (error.msg or "invalid syntax").rstrip(".")
        raise refused("syntax", f"this is not Python: {said}.", "Correct the line.", line=error.lineno) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise refused("syntax", f"the file cannot be read as Python: {error}.", "Choose a Python file.") from error
    file = ModuleType(MODULE_NAME)
    file.__file__ = str(path)
    sys.modules[MODULE_NAME] = file
    try:
        exec(code, vars(file))  # noqa: S102 - this is what the locked-in process is for
    except SystemExit as error:
        raise refused(
            "fails", "the file ends the program when it is read.", "Put what runs it under `if __name__ == '__main__':`."
        ) from error
    except Exception as error:
        raise raised(error, str(path), "reading the file") from error
    return file


def build_module(file: ModuleType, name: str | None, filename: str) -> tuple[nn.Module, str, str]:
    """Return the module that is asked for, what it is called, and a note where the choice was ours.

    The name is that of a class without arguments, of a function that returns a module, or of a module.

    Raises:
        UserError: where there is no such class, or it cannot be built.
    """
    classes = [key for key, value in vars(file).items() if _is_network(value)]
    note = ""
    if name is None:
        if not classes:
            raise refused("no_class", "the file has no class made of nn.Module.", "Write the network as `class Net(nn.Module)`.")
        name = classes[-1]
        if len(classes) > 1:
            note = f"The file has the classes {', '.join(classes)}; the last one, {name}, was taken."
    found = vars(file).get(name)
    if isinstance(found, nn.Module):
        return found, name, note
    if not (inspect.isclass(found) and issubclass(found, nn.Module)) and not inspect.isfunction(found):
        listed = f"it has {', '.join(classes)}" if classes else "it has no class made of nn.Module"
        raise refused("no_class", f"the file has no class {name!r}; {listed}.", "Name one of these." if classes else "Choose another file.")
    missing = _required(found)
    if missing:
        raise refused(
            "arguments",
            f"{name} needs {', '.join(missing)} to be built.",
            f"Give defaults, or write a function `def network(): return {name}(…)` and name that.",
            line=_line(found),
        )
    try:
        made = found()
    except Exception as error:
        raise raised(error, filename, f"building {name}") from error
    if not isinstance(made, nn.Module):
        raise refused("no_class", f"{name} returns no nn.Module.", "Return the network.", line=_line(found))
    return made, name, note


def arguments_of_forward(model: nn.Module) -> list[str]:
    """Return the names of what comes into a module; what has a default is left at it.

    Raises:
        UserError: where there is nothing, or any number of things.
    """
    parameters = inspect.signature(model.forward).parameters.values()
    line = _line(type(model).forward)
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        fix = "Name each input in the definition of forward."
        raise refused("inputs", "forward takes any number of inputs.", fix, line=line)
    names = [one.name for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    if not names:
        raise refused("inputs", "forward takes no input.", "Write it as `def forward(self, x)`.", line=line)
    return names


def _is_network(value: Any) -> bool:
    return inspect.isclass(value) and issubclass(value, nn.Module) and value.__module__ == MODULE_NAME


def _required(function: Callable[..., Any]) -> list[str]:
    named = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY")
    parameters = inspect.signature(function).parameters.values()
    return [one.name for one in parameters if one.default is one.empty and one.kind.name in named]


def _line(thing: Any) -> int | None:
    try:
        return inspect.getsourcelines(thing)[1]
    except (OSError, TypeError):
        return None
