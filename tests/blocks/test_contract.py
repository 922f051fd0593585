"""The one contract that every block keeps; a new block is held to it without a line here."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import jsonschema
import pytest
import torch
from torch import Tensor

from blocks.problems import UserError
from blocks.registry import registry
from blocks.spec import Block, Category, InputBlock, LossBlock
from blocks.tensors import AXES, Kind
from blocks.validation import build, describe, json_schema
from tests.blocks.execution import as_inputs, forward, make_module, random_values, sizes

BLOCKS = registry()
EXAMPLES = [
    pytest.param(block_type, example, id=f"{block_type}-{number}")
    for block_type, block in BLOCKS.items()
    for number, example in enumerate(block.examples)
]
RUNNABLE = [case for case in EXAMPLES if BLOCKS[str(case.values[0])].role in ("layer", "loss")]

every_block = pytest.mark.parametrize("block_type", BLOCKS)
every_example = pytest.mark.parametrize(("block_type", "example"), EXAMPLES)
every_run = pytest.mark.parametrize(("block_type", "example"), RUNNABLE)


def out_of_bounds(schema: dict[str, Any]) -> list[Any]:
    """Return a value beyond each bound of a field, and one of a wrong type."""
    values: list[Any] = [{"no": "field takes an object"}]
    for branch in schema.get("anyOf", [schema]):
        if "enum" in branch:
            values.append("no such choice")
        elif branch["type"] in ("integer", "number"):
            values += [branch["minimum"] - 1, branch["maximum"] + 1]
        elif branch["type"] == "array":
            item = branch.get("items") or branch["prefixItems"][0]
            count = branch["minItems"]
            values += [[item["minimum"] - 1] * count, [item["maximum"] + 1] * count, [1] * (branch["maxItems"] + 1), []]
        elif branch["type"] == "boolean":
            values.append("yes")
        elif branch["type"] == "string":
            values.append("a" * (branch["maxLength"] + 1))
    return values


@every_block
def test_help_page(block_type: str) -> None:
    block = BLOCKS[block_type]
    page = block.help_page()
    if block.role == "note":
        assert not (block.inputs or block.outputs or block.formula or block.source), "a note takes no part in the computation"
    else:
        assert re.search(r"^Shapes: .*->", page, re.MULTILINE), "a help page says which shapes come in and go out"
        assert block.formula and block.source
    assert len(page.split("\n\n")) >= 3, "a help page says what the block does, its shapes, and when to use it"
    assert page.splitlines()[0].endswith((".", ":"))
    assert block.title and block.examples
    assert "$" not in block.formula
    assert block.category in get_args(Category)
    assert block.__module__ == f"blocks.{block.category}.{block_type}"


@every_block
def test_ports(block_type: str) -> None:
    block = BLOCKS[block_type]
    names = [port.name for port in (*block.inputs, *block.outputs)]
    assert len(set(names)) == len(names), "a port's name is unique in its block"
    for port in (*block.inputs, *block.outputs):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", port.name)
        assert port.kinds and set(port.kinds) <= set(get_args(Kind))
        assert port.help or isinstance(block, type) and issubclass(block, LossBlock)
        assert port.like is None or port.like in {other.name for other in block.inputs}
    if block.role == "loss":
        assert issubclass(block, LossBlock) and block.target_form in ("class_index", "value", None)
        takes = [port.name for port in block.inputs]
        assert takes == ["prediction", "target"] if block.target_form else "target" not in takes


@every_block
def test_fields(block_type: str) -> None:
    block = BLOCKS[block_type]
    default = build(block_type, {})
    assert isinstance(default, block)
    schema = json_schema(block_type)
    jsonschema.Draft202012Validator.check_schema(schema)
    for name, field in schema["properties"].items():
        assert re.fullmatch(r"[A-Z].*\.", field["description"]), f"{name} has a help sentence"
        assert "default" in field, f"{name} has a default"
        for value in out_of_bounds(field):
            with pytest.raises(UserError) as caught:
                build(block_type, {name: value})
            (problem,) = caught.value.problems
            assert (problem.code, problem.parameter) == ("bad_parameter", name)
            assert problem.message.startswith(f"{block.title}: {name} must be ") and problem.fix.endswith(".")
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate({name: value}, schema)


@every_block
def test_edges_of_bounds_are_accepted(block_type: str) -> None:
    for field in describe(block_type)["fields"]:
        for bound in (field["min"], field["max"]):
            if bound is not None:
                build(block_type, {field["name"]: bound if field["single"] or field["widget"] != "size" else [bound]})


@every_block
def test_fix_is_accepted(block_type: str) -> None:
    """What a problem advises can be done: the value in "Set p to 0.5." passes."""
    for name, field in json_schema(block_type)["properties"].items():
        for value in out_of_bounds(field):
            with pytest.raises(UserError) as caught:
                build(block_type, {name: value})
            advice = re.fullmatch(rf"Set {name} to (.*)\.|Leave {name} empty\.", caught.value.problems[0].fix)
            assert advice is not None
            build(block_type, {name: json.loads(advice[1]) if advice[1] else None})


@every_block
def test_unknown_parameter_is_refused(block_type: str) -> None:
    with pytest.raises(UserError) as caught:
        build(block_type, {"flavour": "green"})
    (problem,) = caught.value.problems
    assert (problem.code, problem.parameter) == ("unknown_parameter", "flavour")


@every_block
def test_description_is_json(block_type: str) -> None:
    described = describe(block_type)
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert [field["name"] for field in described["fields"]] == list(BLOCKS[block_type].parameter_fields())
    for field in described["fields"]:
        assert field["widget"] in ("int", "float", "bool", "choice", "size", "prose")
        assert (field["min"] is None) == (field["widget"] in ("bool", "choice", "prose"))
        assert bool(field["choices"]) or field["widget"] != "choice"


@every_example
def test_json_round_trip(block_type: str, example: dict[str, Any]) -> None:
    block = build(block_type, example["parameters"])
    again = build(block_type, json.loads(json.dumps(block.model_dump(mode="json"))))
    assert again == block
    jsonschema.validate(json.loads(json.dumps(example["parameters"])), json_schema(block_type))


@every_example
def test_example_is_complete(block_type: str, example: dict[str, Any]) -> None:
    block = build(block_type, example["parameters"])
    inputs = as_inputs(example["inputs"])
    assert list(block.check(inputs)) == [] or block.role == "input"
    # What an entry gives is decided outside of the composite.
    assert set(example["outputs"]) == {port.name for port in block.outputs} or block.role == "entry"
    for port in block.inputs:
        arriving = inputs.many(port.name)
        assert arriving or port.optional, f"the example connects {port.name}"
        assert "any" in port.kinds or all(spec.kind in port.kinds for spec in arriving), f"the example sends {port.name} what it takes"
    kinds = block.output_kinds(inputs)
    for port in block.outputs:
        axes = AXES.get(kinds[port.name])
        assert axes is None or len(axes) == len(example["outputs"][port.name]), f"{port.name} has as many dimensions as its kind"
    if isinstance(block, InputBlock):
        ((port_name, shape),) = example["outputs"].items()
        assert block.tensor().shape == shape
        assert block.tensor().kind == kinds[port_name]


@every_run
def test_shapes(block_type: str, example: dict[str, Any]) -> None:
    """The shapes worked out by hand are torch's, on the CPU and on the meta device, for two batch sizes."""
    block = build(block_type, example["parameters"])
    inputs = as_inputs(example["inputs"])
    for device in ("cpu", "meta"):
        module = make_module(block, inputs, device)
        for batch in (2, 5):
            outputs = forward(block, inputs, random_values(inputs, batch, device), module)
            for port, shape in example["outputs"].items():
                assert tuple(outputs[port].shape) == sizes(shape, batch), f"{port} on {device}"


