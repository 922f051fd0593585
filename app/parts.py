"""Small pieces of HTML that several pages share. Every string that comes in is escaped here, and nowhere else."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

STATUS = {
    "queued": ("Queued", "--gl-muted"),
    "running": ("Running", "--gl-info"),
    "cancelling": ("Cancelling…", "--gl-warning"),
    "finished": ("Finished", "--gl-good"),
    "failed": ("Failed", "--gl-bad"),
    "cancelled": ("Cancelled", "--gl-warning"),
}
LIVE = ("queued", "running")
TONES = {"info": "--gl-info", "warning": "--gl-warning", "severe": "--gl-bad", "good": "--gl-good", "quiet": "--gl-muted"}
_NETWORK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" fill="none" stroke="#7b8794" stroke-width="2.5" stroke-linecap="round">'
    '<path d="M14 16C30 16 30 32 46 32M14 48C30 48 30 32 46 32"/>'
    '<circle cx="12" cy="16" r="5"/><circle cx="12" cy="48" r="5"/><circle cx="51" cy="32" r="6"/></svg>'
)


def picture(svg: str, words: str, css_class: str = "") -> str:
    """Return an SVG as an image with alternative words: Streamlit lets no `<svg>` through, and in an image no script of it could run."""
    encoded = base64.b64encode(svg.encode()).decode()
    return f'<img class="{css_class}" src="data:image/svg+xml;base64,{encoded}" alt="{html.escape(words)}">'


def pill(status: str) -> str:
    """Return a run's status as a coloured pill."""
    word, tone = STATUS.get(status, (status, "--gl-muted"))
    live = " gl-live" if status in (*LIVE, "cancelling") else ""
    return f'<span class="gl-pill{live}" style="--tone: var({tone})">{html.escape(word)}</span>'


def title(words: str, lede: str = "", *, extra: str = "") -> None:
    """Show a page's title with a line below. `extra` is HTML from this module, drawn beside the title."""
    below = f'<p class="gl-lede">{html.escape(lede)}</p>' if lede else ""
    st.html(f'<div class="gl-row"><h1 class="gl-title">{html.escape(words)}</h1>{extra}</div>{below}')


def section(words: str, note: str = "") -> None:
    """Show the heading of a part of a page."""
    aside = f' <span class="gl-muted" style="font-weight:400">{html.escape(note)}</span>' if note else ""
    st.html(f'<h2 class="gl-section">{html.escape(words)}{aside}</h2>')


def facts(pairs: Mapping[str, str] | Iterable[tuple[str, str]], *, as_list: bool = False) -> None:
    """Show names with values: side by side, or one a line."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    rows = "".join(f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>" for name, value in items)
    st.html(f'<dl class="gl-facts{" gl-list" if as_list else ""}">{rows}</dl>')


def bar(fraction: float, words: str, tone: str = "--gl-info") -> None:
    """Show progress as a bar with a line of words."""
    percent = 100 * min(max(fraction, 0.0), 1.0)
    st.html(
        f'<div class="gl-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent:.0f}" '
        f'style="--tone: var({tone})">'
        f'<i style="width:{percent:.2f}%"></i></div><div class="gl-muted" style="font-size:.86rem">{html.escape(words)}</div>'
    )


def verdict(headline: str, sentences: Sequence[str] = (), tone: str = "quiet") -> None:
    """Show the verdict on a run: a headline, and sentences below."""
    if len(sentences) == 1:
        below = f"<p>{html.escape(sentences[0])}</p>"
    else:
        rest = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
        below = f"<ul>{rest}</ul>" if rest else ""
    st.html(f'<div class="gl-verdict" role="status" style="--tone: var({TONES[tone]})"><b>{html.escape(headline)}</b>{below}</div>')


def empty(headline: str, words: str) -> None:
    """Say that there is nothing here yet, and what to do about it; buttons follow below."""
    st.html(
        f'<div class="gl-empty">{picture(_NETWORK, "")}<h2>{html.escape(headline)}</h2><p class="gl-lede">{html.escape(words)}</p></div>'
    )
