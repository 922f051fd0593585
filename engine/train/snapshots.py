"""Keep a run's weights as they were after its best epoch, and hand out these and the last ones as safetensors."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from safetensors.torch import save
from torch import Tensor, nn

from engine.train.events import Weights


class Snapshots:
    """Hold a copy of the best weights beside those that are trained; nothing where one copy would be larger than the limit."""

    def __init__(self, module: nn.Module, limit_bytes: int) -> None:
        self._live = dict(module.state_dict())
        size = sum(tensor.nbytes for tensor in self._live.values())
        self._kept = size <= limit_bytes
        self._best: dict[str, Tensor] = {}
        self._best_step = -1
        self._best_rank = (-torch.inf, -torch.inf)

    def consider(self, step: int, rank: tuple[float, float]) -> None:
        """Copy the weights where they are better than all before; `rank` is larger for better ones."""
        if not self._kept or not rank > self._best_rank:
            return
        self._best_rank, self._best_step = rank, step
        if not self._best:
            self._best = {name: tensor.detach().clone() for name, tensor in self._live.items()}
            return
        for name, tensor in self._live.items():
            self._best[name].copy_(tensor.detach())

    def events(self, last_step: int) -> Iterator[Weights]:
        """Yield the last weights and the best ones; one event for both where the last ones are the best."""
        if not self._kept:
            return
        last_is_best = self._best_step == last_step
        yield Weights(("final", "best") if last_is_best else ("final",), last_step, as_safetensors(self._live))
        if self._best and not last_is_best:
            yield Weights(("best",), self._best_step, as_safetensors(self._best))


def as_safetensors(state: dict[str, Tensor]) -> bytes:
    """Return a state dict as the bytes of a safetensors file, to be read by `safetensors.torch.load` and `load_state_dict`."""
    # Contiguous copies: a file has one order of numbers (an image network's are channels-last), and no two names share memory in it.
    plain = {name: tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format) for name, tensor in state.items()}
    return save(plain, metadata={"format": "pt"})
