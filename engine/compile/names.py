"""Turn what users call things into Python identifiers; nothing they type reaches the source in any other way."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from torch import nn

_TAKEN = {"self", "torch", "nn", "F", "math", "Tensor", "NamedTuple", "Outputs", "x", "outputs", "target", "prediction", "_"}


def is_free(identifier: str) -> bool:
    """Return whether an attribute of a module may be called so: no keyword, nothing that torch's modules have already."""
    return (
        not keyword.iskeyword(identifier)
        and not keyword.issoftkeyword(identifier)
        and identifier not in _TAKEN
        and not hasattr(nn.Module(), identifier)
    )


def identifier(name: str, fallback: str) -> str:
    """Return a snake_case identifier for a name: letters, digits and underscores of ASCII, at most 40; `fallback` where nothing is left."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    words = re.findall(r"[A-Za-z0-9]+", split)
    made = "_".join(words).lower()[:40].strip("_")
    if not made or not name.isascii():
        made = fallback
    return f"block_{made}" if made[0].isdigit() else made


def class_name(name: str) -> str:
    """Return a PascalCase class name for a graph's name."""
    words = re.findall(r"[A-Za-z0-9]+", name) if name.isascii() else []
    made = "".join(word[0].upper() + word[1:] for word in words)[:60]
    if not made or keyword.iskeyword(made) or made in _TAKEN | {"Network"}:
        return "Network"
    return f"Network{made}" if made[0].isdigit() else made


def plain_words(name: str) -> str:
    """Return a name for a comment or docstring: letters, digits, spaces and a few signs that can end neither."""
    kept = re.sub(r"[^\w .,:+()/-]", " ", name)
    return re.sub(r"\s+", " ", kept).strip()[:100] or "Network"


class Names:
    """Give out identifiers, each once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._given = set(taken)

    def give(self, wanted: str) -> str:
        """Return the identifier, with a number where it is taken or not free."""
        number = 1
        candidate = wanted
        while candidate in self._given or not is_free(candidate):
            number += 1
            candidate = f"{wanted}_{number}"
        self._given.add(candidate)
        return candidate
