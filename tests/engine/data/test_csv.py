"""A CSV a user uploads: what is wrong with it is said in one sentence each, all at once, and nothing is guessed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from blocks.problems import Problem, UserError
from engine.data import csv_columns, csv_text
from engine.data.csv_table import read_csv

GOOD = b"a,b,kind\n" + b"1,2.5,x\n3,4e-1,y\n" * 6


def problems(data: bytes, **options: Any) -> list[Problem]:
    """Return what is wrong."""
    with pytest.raises(UserError) as caught:
        read_csv(data, options)
    assert all(problem.message.startswith("CSV: ") and problem.message.endswith(".") and problem.fix for problem in caught.value.problems)
    return list(caught.value.problems)


def test_text_classes_are_a_classification_by_alphabet() -> None:
    table = read_csv(GOOD, {})
    assert (table.source.task, table.source.class_names, table.source.feature_names) == ("classification", ("x", "y"), ("a", "b"))
    assert table.examples.x.tolist()[:2] == [[1.0, 2.5], [3.0, 0.4]] and table.examples.y.tolist()[:2] == [0, 1]
    assert "classification, because its 2 values are text" in table.source.description
    assert csv_columns(GOOD) == ("a", "b", "kind")


def test_whole_numbers_are_classes_by_size_where_there_are_few() -> None:
    table = read_csv(b"a,t\n" + b"1,10\n2,9\n" * 5, {})
    assert table.source.class_names == ("9", "10")


def test_numbers_are_a_regression_and_a_choice_wins() -> None:
    numbers = b"a;t\n" + b"".join(b"%d;%d.5\n" % (row, row) for row in range(10))
    table = read_csv(numbers, {})
    assert table.source.task == "regression" and table.examples.y.shape == (10, 1) and table.source.num_classes is None
    assert read_csv(b"a,t\n" + b"1,10\n2,9\n" * 5, {"task": "regression"}).source.task == "regression"


def test_the_target_can_be_any_column_and_quotes_byte_order_marks_and_blank_lines_are_read() -> None:
    table = read_csv(b'\xef\xbb\xbf"kind of, it",a\r\n' + b'"p",1\r\n\r\nq,2\r\n' * 5, {"target": "kind of, it"})
    assert table.source.class_names == ("p", "q") and table.source.feature_names == ("a",)


def test_a_file_of_numbers_alone_has_no_header() -> None:
    assert read_csv(b"1,0\n2,1\n" * 5, {}).source.feature_names == ("column 1",)


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "csv_empty", "empty"),
        (b" \n \n", "csv_empty", "empty"),
        (b"a,b\n1,\xff\n", "csv_encoding", "line 2 is not UTF-8"),
        (b"PK\x03\x04\x00\x00", "csv_encoding", "zero bytes"),
        (b'a,b\n"1,2\n', "csv_unreadable", "cannot be read as CSV"),
        (b"a\n1\n2\n", "csv_layout", "one column"),
        (b"a,b\n1,0\n", "csv_too_few_rows", "1 rows of values"),
        (GOOD + b"1,x\n", "csv_ragged", "1 of 13 rows do not have 3 values; the first is in line 14 with 2"),
        (GOOD + b"red,1,x\n", "csv_text", "column 'a' has text where numbers belong in 1 of 13 rows; the first is 'red' in line 14"),
        (GOOD + b"1_0,1,x\n", "csv_text", "'1_0' in line 14"),
        (GOOD + b"1,,x\n1,NA,x\n", "csv_missing_values", "column 'b' has 2 missing values; the first is in line 14"),
        (GOOD + b"1,nan,x\n", "csv_not_finite", "column 'b' has 1 values that are NaN"),
        (GOOD + b"1,-inf,x\n", "csv_not_finite", "'-inf' in line 14"),
        (GOOD + b"1,1e300,x\n", "csv_not_finite", "beyond 1e+30"),
        (GOOD + b"1,2,nan\n1,2,nan\n", "csv_not_finite", "column 'kind'"),
        (GOOD + b"1,2,\n", "csv_missing_values", "column 'kind' has 1 missing"),
        (b"a,b\n" + b"1,x\n" * 9, "csv_one_class", "one class only, 'x'"),
        (GOOD + b"1,2,z\n", "csv_rare_class", "one row only of class 'z'"),
        (b"a,a,t\n" + b"1,2,x\n1,2,y\n" * 5, "csv_duplicate_columns", "columns 1, 2 are all named 'a'"),
        (b"a,,t\n" + b"1,2,x\n1,2,y\n" * 5, "csv_unnamed_column", "column 2 has no name"),
    ],
)
def test_each_mistake_has_its_sentence(data: bytes, code: str, said: str) -> None:
    (problem,) = problems(data)
    assert problem.code == code and said in problem.message


def test_all_mistakes_come_at_once() -> None:
    found = {problem.code for problem in problems(b"a,a,c\n1,zz,x\n,inf,x\n1,2\n")}
    assert found == {"csv_duplicate_columns", "csv_ragged", "csv_text", "csv_missing_values", "csv_not_finite", "csv_one_class"}


def test_lines_are_those_an_editor_shows_whatever_came_before() -> None:
    found = problems(b'a,b,c\n1,2\n\n1,"x\ny",p\n' + b"1,2,p\n1,2,q\n" * 4)
    assert any("in line 5" in problem.message for problem in found if problem.code == "csv_text")


def test_a_file_over_the_size_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "LARGEST_BYTES", 100)
    (problem,) = problems(GOOD + GOOD)
    assert problem.code == "csv_too_large"


def test_a_target_that_is_not_there_is_named_with_those_that_are() -> None:
    (problem,) = problems(GOOD, target="<img src=x>")
    assert "'<img src=x>'" in problem.message and "'a', 'b', 'kind'" in problem.fix and problem.parameter == "target"


def test_regression_wants_numbers_in_the_target() -> None:
    (problem,) = problems(GOOD, task="regression")
    assert problem.code == "csv_text" and "'kind'" in problem.message


def test_text_that_looks_like_code_is_only_text() -> None:
    table = read_csv(b"a,t\n" + b"1,__import__('os').abort()\n2,=cmd|'/C calc'!A0\n" * 5, {})
    assert set(table.source.class_names) == {"__import__('os').abort()", "=cmd|'/C calc'!A0"}
    assert np.isfinite(table.examples.x).all()
