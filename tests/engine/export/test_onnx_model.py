"""Every network of the library, written as ONNX, gives torch's numbers in another runtime, for any number of examples."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import onnx
import onnxruntime
import pytest
import torch

from blocks.problems import UserError
from engine.compile import compile_graph
from engine.data import DataSpec, load_for
from engine.export import onnx_model, seeded
from engine.graph.document import Edge, Graph, Node
from engine.library import ready, templates
from tests.engine.train.networks import chain, mlp
from tests.kinds import networks

WRITER = importlib.import_module("engine.export.onnx_model")
"""The module; the package gives its function the same name."""


@pytest.mark.parametrize("name", networks())
def test_every_network_of_the_library(name: str) -> None:
    """Hold the written network against torch on the data it is made for."""
    network = compile_graph(ready(name))
    module = seeded(network, 3)
    content = onnx_model(network, module)
    written = onnx.load_from_string(content)
    onnx.checker.check_model(written)
    places = [*written.graph.input, *written.graph.output]
    assert [place.name for place in places] == [network.graph.nodes[node].name for node in (*network.inputs, network.output)]
    assert all(place.type.tensor_type.shape.dim[0].dim_param == "batch" for place in places)
    data = load_for(network, DataSpec.from_json(templates()[name].data))
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    for size in (1, min(7, data.num_val)):
        inputs = [x[:size] for x in data.x_val]
        (found,) = session.run(None, {place.name: x.numpy() for place, x in zip(written.graph.input, inputs, strict=True)})
        with torch.no_grad():
            outputs = module(*inputs)
        expected = outputs if isinstance(outputs, torch.Tensor) else outputs[0]
        torch.testing.assert_close(torch.from_numpy(found), expected, atol=1e-4, rtol=1e-4)


def test_several_outputs_bear_their_names_and_what_losses_need_stays_behind() -> None:
    graph = chain(("vector_input", {"features": 4}), ("linear", {"out_features": 8}), ("linear", {"out_features": 3}))
    nodes = [*graph.nodes.values(), Node("hidden", "output", "hidden"), Node("side", "linear", "side", {"out_features": 3})]
    nodes += [Node("aux", "cross_entropy", "aux", {"weight": 0.3})]
    wires = [("linear1", "y", "hidden", "x"), ("linear1", "y", "side", "x"), ("side", "y", "aux", "prediction")]
    edges = [*graph.edges.values(), *(Edge(f"more{number}", *wire) for number, wire in enumerate(wires))]
    network = compile_graph(Graph.of("Two", nodes, edges))
    module = seeded(network, 0)
    session = onnxruntime.InferenceSession(onnx_model(network, module), providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == ["out", "hidden"]
    x = torch.randn(5, 4)
    with torch.no_grad():
        hidden = module.get_submodule("linear1")(x)
    found = session.run(["hidden"], {session.get_inputs()[0].name: x.numpy()})
    torch.testing.assert_close(torch.from_numpy(found[0]), hidden, atol=1e-4, rtol=1e-4)


def test_a_result_that_differs_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    run = onnxruntime.InferenceSession.run
    monkeypatch.setattr(onnxruntime.InferenceSession, "run", lambda *given: [found + 0.01 for found in run(*given)])
    with pytest.raises(UserError, match="gives other numbers") as error:
        onnx_model(mlp(), mlp().build(0))
    assert error.value.problems[0].code == "not_in_onnx"


def test_without_its_packages_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec

    def absent(name: str, *rest: Any) -> Any:
        return None if name == "onnxscript" else found(name, *rest)

    monkeypatch.setattr("importlib.util.find_spec", absent)
    with pytest.raises(UserError, match="not installed here: onnxscript. Install it: python -m pip install onnx onnxscript onnxruntime"):
        onnx_model(mlp(), mlp().build(0))


def test_weights_beyond_one_file_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WRITER, "LARGEST_BYTES", 100)
    with pytest.raises(UserError, match="holds 2 GB"):
        onnx_model(mlp(), mlp().build(0))
