"""The rules, over probes written down by hand: no training."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from engine.health.verdicts import Diagnosis
from engine.train.events import Verdict

NODES = ("a", "b", "c")
NAMES = {"a": "Linear 'first'", "b": "Linear 'second'", "c": "Linear 'third'"}
INF, NAN = float("inf"), float("nan")


def judged(
    probes: Iterable[tuple[float, ...]], *, adaptive: bool = True, losses: list[float] | None = None, every: int = 1
) -> list[Verdict]:
    """Return all verdicts over probes at steps 0, `every`, …"""
    diagnosis = Diagnosis(NODES, NAMES, adaptive)
    verdicts = []
    for number, probe in enumerate(probes):
        verdicts += diagnosis.update(number * every, np.array(probe, dtype=np.float64), losses[number] if losses else 1.0 / (1 + number))
    return verdicts


def test_a_healthy_signal_gives_no_verdict() -> None:
    assert judged([(-1.9, -0.5, 0.0)] * 100) == []


def test_vanishing_needs_three_probes_and_names_the_block_and_the_fix() -> None:
    weak = (-4.0, -2.0, 0.0)
    assert judged([weak] * 2) == []
    assert judged([weak, weak, (0.0, 0.0, 0.0), weak, weak]) == []
    (verdict,) = judged([(0.0, 0.0, 0.0), weak, weak, weak])
    assert (verdict.kind, verdict.severity, verdict.node, verdict.step) == ("vanishing", "warning", "a", 1)
    assert verdict.message.startswith("Vanishing gradient: the first layer, Linear 'first', hears 1/10,000 of the error signal.")
    assert "ReLU" in verdict.message and verdict.evidence["seen_at"] == 3


@pytest.mark.parametrize(
    ("A", "severity"),
    [(-2.0, None), (-2.1, "info"), (-3.0, "info"), (-3.1, "warning"), (-5.0, "warning"), (-5.1, "severe"), (-INF, "severe")],
)
def test_severity_follows_the_thresholds(A: float, severity: str | None) -> None:
    assert [verdict.severity for verdict in judged([(0.0, A, 0.0)] * 3)] == ([severity] if severity else [])


def test_vanishing_that_lasts_fifty_steps_is_severe_and_is_the_same_verdict() -> None:
    verdicts = judged([(-3.5, 0.0, 0.0)] * 8, every=10)
    assert [(verdict.severity, verdict.step, verdict.evidence["seen_at"]) for verdict in verdicts] == [
        ("warning", 0, 20),
        ("severe", 0, 50),
    ]


def test_a_verdict_clears_itself_after_three_good_probes_and_can_come_again() -> None:
    weak, good = (-4.0, 0.0, 0.0), (-1.0, 0.0, 0.0)
    verdicts = judged([weak] * 3 + [good] * 3 + [weak] * 3)
    assert [(verdict.step, verdict.cleared_step) for verdict in verdicts] == [(0, None), (0, 5), (6, None)]
    assert len(judged([weak] * 3 + [good] * 2 + [weak] * 2)) == 1, "two good probes are not yet a recovery"


def test_a_weak_signal_is_a_warning_only_with_plain_sgd_and_a_loss_that_does_not_move() -> None:
    weak = [(-2.5, 0.0, 0.0)] * 6
    flat, falling = [2.3] * 6, [2.3, 2.0, 1.7, 1.4, 1.1, 0.8]
    assert [verdict.severity for verdict in judged(weak, adaptive=True, losses=flat, every=10)] == ["info"]
    assert [verdict.severity for verdict in judged(weak, adaptive=False, losses=flat, every=10)] == ["info", "warning"]
    assert [verdict.severity for verdict in judged(weak, adaptive=False, losses=falling, every=10)] == ["info"]


def test_exploding_is_said_at_once_at_step_zero_and_later_after_three_probes() -> None:
    strong = (4.0, 2.0, 0.0)
    (verdict,) = judged([strong])
    assert (verdict.kind, verdict.severity, verdict.node, verdict.step) == ("exploding", "warning", "a", 0)
    assert "10,000 times stronger" in verdict.message and "Linear 'first'" in verdict.message
    good = (0.0, 0.0, 0.0)
    assert judged([good, strong, strong]) == []
    assert [verdict.kind for verdict in judged([good, strong, strong, strong])] == ["exploding"]
    assert [verdict.severity for verdict in judged([(6.0, 0.0, 0.0)])] == ["severe"]
    assert [verdict.severity for verdict in judged([(INF, 0.0, 0.0)])] == ["severe"]


@pytest.mark.parametrize("loss", [NAN, INF, -INF])
def test_a_loss_that_is_no_number_is_said_once_and_blames_nothing_else(loss: float) -> None:
    verdicts = judged([(NAN, NAN, NAN)] + [(9.0, -9.0, 0.0)] * 5, losses=[1.0] + [loss] * 5)
    assert [(verdict.kind, verdict.severity, verdict.step) for verdict in verdicts] == [("nonfinite", "severe", 1)]


def test_what_was_not_measured_is_no_ground_for_a_verdict() -> None:
    assert judged([(NAN, NAN, NAN)] * 10) == []
    (verdict,) = judged([(NAN, -4.0, 0.0)] * 3)
    assert verdict.node == "b" and verdict.message.startswith("Vanishing gradient: Linear 'second' hears")


def test_no_signal_at_all_is_said_in_words() -> None:
    (verdict,) = judged([(-INF, 0.0, 0.0)] * 3)
    assert "hears nothing of the error signal" in verdict.message and verdict.evidence["A"] is None
