"""Initialisation marks: one grammar, the same for the reader and the published schema."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.problems import UserError
from engine.graph.marks import MARK_PATTERN, SCHEMES, is_mark, read_mark, write_mark


@pytest.mark.parametrize(
    ("mark", "scheme", "number"),
    [
        ("he", "he", 0.0),
        ("normal", "normal", 0.02),
        ("normal(0.5)", "normal", 0.5),
        ("normal(0)", "normal", 0.0),
        ("uniform(1e-05)", "uniform", 1e-5),
        ("constant(-3)", "constant", -3.0),
        ("constant", "constant", 0.01),
        ("uniform(100)", "uniform", 100.0),
    ],
)
def test_a_mark_is_read(mark: str, scheme: str, number: float) -> None:
    read = read_mark(mark)
    assert (read.scheme.name, read.number) == (scheme, number)


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("", "must be one of"),
        ("import os", "must be one of"),
        ("He", "must be one of"),
        ("normal()", "got ''"),
        ("he(1)", "takes no number"),
        ("normal(-1)", "from 0 to 100"),
        ("normal(101)", "from 0 to 100"),
        ("constant(-101)", "from -100 to 100"),
        ("normal(nan)", "got 'nan'"),
        ("normal(inf)", "got 'inf'"),
        ("normal(0.02", "must be one of"),
        ("normal(0.02)\n", "must be one of"),
        ("normal(1+1)", "a number from"),
        ("normal(٣)", "a number from"),
        ("normal(" + "0" * 50 + ")", "a number from"),
        ("x" * 10_000, "must be one of"),
        ("normal(__import__('os'))", "must be one of"),
    ],
)
def test_what_is_no_mark_is_refused_with_a_fix(mark: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        read_mark(mark)
    (problem,) = caught.value.problems
    assert said in problem.message and problem.fix and problem.parameter == "initialisation" and len(problem.message) < 300
    assert not is_mark(mark)
    assert mark.endswith("\n") or not re.search(MARK_PATTERN, mark)


@given(st.sampled_from([name for name, scheme in SCHEMES.items() if scheme.number]), st.floats(1e-90, 100.0))
def test_what_is_written_can_be_read_and_fits_the_schema(name: str, number: float) -> None:
    mark = write_mark(name, number)
    assert read_mark(mark).number == number
    assert re.search(MARK_PATTERN, mark)


def test_a_default_number_is_not_written() -> None:
    assert write_mark("normal", 0.02) == "normal" and write_mark("he", 3.0) == "he" and write_mark("constant", -2) == "constant(-2.0)"
