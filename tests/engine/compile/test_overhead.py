"""A compiled network costs what one written by hand costs: this finds what is grossly slower, the benchmark what is finely so."""

import statistics

from tests.benchmarks.overhead import measure
from tests.figures import Figure


def test_a_step_costs_what_it_costs_by_hand(figure: Figure) -> None:
    ratios = {name: statistics.median(found) for name, found in measure(11).items()}
    figure("a compiled step / by hand: " + ", ".join(f"{name} {ratio:.3f}" for name, ratio in ratios.items()))
    assert all(ratio < 1.25 for ratio in ratios.values()), ratios
