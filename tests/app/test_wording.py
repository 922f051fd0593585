"""Numbers, times and words as people read them."""

from __future__ import annotations

import math

import pytest

from app import parts, wording
from app.messages import sentence, text
from app.services import file_name
from blocks.problems import Problem


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (0, "0"), (61706, "61,706"), (9_999_999, "9,999,999"), (12_400_000, "12.4 M"), (1_500_000_000, "1.5 G")],
)
def test_counts(value: int | None, words: str) -> None:
    assert wording.count(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KB"), (300 * 1024, "300 KB"), (8.7 * 1024**2, "8.7 MB")]
)
def test_sizes(value: int, words: str) -> None:
    assert wording.size(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (math.inf, "–"), (4.21, "4.2 s"), (42.4, "42 s"), (75, "1 min 15 s"), (120, "2 min"), (4020, "1 h 7 min"), (7200, "2 h")],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("ago", "words"), [(3, "just now"), (50, "1 min ago"), (600, "10 min ago"), (7200, "2 h ago"), (2 * 86_400, "2 d ago")]
)
def test_ages(ago: float, words: str) -> None:
    assert wording.age(1_000_000.0 - ago, now=1_000_000.0) == words


def test_metrics() -> None:
    assert wording.metric("val_accuracy", 0.9712) == "97.1%"
    assert wording.metric("val_loss", 0.123456) == "0.1235"
    assert wording.metric("val_loss", math.nan) == "not finite"


@pytest.mark.parametrize("words", ["**b**", "<img src=x>", "[a](b)", "$x$", ":material/home:", "`c`"])
def test_what_a_user_wrote_means_nothing_to_markdown(words: str) -> None:
    shown = text(words)
    assert all(shown[place - 1] == "\\" for place, character in enumerate(shown) if character in "*<[$`:")


def test_a_problem_is_its_message_and_its_fix() -> None:
    assert sentence(Problem("c", "Groups is 4", "Set it to 1")) == "Groups is 4 **Set it to 1**"


def test_pills_escape_what_they_show() -> None:
    assert "<b>" not in parts.pill("<b>odd</b>")
    assert "gl-live" in parts.pill("running") and "gl-live" not in parts.pill("finished")


@pytest.mark.parametrize(
    ("name", "file"), [("LeNet-5", "lenet_5.py"), ("../../etc/passwd", "etc_passwd.py"), ("", "network.py"), ("漢字", "network.py")]
)
def test_file_names_are_made_of_plain_words(name: str, file: str) -> None:
    assert file_name(name, ".py") == file
