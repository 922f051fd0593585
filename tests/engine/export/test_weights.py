"""Weights as safetensors go into the exported class by `load_state_dict`, where nothing of ours can be imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from blocks.problems import UserError
from engine.compile import compile_graph
from engine.export import seeded, weights_of, with_weights
from engine.library import ready
from tests.engine.train.networks import chain, mlp

ALONE = """
import sys
sys.path.insert(0, ".")
for name in ("app", "blocks", "engine", "worker"):
    sys.modules[name] = None
import torch, network
from safetensors.torch import load_file
model = getattr(network, sys.argv[1])()
print(model.load_state_dict(load_file("weights.safetensors")))
model.eval()
with torch.no_grad():
    torch.save(model(torch.load("x.pt", weights_only=True)), "y.pt")
"""


@pytest.mark.parametrize("name", ["resnet_small", "transformer"])
def test_the_exported_class_takes_them(name: str, tmp_path: Path) -> None:
    network = compile_graph(ready(name))
    module = seeded(network, 11).train()
    x = torch.randn(4, 1, 16, 16) if name == "resnet_small" else torch.randint(0, 16, (4, 20))
    module(x)  # so that running statistics are other than a new module's
    (tmp_path / "network.py").write_text(network.source)
    (tmp_path / "weights.safetensors").write_bytes(weights_of(module))
    torch.save(x, tmp_path / "x.pt")
    run = subprocess.run([sys.executable, "-I", "-c", ALONE, network.class_name], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert run.stdout.strip() == "<All keys matched successfully>", run.stderr
    with torch.no_grad():
        torch.testing.assert_close(torch.load(tmp_path / "y.pt", weights_only=True), module.eval()(x))


def test_seeded_weights_are_those_that_training_begins_with() -> None:
    marks = {"linear1": {"initialisation": "constant(0.5)"}}
    network = compile_graph(chain(("vector_input", {"features": 4}), ("linear", {"out_features": 2}), marks=marks))
    weights = with_weights(network, weights_of(seeded(network, 5))).state_dict()
    assert torch.equal(weights["linear1.weight"], torch.full((2, 4), 0.5)) and not weights["linear1.bias"].any()


@pytest.mark.parametrize("content", [b"", b"not weights at all", weights_of(torch.nn.Linear(2, 2))])
def test_weights_of_another_network_are_refused(content: bytes) -> None:
    with pytest.raises(UserError, match="not those of this network"):
        with_weights(mlp(), content)
