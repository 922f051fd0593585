"""How wide text will be, about: an SVG cannot shorten by itself what does not fit."""

from __future__ import annotations

_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[]{} "), frozenset("mwMW@%")
MONO = 0.6


def width_of(text: str, size: float, *, mono: bool = False, bold: bool = False) -> float:
    """Return about how many units a line of text takes, rather too many than too few."""
    if mono:
        return len(text) * size * MONO
    em = sum(_width(character) for character in text)
    return em * size * (1.06 if bold else 1.0)


def shortened(text: str, size: float, room: float, *, mono: bool = False, bold: bool = False) -> str:
    """Return the text, cut with an ellipsis where it is wider than there is room."""
    if width_of(text, size, mono=mono, bold=bold) <= room:
        return text
    kept = text
    while kept and width_of(f"{kept}…", size, mono=mono, bold=bold) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def broken(text: str, size: float, room: float) -> list[str]:
    """Return a text in lines that fit, broken between words; a word that fits no line is shortened."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and width_of(longer, size) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(shortened(line, size, room))
    return lines


def _width(character: str) -> float:
    if character in _NARROW:
        return 0.31
    if character in _WIDE:
        return 0.88
    if not character.isascii():
        return 1.0 if ord(character) >= 0x1100 else 0.62
    return 0.66 if character.isupper() else 0.56
