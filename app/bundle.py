"""Our own browser code: one file for each component, fetched once, by an address that changes with its content."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import streamlit as st

_STATIC = Path(__file__).parent / "static"

# Streamlit sends a component's inline module with every change of its data, so it holds one line. The bundle itself comes once, from the
# app's static files (docs/decisions/0003-canvas-bundle.md).
_MODULE = """const bundle = await import(new URL("app/static/{name}?v={version}", document.baseURI).href);
export default bundle.default;
"""


def component(name: str, bundle: str, *, isolate_styles: bool) -> Any:
    """Return the function that mounts a component whose code is the file `bundle` among the static files.

    `isolate_styles` puts it into a shadow root, where the page's styles do not reach it, nor its own the page.
    """
    assert st.get_option("server.enableStaticServing"), "our components need server.enableStaticServing = true"
    version = hashlib.sha256((_STATIC / bundle).read_bytes()).hexdigest()[:16]
    return st.components.v2.component(name, js=_MODULE.format(name=bundle, version=version), isolate_styles=isolate_styles)
