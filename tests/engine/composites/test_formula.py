"""Formulas: arithmetic as on paper, errors at the character, and nothing beyond the grammar."""

from __future__ import annotations

import ast
import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.composites.formula import LONGEST, FormulaError, evaluate, names_in
from engine.composites.values import substituted

VALUES = {"width": 64, "copy": 0, "copies": 6, "p": 0.5, "flag": True}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=width * 4", 256),
        ("= width*4 ", 256),
        ("=2 + 3 * 4", 14),
        ("=(2 + 3) * 4", 20),
        ("=2 - 3 - 4", -5),
        ("=2 ** 3 ** 2", 512),
        ("=-2 ** 2", -4),
        ("=7 // 2", 3),
        ("=7 / 2", 3.5),
        ("=8 / 2", 4),
        ("=7 % 4", 3),
        ("=1e-3 * 2", 0.002),
        ("=if(copy == 0, 2, 1)", 2),
        ("=if(copies > copy, width, width / 0)", 64),
        ("=min(3, 1, 2) + max(1, 5)", 6),
        ("=round(2.5) + floor(1.9) + ceil(1.1)", 6),
        ("=sqrt(width)", 8.0),
        ("=true", True),
        ("=flag", True),
        ("=width >= 64", True),
    ],
)
def test_values(formula: str, value: float) -> None:
    found = evaluate(formula, VALUES)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("formula", "position", "says"),
    [
        ("=width // 0", 8, "divides by zero"),
        ("=2 % (1 - 1)", 4, "divides by zero"),
        ("=wide * 4", 2, "no parameter 'wide'"),
        ("=2 * depth", 6, "no parameter 'depth'"),
        ("=", 2, "missing at the end"),
        ("=2 *", 5, "missing at the end"),
        ("=(2", 4, "')' is missing"),
        ("=2 3", 4, "not expected"),
        ("=2 $ 3", 4, "means nothing"),
        ("=* 2", 2, "expected before"),
        ("=sqrt(0 - 1)", 2, "no value"),
        ("=sqrt()", 7, "expected before"),
        ("=if(1, 2)", 2, "takes 3 values"),
        ("=9 ** 99", 4, "no value"),
        ("=10 ** 15 * 10 ** 15", 11, "too large"),
        ("=99999999999999999999", 2, "too large"),
        ("=__import__('os')", 13, "means nothing"),
        ("=width.real", 7, "means nothing"),
        ("=[1]", 2, "means nothing"),
        ("=2; 3", 3, "means nothing"),
        ("=" + "(" * 60 + "1" + ")" * 60, 42, "nested too deeply"),
        ("=" + "-" * 100 + "1", 42, "nested too deeply"),
        ("=" + "1+" * LONGEST + "1", LONGEST, "longer than"),
    ],
)
def test_a_mistake_is_told_at_its_character(formula: str, position: int, says: str) -> None:
    with pytest.raises(FormulaError) as caught:
        evaluate(formula, VALUES)
    assert says in caught.value.message
    assert caught.value.position == position
    assert f"character {position}" in caught.value.sentence(formula)


@given(st.text(alphabet="0123456789+-*/%().,<>=! awidthcopyesfmnx_'\"[]{}:;\\\n", max_size=40))
def test_no_text_does_anything_but_give_a_number_or_a_sentence(text: str) -> None:
    try:
        assert isinstance(evaluate(f"={text}", VALUES), (bool, int, float))
    except FormulaError as error:
        assert 1 <= error.position <= len(text) + 2


@given(
    st.recursive(
        st.integers(0, 99).map(str), lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    )
)
def test_arithmetic_is_that_of_python(text: str) -> None:
    def value(node: ast.expr) -> int:
        if isinstance(node, ast.BinOp):
            signs = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
            return int(signs[type(node.op)](value(node.left), value(node.right)))
        assert isinstance(node, ast.Constant)
        return int(node.value)  # type: ignore[call-overload]

    expected = value(ast.parse(text, mode="eval").body)
    try:
        assert evaluate(f"={text}", {}) == expected
    except FormulaError as error:
        assert error.message in ("the result is too large.", f"it is longer than {LONGEST} characters.", "it is nested too deeply.")


def test_names_and_what_they_stand_for() -> None:
    assert names_in("=min(width, 2 * copy)") == {"width", "copy"}
    assert names_in("=2 *") == frozenset()
    assert substituted("=width * 4", {"width": 8}) == 32
    assert substituted("=width * 4", {"width": "=planes + 1"}) == "=(planes + 1) * 4"
    assert substituted([3, "=width"], {"width": 8}) == [3, 8]
    assert substituted("tanh", {"tanh": 1}) == "tanh"
