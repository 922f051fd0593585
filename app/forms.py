"""Forms from descriptions: one widget for each field of a block, a recipe or a data set, and what its new value means."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.wording import MISSING
from blocks.problems import Problem

LARGEST_SHOWN = 2**53 - 1
"""Numbers beyond this cannot be shown by a number field of a browser; they are shown as text."""
LONGEST_TEXT = 200
LONGEST_PROSE = 1000

_WIDGETS = {
    "int": "int",
    "integer": "int",
    "float": "float",
    "number": "float",
    "bool": "bool",
    "choice": "choice",
    "size": "size",
    "text": "text",
    "prose": "prose",
}


@dataclass(frozen=True)
class Field:
    """Describe one field, wherever it comes from."""

    name: str
    label: str
    widget: str
    """int, float, bool, choice, size, text (one line) or prose (several)."""
    default: Any = None
    help: str = ""
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    single: bool = True
    """Whether a size may be one number; else one number is a list of one."""
    titles: Mapping[str, str] | None = None
    """What a choice is called, where its name would not do."""

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Field:
        """Read a field as `blocks.validation.describe` and a data set's options give it."""
        known = {
            name: described[name]
            for name in ("name", "label", "default", "help", "unit", "min", "max", "step", "optional", "single", "titles")
            if name in described
        }
        return cls(**known, widget=_WIDGETS[described["widget"]], choices=tuple(described.get("choices") or ()))

    @property
    def tooltip(self) -> str:
        """Return the help with the bounds, as Markdown that shows it as it is."""
        bounds = ""
        if self.min is not None and self.max is not None:
            bounds = f" From {self.min:,g} to {self.max:,g}."
        elif self.min is not None:
            bounds = f" At least {self.min:,g}."
        unit = f" In {self.unit}." if self.unit else ""
        names = f" Or {', '.join(self.choices)}." if self.widget == "size" and self.choices else ""
        return re.sub(r"([\\`*_\[\]$<>~])", r"\\\1", f"{self.help}{unit}{bounds}{names}")


def shown_as(field: Field, value: Any) -> str:
    """Return the widget that can show a value: the field's own, or text for a value that it could not hold."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and abs(value) <= LARGEST_SHOWN
    match field.widget:
        case "int":
            fits = value is None and field.optional or number and isinstance(value, int)
        case "float":
            fits = value is None and field.optional or number
        case "bool":
            fits = isinstance(value, bool)
        case "choice":
            fits = value in field.choices if isinstance(value, str) else value is None and field.optional
        case _:
            return field.widget
    return field.widget if fits else "text"


def written(value: Any) -> str:
    """Write a value as a text field shows it: 3, "3, 5" for a pair, a word as it is."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)


def read(text: str, field: Field) -> Any:
    """Read what was typed into a text field: numbers where they are numbers, a list where they are several, else the words themselves.

    What cannot be meant is given back as text: the check says what is wrong with it, and nothing typed is lost.
    """
    if field.widget == "prose":
        return text.rstrip()[:LONGEST_PROSE]
    words = text.strip()[:LONGEST_TEXT]
    if field.widget == "text":
        return words or None
    if not words:
        return None if field.optional else field.default
    if words in field.choices or words in ("true", "false"):
        return words if words in field.choices else words == "true"
    parts = [_number(part) for part in re.split(r"\s*[,;×x]\s*|\s+", words.strip("()[] ")) if part]
    if not parts or any(part is None for part in parts):
        return words
    return parts[0] if len(parts) == 1 and field.single else parts


