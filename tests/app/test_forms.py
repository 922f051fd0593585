"""Forms from descriptions: each field has its widget, what is typed is read rightly, and nothing typed is lost."""

from __future__ import annotations

import math
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.forms import Field, read, shown_as, written
from app.recipe_form import _read
from blocks.registry import registry
from blocks.validation import build, describe
from engine.data import catalogue
from engine.train.recipe import OPTIMIZERS, fields_for

SIZE = Field("padding", "Padding", "size", 0, choices=("same", "valid"))
INT = Field("groups", "Groups", "int", 1)
OPTIONAL = Field("clip", "Clip", "float", None, optional=True)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3", 3),
        (" 3 ", 3),
        ("3, 5", [3, 5]),
        ("3x5", [3, 5]),
        ("3 × 5", [3, 5]),
        ("(3, 5)", [3, 5]),
        ("[1, 2]", [1, 2]),
        ("same", "same"),
        ("", 0),
        ("-1", -1),
    ],
)
def test_sizes_are_read(typed: str, value: Any) -> None:
    assert read(typed, SIZE) == value


@pytest.mark.parametrize("typed", ["big", "3, big", "__import__('os')", "1e999", "nan", "3;;drop"])
def test_what_cannot_be_meant_stays_as_it_was_typed(typed: str) -> None:
    assert read(typed, SIZE) == typed


def test_an_emptied_optional_field_is_none() -> None:
    assert read("", OPTIONAL) is None


@pytest.mark.parametrize("value", [3, [3, 5], "same", -1])
def test_reading_is_the_inverse_of_writing(value: Any) -> None:
    assert read(written(value), SIZE) == value


@pytest.mark.parametrize("value", ["abc", None, True, [1], {"a": 1}, 2**70, 1.5])
def test_a_value_that_the_widget_cannot_hold_is_shown_as_text(value: Any) -> None:
    assert shown_as(INT, value) == "text"


def test_a_value_that_fits_keeps_its_widget() -> None:
    assert shown_as(INT, -7) == "int"
    assert shown_as(OPTIONAL, None) == "float"
    assert shown_as(OPTIONAL, math.inf) == "text"
    assert shown_as(Field("mode", "Mode", "choice", "a", choices=("a",)), "b") == "text"


@pytest.mark.parametrize("block_type", list(registry()))
def test_every_field_of_every_block_has_a_widget_that_shows_its_default(block_type: str) -> None:
    for described in describe(block_type)["fields"]:
        field = Field.of(described)
        assert shown_as(field, field.default) == field.widget, field
        assert field.label and field.help
        if field.widget == "size":
            assert build(block_type, {field.name: read(written(field.default), field)}) == build(block_type, {})


def test_every_field_of_every_recipe_and_data_set_has_a_widget_that_shows_its_default() -> None:
    recipes = [_read(described) for optimizer in OPTIMIZERS for described in fields_for(optimizer)]
    options = [Field.of(option.to_json()) for source in catalogue().values() for option in source.options if source.name != "csv"]
    for field in [*recipes, *options]:
        assert shown_as(field, field.default) == field.widget, field


def _form() -> None:
    import streamlit as st

    from app.forms import Field, rows, widget
    from blocks.problems import Problem

    values = st.session_state.setdefault("values", {"groups": 1, "padding": 0, "bias": True, "odd": "lots", "mode": "zeros", "clip": None})
    fields = [
        Field("groups", "Groups", "int", 1),
        Field("padding", "Padding", "size", 0),
        Field("odd", "Odd", "int", 1),
        Field("mode", "Mode", "choice", "zeros", choices=("zeros", "circular")),
        Field("clip", "Clip", "float", None, optional=True),
        Field("bias", "Bias", "bool", True),
    ]

    def draw(field: Field) -> None:
        widget(field, values[field.name], field.name, lambda value, name=field.name: values.update({name: value}))

    rows(fields, draw, [Problem("bad", "<b>Groups</b> is wrong.", "Set it to 1.", parameter="groups")])


def test_each_widget_sends_what_was_chosen_and_follows_the_document() -> None:
    page = AppTest.from_function(_form).run()
    assert not page.exception
    page.number_input(key="groups:int:0").set_value(4).run()
    page.text_input(key="padding:size:0").set_value("1, 2").run()
    page.text_input(key="odd:text:0").set_value("12").run()
    page.selectbox(key="mode:choice:0").set_value("circular").run()
    page.number_input(key="clip:float:0").set_value(0.5).run()
    page.toggle(key="bias:bool:0").set_value(False).run()
    assert page.session_state["values"] == {"groups": 4, "padding": [1, 2], "odd": 12, "mode": "circular", "clip": 0.5, "bias": False}
    page.session_state["values"]["groups"] = 9  # an undo, say
    page.run()
    assert page.number_input(key="groups:int:1").value == 9


def test_a_problem_stands_in_the_form_as_text() -> None:
    page = AppTest.from_function(_form).run()
    shown = "".join(element.proto.body for element in page.get("html"))
    assert "&lt;b&gt;Groups&lt;/b&gt; is wrong." in shown and "Set it to 1." in shown


def _named() -> AppTest:
    """Run a page of one field over a document that others change too."""

    def script() -> None:
        import streamlit as st

        from app.forms import bind

        document = st.session_state.setdefault("document", {"name": "first"})
        bound = bind("name", document["name"], lambda given: document.update(name=given.strip()), settled=str.strip)
        st.session_state["bound"] = bound
        st.text_input("Name", value=bound.held, **bound.wiring)

    return AppTest.from_function(script).run()


def test_a_field_that_others_changed_is_another_one() -> None:
    page = _named()
    page.text_input(key="name:0").set_value("second").run()
    assert page.session_state["document"]["name"] == "second"
    assert page.text_input[0].key == "name:0", "one's own change must not take the field from under the cursor"
    page.session_state["document"]["name"] = "first"  # undone on the canvas
    page.run()
    assert (page.text_input[0].key, page.text_input[0].value) == ("name:1", "first")


def test_a_stale_report_of_what_a_field_showed_changes_nothing() -> None:
    page = _named()
    bound, document = page.session_state["bound"], page.session_state["document"]
    document["name"] = "undone"
    page.session_state[bound.key] = "first"  # the browser says again what the field was drawn with
    bound.on_change()
    assert document["name"] == "undone"


def test_a_value_that_is_tidied_is_shown_so() -> None:
    page = _named()
    page.text_input(key="name:0").set_value("  second ").run()
    assert page.text_input[0].value == "second"


def _frame_form() -> None:
    import streamlit as st

    from app.canvas import Session
    from app.canvas.level import Level
    from app.canvas.scope import TOP
    from app.inspector import inspector
    from engine.check import check
    from engine.graph.document import Graph, Node

    session = st.session_state.setdefault(
        "session", Session("g", Graph.of("g", [Node("f", "frame", "Encoder")], []), check, lambda graph: None)
    )
    inspector(Level(session, TOP), session.graph.nodes["f"])


def test_a_note_is_written_in_several_lines() -> None:
    page = AppTest.from_function(_frame_form).run(timeout=60)
    assert not page.exception
    (note,) = page.text_area
    note.set_value("First\n**second** <b>\n").run()
    assert not page.exception
    assert page.session_state["session"].graph.nodes["f"].parameters == {"text": "First\n**second** <b>"}
