"""The measured signal, held against torch's own gradients, and the verdicts on real networks, faulty and sound."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.health.probes import Probe, is_probe_step, signal
from engine.health.verdicts import Diagnosis
from engine.train.events import Verdict


def named(*layers: nn.Module) -> tuple[nn.Sequential, dict[str, str]]:
    """Return layers in a row, and the attribute of each node."""
    return nn.Sequential(*layers), {f"n{place}": str(place) for place in range(len(layers))}


def test_norms_are_those_of_torchs_own_gradients() -> None:
    torch.manual_seed(0)
    module, attributes = named(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
    x, y = torch.randn(8, 5), torch.randint(3, (8,))
    hidden = module[0](x)
    bent = module[1](hidden)
    logits = module[2](bent)
    expected = [gradient.double().norm().item() for gradient in torch.autograd.grad(F.cross_entropy(logits, y), [hidden, bent, logits])]
    probe = Probe(module, attributes)
    with probe.measuring():
        outputs = module(x)
        probe.watch_output(outputs)
        F.cross_entropy(outputs, y).backward()
    norms = probe.norms()
    assert norms.dtype == torch.float64
    np.testing.assert_allclose(norms.numpy(), [*expected, expected[-1]], rtol=1e-6)
    np.testing.assert_allclose(signal(norms.numpy()), np.log10(np.array(expected) / expected[-1]), rtol=1e-6, atol=1e-12)
    assert not any(layer._forward_hooks for layer in module), "hooks must not outlive the probe"


def test_a_finite_gradient_whose_float32_norm_is_infinite_is_measured() -> None:
    module, attributes = named(nn.Identity())
    x = torch.ones(4, requires_grad=True)
    probe = Probe(module, attributes)
    with probe.measuring():
        outputs = module(x)
        probe.watch_output(outputs)
        outputs.backward(torch.full((4,), 3e38))
    assert probe.norms().tolist() == pytest.approx([6e38 * 3e38 / 3e38, 6e38], rel=1e-6)


def test_of_a_modules_several_results_every_one_that_is_used_counts() -> None:
    lstm = nn.LSTM(3, 4, batch_first=True)
    holder = nn.ModuleDict({"lstm": lstm})
    probe = Probe(holder, {"n": "lstm"})
    with probe.measuring():
        _, (h, _) = lstm(torch.randn(2, 5, 3))
        probe.watch_output(h)
        h.sum().backward()
    np.testing.assert_allclose(probe.norms().numpy(), np.sqrt([8.0, 8.0]), rtol=1e-6)


def test_where_the_signal_is_zero_absent_or_not_comparable() -> None:
    with np.errstate(all="raise"):
        found = signal(np.array([0.0, np.nan, np.inf, 1.0, 10.0]))
    assert found[0] == -np.inf and np.isnan(found[1]) and found[2] == np.inf and found[3] == pytest.approx(-1.0)
    assert np.isnan(signal(np.array([0.0, 0.0]))).all()


def test_probe_steps_are_the_first_ten_then_every_tenth() -> None:
    assert [step for step in range(41) if is_probe_step(step)] == [*range(10), 10, 20, 30, 40]


def diagnose(
    module: nn.Module, attributes: dict[str, str], x: Tensor, y: Tensor, optimizer: torch.optim.Optimizer, steps: int
) -> list[Verdict]:
    """Train on random batches and return every verdict."""
    adaptive = not isinstance(optimizer, torch.optim.SGD)
    probe, diagnosis, verdicts = Probe(module, attributes), Diagnosis(tuple(attributes), {node: node for node in attributes}, adaptive), []
    for step in range(steps):
        rows = torch.randint(len(x), (32,))
        optimizer.zero_grad()
        with probe.measuring():
            outputs = module(x[rows])
            probe.watch_output(outputs)
            loss = F.cross_entropy(outputs, y[rows])
            loss.backward()
        if is_probe_step(step):
            verdicts += diagnosis.update(step, signal(probe.norms().numpy()), loss.item())
        optimizer.step()
    return verdicts


def deep_sigmoid() -> tuple[nn.Module, dict[str, str]]:
    return named(*(layer for depth in range(20) for layer in (nn.Linear(16, 16), nn.Sigmoid())), nn.Linear(16, 4))


def deep_with_huge_weights() -> tuple[nn.Module, dict[str, str]]:
    module, attributes = named(*(layer for depth in range(10) for layer in (nn.Linear(16, 16), nn.ReLU())), nn.Linear(16, 4))
    for layer in module:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0.0, 3.0)  # the gradient grows about 3 · √16 / √2 times a layer
    return module, attributes


def deep_relu_he() -> tuple[nn.Module, dict[str, str]]:
    module, attributes = named(*(layer for depth in range(6) for layer in (nn.Linear(16, 16), nn.ReLU())), nn.Linear(16, 4))
    for layer in module:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return module, attributes


def deep_batch_norm() -> tuple[nn.Module, dict[str, str]]:
    return named(*(layer for depth in range(10) for layer in (nn.Linear(16, 16), nn.BatchNorm1d(16), nn.ReLU())), nn.Linear(16, 4))


def lenet() -> tuple[nn.Module, dict[str, str]]:
    return named(
        nn.Unflatten(1, (1, 4, 4)), nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 2), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 4),
    )  # fmt: skip


class ResidualBlock(nn.Module):
    """Add two layers to what came in."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.LayerNorm(16), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 16))

    def forward(self, x: Tensor) -> Tensor:
        """Return x + f(x)."""
        inner: Tensor = self.inner(x)
        return x + inner


def residual() -> tuple[nn.Module, dict[str, str]]:
    return named(*(ResidualBlock() for _ in range(10)), nn.Linear(16, 4))


def problem() -> tuple[Tensor, Tensor]:
    """Return inputs and classes that a network can learn."""
    x = torch.randn(256, 16)
    return x, (x[:, 0] > 0).long() + 2 * (x[:, 1] > 0).long()


@pytest.mark.parametrize("make", [deep_relu_he, deep_batch_norm, lenet, residual])
@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_sound_networks_get_nothing_above_info(make: Callable[[], tuple[nn.Module, dict[str, str]]], kind: str) -> None:
    torch.manual_seed(0)
    module, attributes = make()
    optimizer = torch.optim.SGD(module.parameters(), 0.01) if kind == "sgd" else torch.optim.Adam(module.parameters(), 1e-3)
    verdicts = diagnose(module, attributes, *problem(), optimizer, 60)
    assert [verdict for verdict in verdicts if verdict.severity != "info"] == []


@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_twenty_sigmoid_layers_vanish_severely(kind: str) -> None:
    torch.manual_seed(0)
    module, attributes = deep_sigmoid()
    optimizer = torch.optim.SGD(module.parameters(), 0.1) if kind == "sgd" else torch.optim.Adam(module.parameters(), 1e-3)
    verdicts = diagnose(module, attributes, *problem(), optimizer, 12)
    assert [(verdict.kind, verdict.severity, verdict.node) for verdict in verdicts] == [("vanishing", "severe", "n0")]


def test_huge_weights_explode_at_once() -> None:
    torch.manual_seed(0)
    module, attributes = deep_with_huge_weights()
    verdicts = diagnose(module, attributes, *problem(), torch.optim.SGD(module.parameters(), 1e-30), 1)
    assert [(verdict.kind, verdict.severity, verdict.node) for verdict in verdicts] == [("exploding", "severe", "n1")]
