"""Import a network from Python source: have it read, take its weights over, and hold the result to the original."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import torch
from torch import Tensor

from engine.check import check
from engine.compile import Network, compile_graph
from engine.graph.document import Graph
from engine.importing.confinement import Walls
from engine.importing.refusal import refused
from engine.importing.sandbox import LARGEST_SOURCE_BYTES, TIMEOUT_S, Answer, execute
from engine.importing.tracing import SEED

TOLERANCE = 1e-6
_NEVER_OPENED = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib")


@dataclass(frozen=True)
class Imported:
    """Hold an imported network."""

    graph: Graph
    weights: Mapping[str, Mapping[str, Tensor]]
    """For each node that has any, by its path, its tensors by the names they have in the block's torch module."""
    notes: tuple[str, ...]
    """What the user should know: what was added, chosen or guessed."""
    difference: float
    """Largest difference between the answers of the file's network and of the drawing, relative to their size where that is above 1."""
    walls: Walls
    """What held while the file was executed."""
    origins: Mapping[str, Mapping[str, str | int | None]]
    """For each node, by its path, that of the module it comes from, and the line of the file."""

    def comparison(self) -> str:
        """Say how near the drawing's answers are to the original's."""
        return f"on random input it answers as the file's network does (largest difference {self.difference:.1e})."

    def state_dict(self, network: Network) -> dict[str, Tensor]:
        """Return the weights under the names that a compiled network has for them."""
        return {
            f"{attribute}.{name}": tensor
            for id, attribute in network.attributes.items()
            for name, tensor in self.weights.get(id, {}).items()
        }


def import_code(
    source: bytes,
    file_name: str,
    class_name: str | None = None,
    inputs: Sequence[Sequence[int]] = (),
    *,
    seed: int = 0,
    timeout_s: float = TIMEOUT_S,
    walls_required: bool = False,
) -> Imported:
    """Turn a class of a Python file into a graph with its weights.

    Args:
        inputs: The sizes of each input of one example, without the batch; found in the file, or guessed, where none is given.
        walls_required: Refuse, before a line of the file is executed, where this system cannot enforce every wall.

    Raises:
        UserError: where the file is refused; each message names the line where there is one.
    """
    name = _readable_name(source, file_name)
    answer = execute(source, name, class_name, inputs, seed, timeout_s, walls_required)
    network = compile_graph(answer.graph, check(answer.graph))
    weights = _by_node(answer, network)
    origins = {path: answer.origins[path] for path in network.flat.nodes if path in answer.origins}
    imported = Imported(answer.graph, weights, answer.notes, 0.0, answer.walls, origins)
    difference = _difference(network, imported, answer.example)
    if not difference <= TOLERANCE:
        message = f"the drawing does not answer as the file's network does: they differ by {difference:.1e}."
        raise refused("differs", message, "Report this file: its network was misread.")
    return replace(imported, difference=difference)


def _readable_name(source: bytes, file_name: str) -> str:
    """Return a plain name for the file, where it may be Python at all."""
    path = PurePath(file_name)
    if path.suffix.lower() in _NEVER_OPENED or source[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        message = f"{path.name} holds pickled Python objects, which are never opened: opening one runs whatever it says."
        raise refused("never_opened", message, "Import the Python file that defines the class.")
    if len(source) > LARGEST_SOURCE_BYTES:
        message = f"the file has {len(source):,} bytes, more than {LARGEST_SOURCE_BYTES:,}."
        raise refused("too_large", message, "Import the file that defines the class, and nothing else.")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused("not_python", f"{path.name} is not text, so it is no Python file.", "Choose a file that ends in .py.") from error
    if "\0" in text:
        raise refused("not_python", f"{path.name} is not text, so it is no Python file.", "Choose a file that ends in .py.")
    stem = re.sub(r"[^A-Za-z0-9_]+", "_", path.stem)[:60] or "network"
    return f"{stem}.py"


def _by_node(answer: Answer, network: Network) -> dict[str, dict[str, Tensor]]:
    found: dict[str, dict[str, Tensor]] = {}
    for key, tensor in answer.weights.items():
        id, _, name = key.rpartition("/")
        if id in network.flat.nodes:
            found.setdefault(id, {})[name] = tensor
    return found


def _difference(network: Network, imported: Imported, example: Mapping[str, Tensor]) -> float:
    """Run the compiled network with the imported weights on the file's own example."""
    module = network.build()
    state = imported.state_dict(network)
    wanted = module.state_dict()
    if wanted.keys() != state.keys() or any(wanted[name].shape != state[name].shape for name in wanted):
        raise refused("differs", "the weights that came back do not fit the drawing.", "Report this file: its network was misread.")
    module.load_state_dict(state)
    inputs = [example[f"input_{number}"] for number in range(len(network.inputs)) if f"input_{number}" in example]
    if len(inputs) != len(network.inputs) or "expected" not in example:
        raise refused("differs", "no example came back to hold the drawing to.", "Leave out all but the network, and import it again.")
    expected = example["expected"]
    module.eval()
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(SEED + 2)
        out = module(*inputs)
    given = out[0] if network.several_outputs else out
    if given.shape != expected.shape:
        return float("inf")
    scale = max(1.0, float(expected.abs().max())) if expected.numel() else 1.0
    return float((given - expected).abs().max()) / scale if expected.numel() else 0.0