@every_run
def test_gradients(block_type: str, example: dict[str, Any]) -> None:
    """Every parameter and every real input gets a finite gradient."""
    torch.manual_seed(0)
    block = build(block_type, example["parameters"])
    inputs = as_inputs(example["inputs"])
    module = make_module(block, inputs)
    values = random_values(inputs, 3)
    outputs = forward(block, inputs, values, module)
    real = [output for output in outputs.values() if output.requires_grad]
    moving = [wires for port, wires in values.items() if port not in {port.name for port in block.inputs if port.only_size}]
    leaves = [value for wires in moving for value in wires if isinstance(value, Tensor) and value.is_floating_point()]
    parameters = list(module.parameters()) if module else []
    assert bool(real) == bool(leaves + parameters)
    if not real:
        return
    sum((output * torch.rand_like(output)).sum() for output in real).backward()
    for number, tensor in enumerate(leaves + parameters):
        assert tensor.grad is not None, f"tensor {number} gets no gradient"
        assert torch.isfinite(tensor.grad).all()
    assert any(tensor.grad.abs().max() > 0 for tensor in leaves + parameters)


@every_run
def test_state_and_determinism(block_type: str, example: dict[str, Any]) -> None:
    """A module with another's state gives the same, and gives it twice, once training is over."""
    block = build(block_type, example["parameters"])
    inputs = as_inputs(example["inputs"])
    torch.manual_seed(0)
    module, other = make_module(block, inputs), make_module(block, inputs)
    values = random_values(inputs, 4)
    if module is not None and other is not None:
        forward(block, inputs, values, module)  # running statistics move away from where they start
        other.load_state_dict(module.state_dict())
        module.eval()
        other.eval()
    first, again = forward(block, inputs, values, module), forward(block, inputs, values, other)
    for port, output in first.items():
        assert torch.equal(output, again[port]), port
        assert torch.equal(output, forward(block, inputs, values, module)[port]), port


def test_every_block_is_found() -> None:
    wanted = """
        image_input vector_input sequence_input token_input conv1d conv2d conv_transpose2d max_pool1d max_pool2d
        avg_pool2d adaptive_avg_pool2d global_avg_pool2d global_max_pool2d sequence_pool batch_norm1d batch_norm2d
        layer_norm group_norm instance_norm2d dropout dropout2d linear flatten reshape embedding positional_encoding
        relu leaky_relu elu gelu silu sigmoid tanh softplus softmax rnn gru lstm multihead_attention padding_mask add
        multiply concat cross_entropy mse l1 bce output
    """
    assert set(wanted.split()) <= set(BLOCKS)


def test_titles_are_unique() -> None:
    titles = [block.title for block in BLOCKS.values()]
    assert len(set(titles)) == len(titles)


def test_base_is_no_block() -> None:
    assert all(issubclass(block, Block) and block.type == block_type for block_type, block in BLOCKS.items())
