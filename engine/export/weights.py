"""Build a network with weights, seeded or kept by a run, and hand weights out as safetensors."""

from __future__ import annotations

from safetensors import SafetensorError
from safetensors.torch import load
from torch import nn

from blocks.problems import Problem, UserError
from engine.compile.network import Network
from engine.train.snapshots import as_safetensors


def seeded(network: Network, seed: int) -> nn.Module:
    """Return the network as its training with this seed begins."""
    module = network.build(seed)
    return module


def with_weights(network: Network, content: bytes) -> nn.Module:
    """Return the network with the weights of a safetensors file.

    Raises:
        UserError: where the file is not of this network.
    """
    module = network.build()
    try:
        module.load_state_dict(load(content))
    except (SafetensorError, RuntimeError) as error:
        raise UserError(Problem("bad_weights", "The weights are not those of this network.", "Train it, and take its own.")) from error
    return module


def weights_of(module: nn.Module) -> bytes:
    """Return a module's weights as a safetensors file; the exported class takes them by `load_state_dict`."""
    return as_safetensors(dict(module.state_dict()))
