"""What our own compiler writes comes back as what it was written from, for every network of the library."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.compile import Network, compile_graph
from engine.library import ready
from tests.engine.importing.test_networks import answers, read
from tests.kinds import networks


# The U-Net is left out: reading its source back takes more than three minutes.
@pytest.mark.parametrize("name", networks(always=("lenet5", "lstm", "gpt2"), never=("unet",)))
def test_a_network_of_the_library_comes_back_from_its_source(name: str, tmp_path: Path) -> None:
    graph = ready(name)
    network = compile_graph(graph)
    path = tmp_path / "exported.py"
    path.write_text(network.source)
    found = read(network.class_name, path=path)
    assert answers(found) <= 1e-6
    written = compile_graph(found.graph)
    assert written.report.num_parameters == network.report.num_parameters
    assert _types(written) == _types(network)
    assert _loss(written.source) == _loss(network.source)


def _types(network: Network) -> list[str]:
    """Return the types of all blocks that take part, composites written out."""
    return sorted(type for id in network.order if (type := network.flat.nodes[id].type) != "identity")


def _loss(source: str) -> str:
    """Return the loss as it is written; the keys of several are names, which are not read back."""
    return re.sub(r'losses\["\w+"\]', "losses[…]", source[source.index("def loss(") :])
