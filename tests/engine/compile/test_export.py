"""What is handed out is what is trained: each library network's source, run alone with torch, repeats the engine bit for bit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.compile import compile_graph
from engine.data import DataSpec, load_for
from engine.library import ready, templates
from engine.train.events import Points
from engine.train.loop import first_batches, train
from engine.train.recipe import Recipe

STEPS = 10

# Knows torch and the exported file, and nothing of Gradloom.
ALONE = """
import json, sys
import torch
import network
torch.set_num_threads(1)
given = torch.load("batches.pt", weights_only=True)
recipe = json.loads(sys.argv[1])
torch.manual_seed(recipe["seed"])
model = getattr(network, sys.argv[2])()
optimizers = {
    "adam": lambda: torch.optim.Adam(model.parameters(), lr=recipe["lr"], fused=True),
    "adamw": lambda: torch.optim.AdamW(model.parameters(), lr=recipe["lr"], weight_decay=recipe["weight_decay"], fused=True),
    "sgd": lambda: torch.optim.SGD(model.parameters(), lr=recipe["lr"], momentum=recipe["momentum"], fused=True),
}
optimizer = optimizers[recipe["optimizer"]]()
model.eval()
with torch.no_grad():
    outputs = model(*given["inputs"][0])
    torch.save(list(outputs) if isinstance(outputs, tuple) else [outputs], "outputs.pt")
model.train()
losses = []
for inputs, target in zip(given["inputs"], given["targets"]):
    optimizer.zero_grad()
    loss = model.loss(model(*inputs), target)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
assert not [name for name in sys.modules if name.split(".")[0] in {"engine", "blocks", "app", "worker"}]
print(json.dumps(losses))
"""


@pytest.mark.parametrize("name", templates())
def test_the_exported_source_repeats_the_engine(name: str, tmp_path: Path) -> None:
    chosen = templates()[name]
    network = compile_graph(ready(name))
    data = load_for(network, DataSpec.from_json(chosen.data))
    # Phases are the loop's, not the source's: tests/engine/train/test_phases.py holds them against torch.
    recipe = Recipe.from_json(
        {**chosen.recipe, "phases": [], "epochs": max(1, -(-STEPS // max(1, data.num_train // chosen.recipe["batch_size"])))}
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        events = list(train(network, data, recipe))
        module = network.build(recipe.seed).eval()
        batches = first_batches(data, recipe, STEPS)
        with torch.no_grad():
            expected = module(*batches[0][0])
    finally:
        torch.set_num_threads(threads)
    engine = np.concatenate([event.values[:, 0] for event in events if isinstance(event, Points) and event.stream == "step"])[:STEPS]
    (tmp_path / "network.py").write_text(network.source)
    torch.save({"inputs": [list(inputs) for inputs, _ in batches], "targets": [target for _, target in batches]}, tmp_path / "batches.pt")
    run = subprocess.run(
        [sys.executable, "-c", ALONE, json.dumps(recipe.to_json()), network.class_name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    alone = np.array(json.loads(run.stdout), dtype=np.float32)
    assert len(alone) == STEPS
    np.testing.assert_array_equal(alone, engine)
    results = torch.load(tmp_path / "outputs.pt", weights_only=True)
    assert all(torch.equal(*pair) for pair in zip(results, expected if isinstance(expected, tuple) else [expected], strict=True))
