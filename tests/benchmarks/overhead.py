"""Compare a training step of compiled networks with the same networks written by hand, interleaved in one run.

Run: python -m tests.benchmarks.overhead [rounds] [threads]
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.compile import compile_graph
from engine.library import template
from tests.benchmarks.by_hand import GPT2, LSTMClassifier, ResNet18

Step = Callable[[], None]

RESNET = {"depth": 18, "classes": 10, "channels": 3, "size": 64}
GPT = {"layers": 4, "width": 128, "heads": 4, "vocabulary": 256, "context": 64}


def stepper(model: nn.Module, loss_of: Callable[[nn.Module], Tensor]) -> Step:
    """Return a training step: forward, backward and update."""
    optimizer = torch.optim.SGD(model.train().parameters(), lr=1e-4, fused=True)

    def step() -> None:
        optimizer.zero_grad()
        loss_of(model).backward()
        optimizer.step()

    return step


def pairs() -> Mapping[str, tuple[Step, Step]]:
    """Return the step of each network, compiled and by hand. Both have the same number of weights."""
    torch.manual_seed(0)
    images, labels = torch.randn(16, 3, 64, 64), torch.randint(10, (16,))
    tokens = torch.randint(256, (8, 64))
    words, answers = torch.randint(16, (64, 20)), torch.randint(4, (64,))
    cases: dict[str, tuple[nn.Module, nn.Module, Callable[[nn.Module], Tensor], Callable[[nn.Module], Tensor]]] = {
        "ResNet-18": (
            compile_graph(template("resnet", RESNET)).build(0),
            # Convolutions run faster in this order, and whoever writes by hand may choose it as well.
            ResNet18(10).to(memory_format=torch.channels_last),  # type: ignore[call-overload]
            lambda model: model.loss(model(images), labels),  # type: ignore[operator]
            lambda model: F.cross_entropy(model(images), labels),
        ),
        "GPT-2, small": (
            compile_graph(template("gpt2", GPT)).build(0),
            GPT2(layers=4, width=128, heads=4, vocabulary=256, context=64),
            lambda model: model.loss(model(tokens), labels),  # type: ignore[operator]
            lambda model: F.cross_entropy(model(tokens)[:, :-1].transpose(1, 2), tokens[:, 1:]),
        ),
        "LSTM": (
            compile_graph(template("lstm")).build(0),
            LSTMClassifier(),
            lambda model: model.loss(model(words), answers),  # type: ignore[operator]
            lambda model: F.cross_entropy(model(words), answers),
        ),
    }
    for name, (ours, theirs, _, _) in cases.items():
        counts = [sum(parameter.numel() for parameter in model.parameters()) for model in (ours, theirs)]
        assert counts[0] == counts[1], f"{name}: {counts[0]} weights compiled, {counts[1]} by hand"
    return {name: (stepper(ours, mine), stepper(theirs, other)) for name, (ours, theirs, mine, other) in cases.items()}


def measure(rounds: int) -> Mapping[str, list[float]]:
    """Return the ratios compiled / by hand of each round; the two take turns, step by step, in changing order."""
    found: dict[str, list[float]] = {}
    for name, (ours, theirs) in pairs().items():
        for _ in range(3):
            ours()
            theirs()
        ratios = []
        for number in range(rounds):
            seconds = {}
            for step in (ours, theirs) if number % 2 else (theirs, ours):
                began = perf_counter()
                step()
                seconds[step] = perf_counter() - began
            ratios.append(seconds[ours] / seconds[theirs])
        found[name] = ratios
    return found


def main() -> None:
    """Print the ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)
    for name, ratios in measure(rounds).items():
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"{name:14s} compiled / by hand: {middle:.3f} (quartiles {low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main()
