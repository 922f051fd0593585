"""Compare Gradloom's loop, with the gradient norm of every parameter at every step, with a plain PyTorch loop that logs only the loss.

Both train the same LeNet-5 on digits, batch 64, Adam with the same settings. Short runs of both alternate, because other work on the
machine slows both; the ratio is taken within each pair. Run: python -m tests.benchmarks.throughput [pairs] [threads]
"""

from __future__ import annotations

import statistics
import sys
from time import perf_counter

import torch
from torch.utils.data import DataLoader, TensorDataset

from blocks.library import lenet5
from engine.compile import Network, compile_graph
from engine.data import Dataset, DataSpec, load_for
from engine.graph.serialise import read_graph
from engine.train.events import Done
from engine.train.loop import train
from engine.train.recipe import Recipe

EPOCHS = 3


def plain_steps_per_s(network: Network, data: Dataset, recipe: Recipe) -> float:
    """Train as a tutorial would and return the steps a second, without validation."""
    torch.manual_seed(recipe.seed)
    model = network.load()().train()
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.lr)
    loader = DataLoader(TensorDataset(data.x_train[0], data.y_train), batch_size=recipe.batch_size, shuffle=True)
    losses = []
    began = perf_counter()
    for _ in range(recipe.epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = model.loss(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return len(losses) / (perf_counter() - began)


def engine_steps_per_s(network: Network, data: Dataset, recipe: Recipe) -> float:
    """Train with Gradloom's loop and return the steps a second, without validation."""
    *_, done = train(network, data, recipe)
    assert isinstance(done, Done), f"training ended with {done}"
    return done.steps_per_s


def main() -> None:
    """Print both speeds and their ratio."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)
    network = compile_graph(read_graph(lenet5.graph()))
    data = load_for(network, DataSpec("digits"))
    recipe = Recipe(epochs=EPOCHS)
    plain_steps_per_s(network, data, recipe)
    plain, engine = [], []
    for _ in range(pairs):
        plain.append(plain_steps_per_s(network, data, recipe))
        engine.append(engine_steps_per_s(network, data, recipe))
    ratios = sorted(ours / theirs for ours, theirs in zip(engine, plain, strict=True))
    print(f"plain  {statistics.median(plain):7.1f} steps/s  ({min(plain):.1f} to {max(plain):.1f})")
    print(f"engine {statistics.median(engine):7.1f} steps/s  ({min(engine):.1f} to {max(engine):.1f})")
    print(f"ratio  {statistics.median(ratios):7.2f}          ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    print(f"{pairs} pairs, {torch.get_num_threads()} threads")


if __name__ == "__main__":
    main()
