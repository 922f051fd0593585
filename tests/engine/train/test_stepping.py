"""Steps taken by the kernel itself equal torch's own."""

import copy

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from engine.train.stepping import Stepper

KINDS = {
    "adam": lambda groups: Adam(groups, 0.01, weight_decay=0.1, fused=True),
    "adamw": lambda groups: AdamW(groups, 0.01, betas=(0.8, 0.9), fused=True),
    "not fused": lambda groups: Adam(groups, 0.01),
    "amsgrad": lambda groups: Adam(groups, 0.01, amsgrad=True, fused=True),
    "sgd": lambda groups: SGD(groups, 0.01, momentum=0.9, fused=True),
}


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3), nn.Linear(3, 2))


def groups_of(module: nn.Sequential) -> list[dict[str, object]]:
    module[3].requires_grad_(False)
    return [{"params": list(module[0].parameters()), "lr": 0.05}, {"params": [*module[2].parameters(), *module[3].parameters()]}]


def take(step, optimizer: Optimizer, module: nn.Sequential, number: int) -> None:
    generator = torch.Generator().manual_seed(1)
    for place in range(number):
        optimizer.zero_grad()
        module(torch.randn(5, 4, generator=generator)).square().sum().backward()
        optimizer.param_groups[0]["lr"] = 0.05 / (place + 1)
        step()


@pytest.mark.parametrize("kind", KINDS)
def test_steps_are_bit_equal_to_torch(kind):
    ours, theirs = network(), network()
    optimizer = KINDS[kind](groups_of(ours))
    reference = KINDS[kind](groups_of(theirs))
    take(Stepper(optimizer).step, optimizer, ours, 6)
    take(reference.step, reference, theirs, 6)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, other)


def test_the_state_is_what_torch_would_go_on_from():
    """An optimizer saved after our steps and loaded elsewhere goes on as if torch had made them."""
    ours, theirs = network(), network()
    optimizer, reference = KINDS["adam"](groups_of(ours)), KINDS["adam"](groups_of(theirs))
    take(Stepper(optimizer).step, optimizer, ours, 3)
    take(reference.step, reference, theirs, 3)
    loaded = KINDS["adam"](groups_of(ours))
    loaded.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    take(loaded.step, loaded, ours, 3)
    take(reference.step, reference, theirs, 3)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, other)
