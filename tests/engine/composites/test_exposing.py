"""Parameters of composites declared anew, and composites taken over from another network."""

from __future__ import annotations

import pytest

from blocks.problems import UserError
from engine.composites.borrowing import borrowed
from engine.composites.exposing import exposed_anew
from engine.graph.document import Definition, Exposed, Graph, Node
from engine.graph.edits import apply


def network() -> Graph:
    """Return a network with a composite in a composite, both with a width."""
    inner = Graph.of("Inner", [Node("fc", "linear", "", {"out_features": "=2*width + widths"}), Node("y", "exit", "y")], [])
    outer = Graph.of("Outer", [Node("a", "@inner", "", {"width": "=width"}), Node("y", "exit", "y")], [])
    definitions = {
        "inner": Definition("inner", inner, (Exposed("width", 8), Exposed("widths", 1))),
        "outer": Definition("outer", outer, (Exposed("width", 4),)),
    }
    return Graph({"u": Node("u", "@inner", "", {"width": 16})}, {}, "Net", definitions)


def test_formulas_and_uses_follow_a_renamed_parameter() -> None:
    graph = network()
    edit = exposed_anew(graph, graph.definitions["inner"], "width", Exposed("size", 8))
    after, back = apply(graph, edit)
    assert after.definitions["inner"].body.nodes["fc"].parameters == {"out_features": "=2*size + widths"}
    assert after.nodes["u"].parameters == {"size": 16}
    assert after.definitions["outer"].body.nodes["a"].parameters == {"size": "=width"}, "the formula speaks of the outer's own width"
    assert apply(after, back)[0].to_json() == graph.to_json()


def test_what_formulas_use_is_not_removed_and_what_they_do_not_use_is() -> None:
    graph = network()
    with pytest.raises(UserError, match="Formulas inside 'Inner' use width"):
        exposed_anew(graph, graph.definitions["inner"], "width", None)
    added, _ = apply(graph, exposed_anew(graph, graph.definitions["inner"], None, Exposed("extra", 0.5)))
    after, _ = apply(added, exposed_anew(added, added.definitions["inner"], "extra", None))
    assert [each.name for each in after.definitions["inner"].parameters] == ["width", "widths"]


@pytest.mark.parametrize(
    "exposed",
    [Exposed("copy", 1), Exposed("Two Words", 1), Exposed("widths", 1), Exposed("x", "1"), Exposed("x", 1, minimum=3, maximum=2)],  # type: ignore[arg-type]
)
def test_names_and_values_that_cannot_be_are_refused(exposed: Exposed) -> None:
    graph = network()
    with pytest.raises(UserError):
        exposed_anew(graph, graph.definitions["inner"], "width", exposed)


def test_a_composite_comes_with_what_it_uses_and_only_once() -> None:
    source, empty = network(), Graph(name="Empty")
    edit, id = borrowed(empty, source, "outer")
    here, back = apply(empty, edit)
    assert id == "outer" and set(here.definitions) == {"inner", "outer"}
    assert apply(here, back)[0].to_json() == empty.to_json()
    again, same = borrowed(here, source, "outer")
    assert same == "outer" and apply(here, again)[0].definitions.keys() == here.definitions.keys()


def test_a_composite_that_only_has_the_same_id_gets_another() -> None:
    source = network()
    other = Graph(definitions={"inner": Definition("inner", Graph.of("Mine", [Node("y", "exit", "y")], []))})
    here, _ = apply(other, borrowed(other, source, "outer")[0])
    assert here.definitions["inner"].name == "Mine"
    assert here.definitions["outer"].body.nodes["a"].type == "@inner_2"
    assert here.definitions["inner_2"].name == "Inner"
