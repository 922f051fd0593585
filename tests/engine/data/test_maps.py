"""A class for every pixel: what is drawn, how the target follows image and prediction, its score, and each misfit with its fix."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from blocks.problems import Problem, UserError
from blocks.tensors import TensorSpec
from engine.check import check
from engine.compile import compile_graph
from engine.data import Dataset, DataSpec, fit, load, load_for
from engine.data.maps import fitted
from engine.data.shapes import draw_shapes
from engine.graph.document import Edge, Graph, Node
from engine.library import ready, template, templates
from engine.train.scoring import score_for
from tests.engine.train.networks import chain

IMAGE = ("image_input", {"channels": 1, "height": 32, "width": 32})
SMALL = DataSpec("shapes", {"num_examples": 20, "size": 32})


def image(channels: int, height: int, width: int) -> TensorSpec:
    return TensorSpec(("B", channels, height, width), "float", "image")


def convolution(filters: int = 4, kernel_size: int = 1, **more: Any) -> tuple[str, dict[str, Any]]:
    return "conv2d", {"out_channels": filters, "kernel_size": kernel_size, **more}


def misfits(graph: Graph, spec: DataSpec = SMALL) -> list[Problem]:
    return fit(graph, check(graph), spec)


def test_shapes_are_brighter_than_the_background_and_every_class_is_drawn() -> None:
    x, y = draw_shapes(50, 32, 3, 0.0, seed=1)
    assert x.shape == (50, 1, 32, 32) and y.shape == (50, 32, 32) and set(np.unique(y)) == {0, 1, 2, 3}
    assert ((x[:, 0] > 0) == (y > 0)).all() and x.max() < 1.5, "without noise nothing but shapes is bright"
    assert all(labels.any() for labels in y), "every image has a shape"
    again, noisy = draw_shapes(50, 32, 3, 0.0, seed=1), draw_shapes(50, 32, 3, 0.3, seed=1)
    assert (again[0] == x).all() and (noisy[1] == y).all() and abs((noisy[0] - x).std() - 0.3) < 0.01


def test_a_target_is_as_large_as_the_image_and_cut_to_its_middle() -> None:
    classes = torch.tensor([[[0, 1], [2, 3]]])
    doubled = [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    assert fitted(classes, [image(1, 4, 4)], None).tolist() == [doubled]
    assert fitted(classes, [image(1, 4, 4)], image(4, 2, 2)).tolist() == [[[0, 1], [2, 3]]]
    assert fitted(classes, [image(1, 4, 4)], image(4, 3, 1)).tolist() == [[[0], [0], [2]]], "an odd pixel is cut at the lower right"
    assert fitted(classes, [TensorSpec(("B", 4), "float", "vector")], image(4, 2, 2)).tolist() == [[[0, 1], [2, 3]]]


def test_the_target_follows_what_the_network_lets_in_and_gives() -> None:
    plain, cut = load(SMALL, [image(1, 32, 32)]), load(SMALL, [image(1, 48, 48)], "class_index", prediction=image(4, 40, 40))
    assert plain.y_train.shape == (16, 32, 32) and plain.y_train.dtype == torch.int64
    assert cut.y_train.shape == (16, 40, 40) and cut.x_train[0].shape == (16, 1, 48, 48)
    row = (torch.arange(4, 44) * 2 + 1) // 3  # the pixel of 32 whose middle is nearest to that of pixel i of 48
    assert torch.equal(cut.y_train, plain.y_train[:, row][:, :, row])
    one_hot = load(SMALL, [image(1, 32, 32)], "value", prediction=image(4, 32, 32))
    assert one_hot.y_train.shape == (16, 4, 32, 32) and torch.equal(one_hot.y_train.argmax(1), plain.y_train)


def test_a_u_net_of_any_setting_trains_on_the_middle() -> None:
    for settings, sizes in (({"size": 64}, (24, 24)), ({"size": 50}, (8, 8)), ({"size": 40, "padding": 1}, (40, 40))):
        network = compile_graph(template("unet", {"classes": 4, "width": 2, "depth": 2, **settings}))
        data = load_for(network, SMALL)
        assert data.y_train.shape[1:] == sizes
        with torch.no_grad():
            prediction = network.build()(data.x_val[0])
        assert prediction.shape[2:] == sizes


def test_the_score_is_the_share_of_pixels_that_are_right() -> None:
    network = compile_graph(chain(IMAGE, convolution()))
    data = load_for(network, SMALL)
    score = score_for(network, data)
    assert score is not None and score.name == "accuracy"
    prediction = torch.zeros(4, 4, 32, 32)
    prediction[:, 0] = 1.0  # background everywhere
    assert score.mean(prediction, data.y_val).item() == pytest.approx((data.y_val == 0).float().mean().item())
    one_hot = score_for(network, replace_target(data))
    assert one_hot is not None
    assert one_hot.mean(prediction, replace_target(data).y_val).item() == pytest.approx((data.y_val == 0).float().mean().item())


def replace_target(data: Dataset) -> Dataset:
    """Return the same data as it is for a loss that wants values."""
    forms = [torch.nn.functional.one_hot(y, 4).movedim(-1, 1).float() for y in (data.y_train, data.y_val)]
    return replace(data, y_train=forms[0], y_val=forms[1], target_form="value")


def test_an_output_of_another_size_than_the_target_has_no_score() -> None:
    graph = chain(IMAGE, convolution())
    more = [Node("small", "max_pool2d", "small")]
    edges = [replace(edge, source="small") if edge.target == "out" else edge for edge in graph.edges.values()]
    network = compile_graph(Graph.of("Two", [*graph.nodes.values(), *more], [*edges, Edge("s", "conv2d1", "y", "small", "x")]))
    assert score_for(network, load_for(network, SMALL)) is None


def test_what_is_no_class_for_every_pixel_is_said_with_its_fix() -> None:
    (vector,) = misfits(chain(IMAGE, ("flatten", {}), ("linear", {"out_features": 4})))
    assert vector.message == "Cross-entropy loss 'loss' gets (B, 4) for each batch, Shapes has a class for every pixel."
    assert vector.fix == "Let the network end in a Conv 2D with out_channels 4, and leave out what flattens the image or pools all of it."
    (channels,) = misfits(chain(IMAGE, convolution(10), ("relu", {})))
    assert (channels.node, channels.parameter, channels.fix) == ("conv2d1", "out_channels", "Set out_channels to 4.")
    (large,) = misfits(chain(IMAGE, ("conv_transpose2d", {"out_channels": 4})))
    assert large.message == "Cross-entropy loss 'loss' gets 64 × 64 pixels, but only 32 × 32 pixels go in and have a class."
    with pytest.raises(UserError, match="Set out_channels to 4"):
        load_for(compile_graph(chain(IMAGE, convolution(10))), SMALL)


def test_a_margin_may_be_lost_but_every_pixel_must_be_answered() -> None:
    assert misfits(chain(IMAGE, convolution(8, 5), convolution(4, 7))) == []
    (coarse,) = misfits(chain(IMAGE, ("max_pool2d", {}), ("max_pool2d", {}), convolution()))
    assert (
        coarse.message
        == "Cross-entropy loss 'loss' gets 8 × 8 places, one for each 4 × 4 of the 32 × 32 pixels; Shapes has a class for every pixel."
    )
    assert coarse.fix == "Put a Conv transpose 2D with kernel_size 4 and stride 4 before the last convolution."
    cured = chain(
        IMAGE,
        ("max_pool2d", {}),
        ("max_pool2d", {}),
        ("conv_transpose2d", {"out_channels": 8, "kernel_size": 4, "stride": 4}),
        convolution(),
    )
    assert misfits(cured) == []


def test_two_losses_must_be_held_against_one_size() -> None:
    graph = chain(IMAGE, convolution(8, 5), convolution())
    side = [Node("side", "conv2d", "side", {"out_channels": 4, "kernel_size": 3}), Node("aux", "cross_entropy", "aux")]
    edges = [Edge("a", "conv2d1", "y", "side", "x"), Edge("b", "side", "y", "aux", "prediction")]
    (problem,) = misfits(Graph.of("Two", [*graph.nodes.values(), *side], [*graph.edges.values(), *edges]))
    assert problem.node == "aux" and "another form" in problem.message


def test_a_map_is_no_answer_to_a_question_about_the_whole_image() -> None:
    (problem,) = misfits(chain(IMAGE, convolution(10)), DataSpec("digits"))
    assert "10 classes" in problem.message


def test_brightness_alone_does_not_tell_the_shapes() -> None:
    """The bar of the ready U-Net is above the most usual class of each of 200 levels of brightness, and far above the background."""
    data = load_for(compile_graph(ready("unet")), DataSpec("shapes"))
    (x_train,), (x_val,) = ((x[:, 0, 20:44, 20:44].contiguous() for x in parts) for parts in (data.x_train, data.x_val))
    edges = torch.quantile(x_train.flatten()[::10], torch.linspace(0, 1, 201)[1:-1])
    levels = torch.bucketize(x_train, edges)
    usual = torch.stack([data.y_train[levels == level].bincount(minlength=4).argmax() for level in range(200)])
    by_brightness = (usual[torch.bucketize(x_val, edges)] == data.y_val).float().mean().item()
    background = (data.y_val == 0).float().mean().item()
    bar = templates()["unet"].bar
    assert bar is not None and background < 0.77 and by_brightness < 0.82 and bar.value > 0.85
