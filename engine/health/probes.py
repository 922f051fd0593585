"""Measure how strong the error signal is at each layer: δ_l = ∂L/∂(output of layer l), as its norm over the whole batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


def is_probe_step(step: int) -> bool:
    """Return whether the signal is measured at a step: the first ten, then every tenth."""
    return step < 10 or step % 10 == 0


class Probe:
    """Hang hooks into a module for one forward and backward pass, and hand out the norms of δ.

    Hooks sit on tensors, set from forward hooks: `register_full_backward_hook` costs 1.58 times the whole step on a small network.
    """

    def __init__(self, module: nn.Module, attributes: Mapping[str, str]) -> None:
        """Watch the modules named in `attributes` (node id: dotted path), in that order."""
        self.nodes = tuple(attributes)
        self._watched = [module.get_submodule(path) for path in attributes.values()]
        # A module that gives several tensors (LSTM), or is used several times, has several parts of one signal.
        self._parts: list[list[Tensor]] = []

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Measure the forward passes inside, and the backward passes of what they gave."""
        # The last place is the network's own output.
        self._parts = [[] for _ in range(len(self._watched) + 1)]
        handles = [watched.register_forward_hook(self._forward_hook(place)) for place, watched in enumerate(self._watched)]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def watch_output(self, outputs: Tensor | tuple[Tensor, ...]) -> None:
        """Take the network's result as the place where the error signal starts.

        Of several results all that a loss reads count: where a Softmax is only shown, the logits before it carry the signal.
        """
        self._watch(outputs, -1)

    def norms(self) -> Tensor:
        """Return ‖δ‖ of each node and, last, of the output: float64, NaN where no signal arrived.

        Shapes: -> (number of nodes + 1,)
        """
        device = next((parts[0].device for parts in self._parts if parts), torch.device("cpu"))
        nothing = torch.full((), torch.nan, dtype=torch.float64, device=device)
        return torch.stack([_joined(parts) if parts else nothing for parts in self._parts])

    def _forward_hook(self, place: int) -> Callable[[nn.Module, Any, Any], None]:
        def hook(module: nn.Module, arguments: Any, result: Any) -> None:
            self._watch(result, place)

        return hook

    def _watch(self, result: Any, place: int) -> None:
        if isinstance(result, Tensor):
            if result.requires_grad:
                result.register_hook(self._backward_hook(place))  # type: ignore[no-untyped-call]
        elif isinstance(result, tuple):
            for part in result:
                self._watch(part, place)

    def _backward_hook(self, place: int) -> Callable[[Tensor], None]:
        parts = self._parts[place]

        def hook(gradient: Tensor) -> None:
            parts.append(_norm(gradient.detach()))

        return hook


SAFE = (1e-12, 1e12)
"""Norms in this range are the same in float32: no square that counts is lost or infinite."""


def _norm(gradient: Tensor) -> Tensor:
    """Return the 2-norm in float64: a finite float32 gradient can have an infinite or a zero float32 norm.

    On the CPU float64 takes three times as long, and asking for a value waits for nothing: so float32 is tried first there.
    """
    if gradient.device.type == "cpu" and gradient.dtype == torch.float32:
        norm: Tensor = torch.linalg.vector_norm(gradient)
        if SAFE[0] < float(norm) < SAFE[1]:
            return norm.double()
    exact: Tensor = torch.linalg.vector_norm(gradient, dtype=torch.float64)
    return exact


def _joined(norms: list[Tensor]) -> Tensor:
    """Return the norm of several parts of one signal from the norms of the parts."""
    return norms[0] if len(norms) == 1 else torch.linalg.vector_norm(torch.stack(norms))


def signal(norms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return A_l = log10(‖δ_l‖ / ‖δ_out‖) from `Probe.norms`: −inf where nothing arrives, NaN where it cannot be told.

    Shapes: norms (n + 1,) -> A (n,)
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(np.log10(norms[:-1] / norms[-1]), dtype=np.float64)
