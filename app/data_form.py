"""The choice of data: a data set of the catalogue with its options, or a CSV of the user's own with its target column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from app import setups, wording
from app.forms import Field, bind, rows, show_problems, widget
from app.messages import show, text
from app.services import store
from app.setups import Setup
from blocks.problems import Problem, UserError
from engine.data import DataSource, catalogue, csv_columns

HIDDEN_OPTIONS = ("upload", "filename", "target")
_FRACTION = Field(
    "validation_fraction", "Validation part", "float", 0.2, "The part of the examples that is kept aside to validate on.", step=0.05
)
_SEED = Field("split_seed", "Split seed", "int", 0, "Which examples are kept aside; the same seed keeps the same ones.")


def data_form(graph_id: str, setup: Setup, problems: Sequence[Problem]) -> None:
    """Show the form; each change is kept in the graph's setup. `problems` are those of the data itself."""
    known = catalogue()
    name = setup.data.get("name")
    bound = bind(f"data:{graph_id}", name if name in known else None, lambda chosen: _keep(graph_id, name=chosen, options={}))
    st.selectbox(
        "Data",
        list(known),
        index=list(known).index(bound.held) if bound.held is not None else None,
        format_func=lambda name: known[name].title,
        **bound.wiring,
        placeholder="Choose data",
        label_visibility="collapsed",
    )
    if not isinstance(name, str) or name not in known:
        show(problems)
        return
    source = known[name]
    if name == "csv":
        _csv(graph_id, setup)
    else:
        fed = f" In the order in which they were added, its inputs get: {', '.join(source.input_names)}." if source.input_names else ""
        st.caption(text(f"{source.num_examples:,} examples. {source.description}{fed}"))
    _options(graph_id, setup, source, problems)
    if name != "csv" or setup.data.get("options", {}).get("upload"):  # before the upload its field says what to do
        show_problems(problem for problem in problems if problem.parameter not in _form_fields(source))


def _form_fields(source: DataSource) -> set[str]:
    return {option.name for option in source.options if option.name not in HIDDEN_OPTIONS} | {_FRACTION.name, _SEED.name}


def _options(graph_id: str, setup: Setup, source: DataSource, problems: Sequence[Problem]) -> None:
    options = [option for option in source.options if option.name not in HIDDEN_OPTIONS]
    wrong = {problem.parameter for problem in problems}
    with st.expander("Split and options", expanded=bool(wrong & _form_fields(source)), key=f"data_more:{graph_id}"):
        fields = [*(Field.of(option.to_json()) for option in options), _FRACTION, _SEED]

        def draw(field: Field) -> None:
            is_option = field.name not in (_FRACTION.name, _SEED.name)
            held = setup.data.get("options", {}) if is_option else setup.data
            changed = partial(_set_option, graph_id, field.name) if is_option else _setter(graph_id, field.name)
            widget(field, held.get(field.name, field.default), f"data:{graph_id}:{source.name}:{field.name}", changed)

        rows(fields, draw, problems)


def _csv(graph_id: str, setup: Setup) -> None:
    options = setup.data.get("options", {})
    given = st.file_uploader("CSV file", type=["csv", "tsv", "txt"], key=f"csv:{graph_id}", label_visibility="collapsed")
    if given is not None and given.file_id != st.session_state.get(f"csv_taken:{graph_id}"):
        st.session_state[f"csv_taken:{graph_id}"] = given.file_id
        try:
            upload = store().add_upload(given.name, given.getvalue())
        except UserError as error:
            show(error.problems)
            return
        _keep(graph_id, options={"upload": upload, "filename": given.name})
        st.rerun(scope="fragment")
    if not options.get("upload"):
        st.caption("A header, then rows of numbers; one column is the target.")
        return
    content = csv_bytes(setup)
    try:
        columns = csv_columns(content) if content is not None else ()
    except UserError:
        return  # the fit of data and network says the same, in the same words
    st.caption(text(f"{options.get('filename') or 'Your file'}: {wording.size(len(content or b''))}, {len(columns)} columns"))
    target = options["target"] if options.get("target") in columns else (columns[-1] if columns else None)
    bound = bind(f"target:{graph_id}:{options['upload']}", target, lambda chosen: _set_option(graph_id, "target", chosen))
    st.selectbox("Target column", columns, index=columns.index(target) if target is not None else None, **bound.wiring)


def csv_bytes(setup: Setup) -> bytes | None:
    """Return the uploaded file that a setup names, or None where there is none any more."""
    upload = setup.data.get("options", {}).get("upload") if setup.data.get("name") == "csv" else None
    if not isinstance(upload, str):
        return None
    try:
        return _content(upload)
    except UserError:
        return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _content(upload: str) -> bytes:
    return store().upload(upload)


def _setter(graph_id: str, name: str) -> Callable[[Any], None]:
    return lambda value: _keep(graph_id, **{name: value})


def _set_option(graph_id: str, name: str, value: Any) -> None:
    options = dict(setups.load(graph_id).data.get("options", {}))
    _keep(graph_id, options={**options, name: value})


def _keep(graph_id: str, **changes: Any) -> None:
    setup = setups.load(graph_id)
    setups.save(graph_id, replace(setup, data={**setup.data, **changes}))
