"""Import a network from Python code: the file is executed in a process of its own, and what was made of it opens on the canvas."""

from __future__ import annotations

import streamlit as st

from app import desk, navigation
from app.messages import show, text
from blocks.problems import UserError
from engine.importing import LARGEST_SOURCE_BYTES, Imported, import_code
from engine.importing.entering import sizes

WHERE = (
    "The file is executed on the machine that runs Gradloom, in a process of its own: an empty temporary folder, no environment, bounded "
    "time and memory, no network, no other program, no sight of your files. Where the system cannot enforce that, the file is refused."
)
_TAKEN, _REFUSED, _TOLD = "code_taken", "code_refused", "code_told"
_LARGEST_MB = max(1, LARGEST_SOURCE_BYTES // 2**20)


def uploader() -> None:
    """Offer the upload; a refusal stays until another file, class or size is given."""
    answer = st.container()  # above the upload: below it, a sentence would be out of sight
    given = st.file_uploader("Import Python", type=["py"], key="import_code", max_upload_size=_LARGEST_MB, help=WHERE)
    one, two = st.columns(2, gap="small")
    class_name = one.text_input("Class", key="import_class", max_chars=100, placeholder="the last one")
    size = two.text_input(
        "Input size",
        key="import_sizes",
        max_chars=100,
        placeholder="1x28x28",
        help="One example, without the batch; several inputs with commas.",
    )
    st.caption("Your file runs in a locked-in process of its own, never in this one.", help=WHERE)
    if given is None:
        return
    asked = (given.file_id, class_name.strip(), size.strip())
    if st.session_state.get(_TAKEN) != asked:
        st.session_state[_TAKEN] = asked
        try:
            with answer, st.spinner("Reading the file in a process of its own…"):
                imported = import_code(
                    given.getvalue(),
                    given.name,
                    asked[1] or None,
                    [sizes(part) for part in asked[2].split(",") if part.strip()],
                    walls_required=True,
                )
        except UserError as error:
            st.session_state[_REFUSED] = (asked, error.problems)
        else:
            _open(imported)
    refused_for, problems = st.session_state.get(_REFUSED, (None, ()))
    if refused_for == asked:
        with answer:
            show(problems)


def _open(imported: Imported) -> None:
    graph_id = desk.create(imported.graph)
    st.session_state[_TOLD] = (graph_id, [f"Imported: {imported.comparison()}", *imported.notes])
    navigation.to_graph(graph_id)


def told(graph_id: str) -> None:
    """Show what there is to know of a network that was just imported."""
    of, notes = st.session_state.get(_TOLD, (None, ()))
    if of != graph_id:
        return
    st.info("\n\n".join(map(text, notes)), icon=":material/code:")
    if st.button("Understood", key="code_understood", width="stretch"):
        del st.session_state[_TOLD]
        st.rerun(scope="fragment")
