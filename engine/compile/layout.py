"""Break long lines of source the way a formatter does."""

from __future__ import annotations

LINE_LENGTH = 120


def commented(written: str, comment: str) -> list[str]:
    """Put a comment at the end of a statement, or above it where the line would be too long."""
    lines = written.splitlines()
    if len(lines) == 1 and len(lines[0]) + len(comment) + 8 <= LINE_LENGTH:
        return [lines[0] + comment]
    return ([comment.strip()] if comment else []) + [piece[8:] for line in lines for piece in wrapped(f"        {line}")]


def wrapped(line: str) -> list[str]:
    """Break a long line at its outermost brackets: what is inside on a line of its own, or each part on one."""
    if len(line) <= LINE_LENGTH:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    opening = line.find("(")
    closing = line.rfind(")")
    if opening < 0 or closing < opening:
        return [line]
    inner = line[opening + 1 : closing]
    if len(inner) + len(indent) + 4 <= LINE_LENGTH:
        return [line[: opening + 1], f"{indent}    {inner}", f"{indent}{line[closing:]}"]
    parts = [piece for part in _parts(inner) for piece in wrapped(f"{indent}    {part},")]
    return [line[: opening + 1], *parts, f"{indent}{line[closing:]}"]


def _parts(inner: str) -> list[str]:
    """Divide arguments at the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(inner):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(inner[start:place].strip())
            start = place + 1
    return [part for part in [*parts, inner[start:].strip()] if part]
