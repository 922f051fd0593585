"""Convolutions and pooling: sizes by formula, numbers by hand, refusals word for word."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from blocks.validation import build
from tests.blocks.execution import as_inputs, forward, make_module, run
from tests.blocks.refusals import problems, sentence, spec


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "output_padding"), [(7, 4, 2, 1, 0), (5, 3, 2, 0, 1), (4, 2, 3, 0, 2), (6, 5, 1, 2, 0)]
)
def test_transposed_size(size: int, kernel: int, stride: int, padding: int, output_padding: int) -> None:
    parameters = {"out_channels": 1, "kernel_size": kernel, "stride": stride, "padding": padding, "output_padding": output_padding}
    specs = {"x": spec("image", "B", 1, size, size)}
    result = run(build("conv_transpose2d", parameters), specs, {"x": torch.rand(2, 1, size, size)})
    expected = (size - 1) * stride - 2 * padding + (kernel - 1) + output_padding + 1
    assert result["y"].shape == (2, 1, expected, expected)


def test_conv2d_numbers() -> None:
    """A 2 × 2 filter of ones sums each window: by hand on the numbers 0 to 8."""
    specs = {"x": spec("image", "B", 1, 3, 3)}
    block = build("conv2d", {"out_channels": 1, "kernel_size": 2, "bias": False})
    inputs = as_inputs(specs)
    module = make_module(block, inputs)
    assert isinstance(module, nn.Conv2d)
    nn.init.ones_(module.weight)
    result = forward(block, inputs, {"x": torch.arange(9.0).reshape(1, 1, 3, 3)}, module)
    assert result["y"].tolist() == [[[[8.0, 12.0], [20.0, 24.0]]]]


def test_conv1d_treats_features_of_a_sequence_as_channels() -> None:
    block = build("conv1d", {"out_channels": 4, "kernel_size": 3})
    x_BTD = torch.rand(2, 7, 5)
    as_sequence = run(block, {"x": spec("sequence", "B", 7, 5)}, {"x": x_BTD})["y"]
    as_series = run(block, {"x": spec("series", "B", 5, 7)}, {"x": x_BTD.transpose(1, 2)})["y"]
    assert torch.equal(as_sequence, as_series.transpose(1, 2))


def test_source_is_what_a_person_would_write() -> None:
    image = as_inputs({"x": spec("image", "B", 1, 28, 28)})

    def written(block_type: str, parameters: dict[str, Any]) -> str:
        made = build(block_type, parameters).module(image)
        assert made is not None
        return made.source()

    assert written("conv2d", {"out_channels": 6, "kernel_size": 5, "padding": 2}) == "nn.Conv2d(1, 6, kernel_size=5, padding=2)"
    assert written("conv2d", {"out_channels": 6, "padding": "same"}) == 'nn.Conv2d(1, 6, kernel_size=3, padding="same")'
    assert written("max_pool2d", {}) == "nn.MaxPool2d(kernel_size=2)"
    assert written("adaptive_avg_pool2d", {"output_size": [7, 5]}) == "nn.AdaptiveAvgPool2d((7, 5))"


def test_pooling_numbers() -> None:
    specs = {"x": spec("image", "B", 1, 2, 4)}
    x = torch.tensor([[[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 9.0]]]])
    expected = {
        "max_pool2d": [[[[6.0, 9.0]]]],
        "avg_pool2d": [[[[3.5, 5.75]]]],
        "global_avg_pool2d": [[4.625]],
        "global_max_pool2d": [[9.0]],
        "adaptive_avg_pool2d": [[[[4.625]]]],
    }
    for block_type, numbers in expected.items():
        assert run(build(block_type, {}), specs, {"x": x})["y"].tolist() == numbers, block_type


def test_sequence_pool_numbers() -> None:
    x_BTD = torch.tensor([[[1.0, 8.0], [2.0, 4.0], [6.0, 0.0]]])
    for mode, expected in (("last", [[6.0, 0.0]]), ("mean", [[3.0, 4.0]]), ("max", [[6.0, 8.0]])):
        block = build("sequence_pool", {"mode": mode})
        assert run(block, {"x": spec("sequence", "B", 3, 2)}, {"x": x_BTD})["y"].tolist() == expected
        assert run(block, {"x": spec("series", "B", 2, 3)}, {"x": x_BTD.transpose(1, 2)})["y"].tolist() == expected


IMAGE = spec("image", "B", 3, 8, 8)


@pytest.mark.parametrize(
    ("block_type", "parameters", "x", "expected"),
    [
        (
            "conv2d",
            {"groups": 2},
            IMAGE,
            "Conv 2D: groups must divide 3 channels and 16 filters, got 2. Set groups to 1.",
        ),
        (
            "conv2d",
            {"kernel_size": 11, "padding": 1},
            IMAGE,
            "Conv 2D: the window covers 11 × 11, but the input is only 8 × 8 (10 × 10 with padding). "
            "Set kernel_size to at most 10, or shrink the input less before this block.",
        ),
        (
            "conv2d",
            {"kernel_size": [3, 5], "dilation": 2},
            spec("image", "B", 3, 8, 8),
            "Conv 2D: the window covers 5 × 9 (dilation 2 × 2), but the input is only 8 × 8. "
            "Set kernel_size to at most 4, or shrink the input less before this block.",
        ),
        (
            "conv2d",
            {"padding": "same", "stride": 2},
            IMAGE,
            'Conv 2D: padding "same" keeps the size, which a stride of 2 × 2 cannot. Set stride to 1, or padding to 1.',
        ),
        (
            "conv2d",
            {"padding": 8, "padding_mode": "reflect"},
            IMAGE,
            'Conv 2D: padding_mode "reflect" needs a padding of less than the input size 8 × 8, got 8 × 8. '
            'Set padding_mode to "zeros", or use a smaller padding.',
        ),
        (
            "conv2d",
            {"padding": 9, "padding_mode": "circular"},
            IMAGE,
            'Conv 2D: padding_mode "circular" needs a padding of at most the input size 8 × 8, got 9 × 9. '
            'Set padding_mode to "zeros", or use a smaller padding.',
        ),
        (
            "conv1d",
            {"kernel_size": 9},
            spec("sequence", "B", 8, 3),
            "Conv 1D: the window covers 9, but the input is only 8. "
            "Set kernel_size to at most 8, or shrink the input less before this block.",
        ),
        (
            "conv1d",
            {"groups": 5},
            spec("series", "B", 3, 8),
            "Conv 1D: groups must divide 3 channels and 16 filters, got 5. Set groups to 1.",
        ),
        (
            "conv_transpose2d",
            {"output_padding": 2},
            IMAGE,
            "Conv transpose 2D: output_padding must be smaller than the stride 2 × 2 or the dilation 1 × 1, got 2 × 2. "
            "Set output_padding to 1.",
        ),
        (
            "conv_transpose2d",
            {"padding": 9},
            IMAGE,
            "Conv transpose 2D: padding 9 × 9 cuts off the whole output: -2 × -2 would be left of an image of 8 × 8. Set padding to 0.",
        ),
        (
            "conv_transpose2d",
            {"groups": 2},
            IMAGE,
            "Conv transpose 2D: groups must divide 3 channels and 16 filters, got 2. Set groups to 1.",
        ),
        (
            "max_pool2d",
            {"kernel_size": 9},
            IMAGE,
            "Max pool 2D: the window covers 9 × 9, but the input is only 8 × 8. "
            "Set kernel_size to at most 8, or shrink the input less before this block.",
        ),
        (
            "avg_pool2d",
            {"kernel_size": 3, "padding": 2},
            IMAGE,
            "Average pool 2D: padding must be at most half of the window, 1 × 1, got 2 × 2. Set padding to 1.",
        ),
        (
            "max_pool1d",
            {"padding": 2},
            spec("series", "B", 3, 8),
            "Max pool 1D: padding must be at most half of the window, 1, got 2. Set padding to 1.",
        ),
    ],
)
def test_refusals(block_type: str, parameters: dict[str, Any], x: Any, expected: str) -> None:
    assert sentence(block_type, parameters, x=x) == expected


@pytest.mark.parametrize("block_type", ["conv2d", "max_pool2d", "avg_pool2d", "conv_transpose2d"])
def test_check_agrees_with_torch(block_type: str) -> None:
    """What the check lets through runs, and what it refuses torch refuses as well: over all small windows."""
    specs = {"x": spec("image", "B", 2, 5, 6)}
    inputs = as_inputs(specs)
    agreed = {True: 0, False: 0}
    for kernel in (1, 2, 3, 6, 7):
        for padding in (0, 1, 3):
            for stride in (1, 2):
                for mode in ("zeros", "reflect", "circular") if block_type == "conv2d" else (None,):
                    parameters: dict[str, Any] = {"kernel_size": kernel, "padding": padding, "stride": stride}
                    if mode:
                        parameters["padding_mode"] = mode
                    block = build(block_type, parameters)
                    allowed = not list(block.check(inputs))
                    try:
                        result = forward(block, inputs, {"x": torch.rand(2, 2, 5, 6)}, make_module(block, inputs))
                        ran = result["y"].numel() > 0  # torch lets a transposed convolution cut off everything
                    except (RuntimeError, ValueError):
                        ran = False
                    assert allowed == ran, parameters
                    agreed[ran] += 1
    assert min(agreed.values()) > 0, "the grid holds windows of both sorts"


def test_problem_names_parameter_and_values() -> None:
    (problem,) = problems("conv2d", {"groups": 2}, x=IMAGE)
    assert (problem.code, problem.parameter, problem.received) == ("bad_parameter", "groups", "2")
