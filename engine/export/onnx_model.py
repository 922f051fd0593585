"""Write a network as ONNX by torch's own exporter, and run it once against torch before it is handed out."""

from __future__ import annotations

import importlib.util
import inspect
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from blocks.problems import Problem, UserError
from blocks.tensors import TensorSpec
from engine.compile.names import identifier
from engine.compile.network import Network

PACKAGES = ("onnx", "onnxscript", "onnxruntime")
INSTALL = f"python -m pip install {' '.join(PACKAGES)}"
TOLERANCE = 1e-4
"""Largest difference from torch, absolute and relative, that is handed out."""
LARGEST_BYTES = 2_000_000_000
"""What the one file of an ONNX model can hold."""
TRIED_BATCHES = (3, 5)
"""Batches with which the written model is run: none of them the one it was traced with."""
TRACED_BATCH = 2


def onnx_model(network: Network, module: nn.Module) -> bytes:
    """Return a built network as an ONNX file, for any number of examples at a time. The module is left in evaluation mode.

    Inputs are called as the arguments of `forward`, outputs as their blocks; what only losses need is left out.

    Raises:
        UserError: where the packages are not installed, or torch's exporter cannot write a block of this network.
    """
    _require_packages()
    size = sum(tensor.nbytes for tensor in module.state_dict().values())
    if size > LARGEST_BYTES:
        message = f"The weights take {size / 1e9:.1f} GB, and one ONNX file holds 2 GB."
        raise UserError(Problem("too_large", message, "Export Python and safetensors instead."))
    names = list(inspect.signature(module.forward).parameters)
    shown = _output_names(network, names)
    answering = _Answering(module, len(shown)).eval()
    specs = [next(iter(network.report.nodes[node].outputs.values())) for node in network.inputs]
    examples = _examples(specs, TRACED_BATCH)
    batch = torch.export.Dim("batch")
    try:
        with _quietly(), torch.no_grad():
            program = torch.onnx.export(
                answering,
                examples,
                dynamo=True,
                verbose=False,
                input_names=names,
                output_names=shown,
                dynamic_shapes=(tuple({0: batch} for _ in examples),),
            )
    except Exception as error:  # the exporter's own errors are many, and say little to who drew the network
        cause = error.__cause__ or error
        raise UserError(_refused(network, str(cause) or type(cause).__name__)) from error
    assert program is not None, "the exporter gives a program where it is not told a file"
    content: bytes = program.model_proto.SerializeToString()
    _require_equal(network, answering, specs, names, content)
    return content


class _Answering(nn.Module):
    """Give what the outputs show, of a network that may give its losses something besides, after it."""

    def __init__(self, network: nn.Module, num_outputs: int) -> None:
        super().__init__()
        self.network = network
        self.num_outputs = num_outputs

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        outputs: Tensor | tuple[Tensor, ...] = self.network(*inputs)
        return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs[: self.num_outputs])


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep to ourselves what the exporter tells its makers: of operators of packages that are not here, say."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _require_packages() -> None:
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        message = f"ONNX needs what is not installed here: {', '.join(missing)}."
        raise UserError(Problem("missing_package", message, f"Install it: {INSTALL}"))


def _examples(specs: list[TensorSpec], batch_size: int) -> tuple[Tensor, ...]:
    """Return inputs as the specifications ask for: numbers around 0, or tokens 0 and 1, which every vocabulary has."""
    generator = torch.Generator().manual_seed(0)
    made = []
    for spec in specs:
        shape = [size if isinstance(size, int) else batch_size for size in spec.shape]
        made.append(torch.randn(shape, generator=generator) if spec.dtype == "float" else torch.randint(0, 2, shape, generator=generator))
    return tuple(made)


def _output_names(network: Network, taken: list[str]) -> list[str]:
    """Return a name for each value that outputs show, in the order of `forward`'s results; of two that show one value, the first's."""
    nodes: dict[tuple[str, str], str] = {}
    for node in network.outputs or (network.output,):
        (edge,) = network.flat.arriving(node)
        nodes.setdefault((edge.source, edge.source_port), node)
    names: list[str] = []
    for node in nodes.values():
        name = identifier(network.graph.nodes[node].name, "output")
        while name in (*taken, *names):
            name += "_out"
        names.append(name)
    return names


def _require_equal(network: Network, module: nn.Module, specs: list[TensorSpec], names: list[str], content: bytes) -> None:
    """Hold the written model against torch, with batches of other sizes than the one it was written from."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    for batch_size in TRIED_BATCHES:
        inputs = _examples(specs, batch_size)
        results = session.run(None, {name: x.numpy() for name, x in zip(names, inputs, strict=True)})
        with torch.no_grad():
            wanted = module(*inputs)
        for found, expected in zip(map(torch.from_numpy, results), wanted, strict=True):
            if not torch.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
                difference = float((found - expected).abs().max())
                raise UserError(_refused(network, f"what it wrote gives other numbers, up to {difference:.2g} apart"))


def _refused(network: Network, said: str) -> Problem:
    culprit = next((path for path in network.order if network.flat.nodes[path].type in said), None)
    where = f"{network.title(culprit)}: " if culprit else ""
    first = " ".join(said.strip().splitlines()[0].split())[:200].rstrip(".")
    return Problem(
        "not_in_onnx",
        f"{where}this network cannot be written as ONNX: {first}.",
        "Export Python and safetensors instead.",
        node=culprit if culprit in network.graph.nodes else None,
    )
