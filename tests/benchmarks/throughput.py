"""Compare Gradloom's loop, with the gradient norm of every parameter at every step, with plain PyTorch loops that log only the loss.

All train LeNet-5 on digits, batch 64, Adam with the same settings. The first plain loop trains the network as a tutorial writes it, the
second our own exported source, which is the faster network: what is left there is the loop alone. Short runs alternate, because other
work on the machine slows all; ratios are taken within each round. Run: python -m tests.benchmarks.throughput [rounds] [threads]
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from time import perf_counter

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from engine.compile import Network, compile_graph
from engine.data import Dataset, DataSpec, load_for
from engine.library import template
from engine.train.events import Done
from engine.train.loop import train
from engine.train.recipe import Recipe

EPOCHS = 10


def by_hand() -> nn.Module:
    """Return LeNet-5 as one writes it down."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Tanh(),
        nn.Conv2d(6, 16, 5),
        nn.MaxPool2d(2),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


def plain_steps_per_s(model: nn.Module, data: Dataset, recipe: Recipe) -> float:
    """Train as a tutorial would and return the steps a second, without validation."""
    optimizer = torch.optim.Adam(model.train().parameters(), lr=recipe.lr)
    loss_of = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(data.x_train[0], data.y_train), batch_size=recipe.batch_size, shuffle=True)
    losses = []
    began = perf_counter()
    for _ in range(recipe.epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_of(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return len(losses) / (perf_counter() - began)


def engine_steps_per_s(network: Network, data: Dataset, recipe: Recipe) -> float:
    """Train with Gradloom's loop and return the steps a second, without validation."""
    *_, done = train(network, data, recipe)
    assert isinstance(done, Done), f"training ended with {done}"
    return done.steps_per_s


def measure(rounds: int) -> dict[str, list[float]]:
    """Return the steps a second of each loop in each round."""
    network = compile_graph(template("lenet5"))
    data = load_for(network, DataSpec("digits"))
    recipe = Recipe(epochs=EPOCHS)
    loops: dict[str, Callable[[], float]] = {
        "plain, by hand": lambda: plain_steps_per_s(by_hand(), data, recipe),
        "plain, our source": lambda: plain_steps_per_s(network.build(0), data, recipe),
        "gradloom": lambda: engine_steps_per_s(network, data, recipe),
    }
    for loop in loops.values():
        loop()
    found: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(rounds):
        for name, loop in loops.items():
            found[name].append(loop())
    return found


def main() -> None:
    """Print the speeds and their ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)
    found = measure(rounds)
    for name, speeds in found.items():
        ratios = sorted(ours / theirs for ours, theirs in zip(found["gradloom"], speeds, strict=True))
        speed = f"{statistics.median(speeds):7.1f} steps/s ({min(speeds):.1f} to {max(speeds):.1f})"
        print(f"{name:18s} {speed}   gradloom / this: {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    print(f"{rounds} rounds, {torch.get_num_threads()} threads")


if __name__ == "__main__":
    main()
