"""Build: the canvas, the inspector of what is selected, and what to train with. Canvas and panel share one fragment."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import code_menu, desk, navigation, parts, setups, versions, wording
from app.canvas import CanvasState, Session, canvas
from app.canvas.level import Level
from app.canvas.repair import Find
from app.charts import chart
from app.composite_form import definition_form
from app.data_form import csv_bytes, data_form
from app.export_menu import Offer, downloads
from app.exports import FORMS, Subject
from app.forms import bind
from app.inspector import inspector, send
from app.messages import guarded, show, user_errors
from app.own_composites import own_composites
from app.plots.layout import blank
from app.recipe_form import recipe_form
from app.services import last_signal, start_run, store
from app.setups import Setup
from app.solving import show_with_fixes
from app.theme import palette
from blocks.problems import Problem, UserError
from engine.check import check
from engine.data import fit
from engine.graph.document import Graph, content_hash
from engine.graph.edits import RenameGraph
from engine.train.phase_check import phase_problems
from engine.train.recipe import Recipe

PANEL_WIDTH = 328
LARGEST_GRAPH_FILE = 8


def page() -> None:
    """Show the network that the address names; without one, the network that was touched last."""
    graph_id = st.query_params.get("graph")
    if graph_id is None:
        graph_id = desk.last_or_first()
        st.query_params["graph"] = graph_id
    try:
        desk.session(graph_id)
    except UserError as error:
        _unknown(error)
        return
    _editor(graph_id)
    _preload_plots()


def _unknown(error: UserError) -> None:
    parts.empty(error.problems[0].message, error.problems[0].fix)
    with st.container(horizontal=True, horizontal_alignment="center"):
        if st.button("Open the last one", icon=":material/account_tree:", type="primary"):
            navigation.to_graph(desk.last_or_first())
        navigation.link("library", "Choose from the library", icon=":material/local_library:")


def _preload_plots() -> None:
    """Draw an empty figure out of sight, so that the browser has its plotting code before the first loss arrives."""
    with st.container(key="gl-preload"):
        chart(blank(palette(), height=20), "preload", "Nothing")


@st.fragment
@guarded
def _editor(graph_id: str) -> None:
    session = desk.session(graph_id)
    with st.container(horizontal=True, wrap=False, gap="small", key="gl-build"):
        with st.container(width="stretch", key="gl-canvas"):
            state = canvas(session, key=f"canvas_{graph_id}", height="fill", bottom_gap=12, signal=last_signal(graph_id))
        if "save" in state.commands:
            versions.save(graph_id, session)
        with st.container(width=PANEL_WIDTH, key="gl-panel", gap="small"):
            _panel(graph_id, session, state)


def _panel(graph_id: str, session: Session, state: CanvasState) -> None:
    level, selection = state.level, state.selection
    setup = setups.load(graph_id)
    spec, data_problems = setup.read_data()
    recipe, recipe_problems = setup.read_recipe()
    if recipe is not None:
        recipe_problems = tuple(phase_problems(session.graph, desk.report(session), recipe))
    if spec is not None:
        data_problems = tuple(fit(session.graph, desk.report(session), spec, csv=csv_bytes(setup)))
    with st.container(key="gl-head", gap="small"):
        _head(graph_id, session)
    with st.container(key="gl-scroll", gap="small"):
        _save_problem(graph_id, session, setup)
        code_menu.told(graph_id)
        if len(selection) == 1 and selection[0] in level.graph.nodes:
            inspector(level, level.graph.nodes[selection[0]])
            of_this = [problem for problem in data_problems if level.definition is None and problem.node == selection[0]]
            show_with_fixes(session, of_this, "data", _finder(setup))
        elif level.definition is not None:
            _summary(level, selection, recipe)
            definition_form(level, level.definition)
        else:
            _summary(level, selection, recipe)
            own_composites(graph_id, session)
            parts.section("Data")
            data_form(graph_id, setup, [problem for problem in data_problems if problem.node is None])
            parts.section("Recipe")
            recipe_form(session, setup, recipe_problems)
    with st.container(key="gl-train", gap="small"):
        _train(graph_id, session, setup, [*_errors(session), *data_problems, *_errors_among(recipe_problems)], "train" in state.commands)


def _finder(setup: Setup) -> Find:
    """Return what finds every problem of a graph with this data: a fix is tried by it."""
    spec = setup.read_data()[0]

    def find(graph: Graph) -> list[Problem]:
        report = check(graph)
        return [*report.problems, *(fit(graph, report, spec, csv=csv_bytes(setup)) if spec is not None else ())]

    return find


def _errors(session: Session) -> list[Problem]:
    return _errors_among(desk.report(session).problems)


def _errors_among(problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def _head(graph_id: str, session: Session) -> None:
    def settled(name: str) -> str:
        return name.strip() or desk.NEW_NAME

    bound = bind(f"graph_name:{graph_id}", session.graph.name, lambda name: send(session, RenameGraph(settled(name))), settled=settled)
    with st.container(horizontal=True, wrap=False, gap="small", vertical_alignment="center"):
        st.text_input("Network name", max_chars=200, label_visibility="collapsed", value=bound.held, **bound.wiring)
        with st.popover("", icon=":material/menu:", help="New, open, copy, import, export"):
            _menu(graph_id, session)


def _menu(graph_id: str, session: Session) -> None:
    """Show what can be done with whole networks."""
    with st.container(key="gl-menu", gap="small"):
        one, two = st.columns(2, gap="small")
        if one.button("New", icon=":material/add:", width="stretch"):
            navigation.to_graph(desk.create())
        if two.button("Duplicate", icon=":material/content_copy:", width="stretch"):
            copy = session.graph.renamed(f"{session.graph.name} copy"[:200])
            navigation.to_graph(desk.create(copy, setups.load(graph_id)))
        saved = {row.id: f"{row.name} · {wording.age(row.updated_at)}" for row in store().graphs(limit=100) if row.id != graph_id}
        chosen = st.selectbox(
            "Open", list(saved), index=None, format_func=lambda id: saved.get(id, ""), placeholder="Another network", key=f"open:{graph_id}"
        )
        if chosen is not None:
            navigation.to_graph(chosen)
        versions.menu(graph_id, session)
        _export(graph_id, session)
        _import()
        code_menu.uploader()
        if st.button(
            "Delete this network",
            icon=":material/delete:",
            width="stretch",
            type="tertiary",
            help="Its runs are kept, with the versions they trained.",
        ):
            desk.delete(graph_id)
            navigation.to_graph(desk.last_or_first())


def _export(graph_id: str, session: Session) -> None:
    graph, setup = session.graph, setups.load(graph_id)
    (spec, data_problems), (recipe, recipe_problems) = setup.read_data(), setup.read_recipe()
    refused: dict[str, str] = {}
    if data_problems or recipe_problems:
        refused["script"] = "Solve the problems of data and recipe first."
    if _errors(session):
        refused |= dict.fromkeys(("python", "script", "onnx", "safetensors"), "Solve the problems of the network first.")
    key = content_hash([graph.content_hash, setup.to_json()])[:16]
    parts.section("Export", "a file, made when it is asked for")
    downloads(
        graph.name,
        [Offer(form, lambda: Subject(graph, recipe, spec, csv_bytes(setup)), key, refusal=refused.get(form)) for form in FORMS],
    )


def _import() -> None:
    given = st.file_uploader("Import JSON", type=["json"], key="import_json", max_upload_size=LARGEST_GRAPH_FILE)
    if given is None or given.file_id == st.session_state.get("import_taken"):
        return
    st.session_state["import_taken"] = given.file_id
    with user_errors():
        navigation.to_graph(desk.read_upload(given.getvalue()))


def _save_problem(graph_id: str, session: Session, setup: Setup) -> None:
    if session.save_problem is None:
        return
    st.warning("Not saved: the network was changed elsewhere. What you see is still yours.", icon=":material/sync_problem:")
    one, two = st.columns(2, gap="small")
    if one.button("Save as a copy", width="stretch"):
        navigation.to_graph(desk.create(session.graph.renamed(f"{session.graph.name} copy"[:200]), setup))
    if two.button("Open the saved one", width="stretch"):
        desk.reopen(graph_id)
        st.rerun()


def _summary(level: Level, selection: Sequence[str], recipe: Recipe | None) -> None:
    report, graph = desk.report(level), level.graph
    chosen = [id for id in selection if id in graph.nodes]
    if len(chosen) > 1:
        parts.section(f"{len(chosen)} blocks selected")
        num_parameters = sum(report.nodes[id].num_parameters for id in chosen if id in report.nodes)
        parts.facts({"Parameters": wording.count(num_parameters)})
        return
    batch_size = recipe.batch_size if recipe is not None else 1
    parts.facts(
        {
            "Parameters": wording.count(report.num_parameters),
            "Memory": wording.size(report.memory_bytes(batch_size)),
            "FLOPs": wording.count(report.flops),
        }
    )


def _train(graph_id: str, session: Session, setup: Setup, problems: Sequence[Problem], now: bool) -> None:
    """Show the button, or why it cannot be pressed; press it when the canvas asked for it."""
    _reasons(session, setup, problems)
    pressed = st.button(
        "Train",
        key="train",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=bool(problems),
        help="Ctrl+Enter on the canvas",
    )
    if not (pressed or now) or problems:
        return
    spec, recipe = setup.read_data()[0], setup.read_recipe()[0]
    assert spec is not None and recipe is not None, "a setup without problems can be read"
    try:
        run_id = start_run(session.graph, recipe, spec, graph_id=graph_id, name=session.graph.name)
    except UserError as error:
        show(error.problems)
        return
    navigation.to_run(run_id)


def _reasons(session: Session, setup: Setup, problems: Sequence[Problem]) -> None:
    """Show the first problem with its fixes, and say where the others are."""
    if not problems:
        return
    show_with_fixes(session, problems[:1], "train", _finder(setup), most=2)
    if len(problems) > 1:
        st.caption(f"and {len(problems) - 1} more, in the list below the canvas and at Data and Recipe.")