def _number(word: str) -> int | float | None:
    if re.fullmatch(r"[+-]?\d{1,18}", word):
        return int(word)
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def widget(field: Field, value: Any, key: str, changed: Callable[[Any], None], *, disabled: bool = False) -> None:
    """Show one field; `changed` is called with the new value, in Streamlit's callback.

    The document is the truth: the widget is set to its value on every run, so that undo and the canvas show in the form.
    """
    kind = shown_as(field, value)

    def meant(given: Any) -> Any:
        return read(given, field) if kind in ("size", "text", "prose") and given is not None else given

    bound = bind(
        f"{key}:{kind}",
        _held(kind, field, value),
        lambda given: changed(meant(given)),
        settled=lambda given: _held(kind, field, meant(given)),
    )
    held = bound.held
    shared: dict[str, Any] = {**bound.wiring, "help": field.tooltip or None, "disabled": disabled}
    match kind:
        case "int":
            st.number_input(field.label, value=held, step=int(field.step or 1), placeholder="none", **shared)
        case "float":
            st.number_input(field.label, value=held, step=field.step or _step(value), format="%g", placeholder="none", **shared)
        case "bool":
            st.toggle(field.label, value=held, **shared)
        case "choice":
            options = (*([None] if field.optional else []), *field.choices)
            st.selectbox(
                field.label,
                options,
                index=options.index(held),
                format_func=lambda choice: MISSING if choice is None else (field.titles or {}).get(choice, choice),
                **shared,
            )
        case "prose":
            st.text_area(field.label, value=held, max_chars=LONGEST_PROSE, height="content", **shared)
        case _:
            st.text_input(field.label, value=held, max_chars=LONGEST_TEXT, **shared)


@dataclass(frozen=True)
class Bound:
    """Hold what ties a widget to a value of the document: the value to draw it with, its key, and what to call when it is changed."""

    held: Any
    key: str
    on_change: Callable[[], None]

    @property
    def wiring(self) -> dict[str, Any]:
        """Return what every widget takes alike; the value itself is `value` for most and an `index` for choices."""
        return {"key": self.key, "on_change": self.on_change}


def bind(key: str, held: Any, changed: Callable[[Any], None], *, settled: Callable[[Any], Any] = lambda given: given) -> Bound:
    """Tie a widget to `held`, which others may change as well: an undo, or the canvas.

    The browser may still report what it showed before such a change. So the widget is then another one, whose key has the next number, and
    what equals the value it was drawn with is no change. The value is given as the widget's default and never written into the session: a
    widget that comes back, or sits in a fold that was never opened, is reported by nobody, and Streamlit then takes its default for the
    user's choice. `settled` says what a given value will be shown as.
    """
    drawn: dict[str, tuple[Any, int]] = st.session_state.setdefault("drawn_fields", {})
    known, version = drawn.get(key, (held, 0))
    version += known != held
    drawn[key] = (held, version)
    numbered = f"{key}:{version}"

    def on_change() -> None:
        given = st.session_state.get(numbered, held)
        if given == held:
            return
        shown = settled(given)
        drawn[key] = (shown, version + (shown != given))
        changed(given)

    return Bound(held, numbered, on_change)


def rows(
    fields: Sequence[Field],
    draw: Callable[[Field], None],
    problems: Sequence[Problem] = (),
    show: Callable[[list[Problem]], None] | None = None,
) -> None:
    """Draw fields two in a row, each row with the problems of its fields below; prose and switches come last, each in its own row.

    `show` shows problems, where it does more than say them.
    """
    narrow = [field for field in fields if field.widget not in ("bool", "prose")]
    pairs = [narrow[first : first + 2] for first in range(0, len(narrow), 2)]
    wide = [*(field for field in fields if field.widget == "prose"), *(field for field in fields if field.widget == "bool")]
    for pair in [*pairs, *([field] for field in wide)]:
        for column, field in zip(
            st.columns(2, gap="small") if len(pair) == 2 or pair[0] in narrow else (st.container(),), pair, strict=False
        ):
            with column:
                draw(field)
        names = {field.name for field in pair}
        (show or show_problems)([problem for problem in problems if problem.parameter in names])


def show_problems(problems: Iterable[Problem]) -> None:
    """Show problems in small type at the place they belong to."""
    lines = [
        f'<p class="gl-problem gl-{problem.severity}">{html.escape(problem.message)} <b>{html.escape(problem.fix)}</b></p>'
        for problem in problems
    ]
    if lines:
        st.html("".join(lines))


def _held(kind: str, field: Field, value: Any) -> Any:
    if kind in ("size", "text", "prose"):
        return written(value)
    return float(value) if kind == "float" and value is not None else value


def _step(value: Any) -> float:
    """Return a step that fits a number's size: a tenth of its power of ten."""
    if not isinstance(value, (int, float)) or not value or not math.isfinite(value):
        return 0.1
    return float(10.0 ** (math.floor(math.log10(abs(value))) - (0 if abs(value) < 1 else 1)))
