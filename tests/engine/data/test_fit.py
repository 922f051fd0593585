"""Whether data suits a graph: each misfit stands on its node with the fix, and applying the fix cures it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blocks.problems import Problem, UserError
from engine.check import check
from engine.compile import compile_graph
from engine.data import DataSpec, fit, load_for
from engine.graph.document import Graph
from tests.engine.train.networks import chain


def misfits(graph: Graph, name: str, **options: Any) -> list[Problem]:
    return fit(graph, check(graph), DataSpec(name, options))


def classifier(features: int, classes: int, loss: str = "cross_entropy") -> Graph:
    return chain(
        ("vector_input", {"features": features}),
        ("linear", {"out_features": 8}),
        ("relu", {}),
        ("linear", {"out_features": classes}),
        loss=loss,
    )


def with_parameter(graph: Graph, node: str, name: str, value: int) -> Graph:
    changed = replace(graph.nodes[node], parameters={**graph.nodes[node].parameters, name: value})
    return replace(graph, nodes={**graph.nodes, node: changed})


def test_data_that_fits_has_no_problem_and_loads() -> None:
    graph = classifier(4, 3)
    assert misfits(graph, "iris") == []
    assert load_for(compile_graph(graph), DataSpec("iris")).x_train[0].shape == (120, 4)


def test_features_and_classes_that_differ_are_named_with_what_to_set() -> None:
    graph = classifier(2, 10)
    features, classes = misfits(graph, "iris")
    assert (features.node, features.parameter, features.fix) == ("vector_input0", "features", "Set features to 4.")
    assert (classes.node, classes.parameter, classes.fix) == ("linear3", "out_features", "Set out_features to 3.")
    assert "4 features" in features.message and "3 classes" in classes.message
    with pytest.raises(UserError, match="Set features to 4.*Set out_features to 3"):
        load_for(compile_graph(graph), DataSpec("iris"))
    cured = with_parameter(with_parameter(graph, "vector_input0", "features", 4), "linear3", "out_features", 3)
    assert misfits(cured, "iris") == []


def test_the_size_is_traced_back_through_blocks_that_keep_it() -> None:
    graph = chain(("vector_input", {"features": 4}), ("linear", {"out_features": 5}), ("dropout", {}))
    (problem,) = misfits(graph, "iris")
    assert problem.node == "linear1" and problem.fix == "Set out_features to 3."


def test_the_wrong_kind_of_input_is_said() -> None:
    graph = chain(
        ("token_input", {}),
        ("embedding", {"num_embeddings": 20, "embedding_dim": 4}),
        ("lstm", {"hidden_size": 4}),
        ("sequence_pool", {}),
        ("linear", {"out_features": 3}),
    )
    (problem,) = misfits(graph, "iris")
    assert problem.code == "data_kind" and problem.node == "token_input0" and "Vector input" in problem.fix


def test_tokens_need_length_vocabulary_and_embedding() -> None:
    graph = chain(
        ("token_input", {"length": 10, "vocabulary_size": 5}), ("embedding", {"num_embeddings": 6, "embedding_dim": 4}),
        ("lstm", {"hidden_size": 4}), ("sequence_pool", {}), ("linear", {"out_features": 4}),
    )  # fmt: skip
    found = misfits(graph, "first_token")
    assert [(problem.node, problem.fix) for problem in found if problem.node] == [
        ("token_input0", "Set length to 20."), ("token_input0", "Set vocabulary_size to 16."), ("embedding1", "Set num_embeddings to 16."),
    ]  # fmt: skip


def test_a_sequence_says_steps_and_features() -> None:
    graph = chain(
        ("sequence_input", {"length": 7, "features": 8}),
        ("lstm", {"hidden_size": 4}),
        ("sequence_pool", {}),
        ("linear", {"out_features": 10}),
    )
    (problem,) = misfits(graph, "digits")
    assert problem.fix == "Set length to 8 and features to 8." and problem.parameter == "length"


def test_losses_must_suit_the_task() -> None:
    (classes,) = misfits(classifier(10, 1), "diabetes")
    assert classes.node == "loss" and "MSE" in classes.fix
    (binary,) = misfits(classifier(10, 1, "bce"), "diabetes")
    assert binary.node == "loss" and "0 to 1" in binary.message
    assert misfits(classifier(10, 1, "mse"), "diabetes") == []
    (wide,) = misfits(classifier(10, 4, "l1"), "diabetes")
    assert wide.fix == "Set out_features to 1."
    assert misfits(classifier(2, 1, "bce"), "moons") == misfits(classifier(2, 2, "mse"), "moons") == []


def test_images_take_any_size() -> None:
    graph = chain(("image_input", {"channels": 3, "height": 17, "width": 5}), ("flatten", {}), ("linear", {"out_features": 10}))
    assert misfits(graph, "digits") == []
    (problem, *_) = misfits(graph, "moons")
    assert problem.node == "image_input0"


def test_problems_of_the_data_itself_are_returned_and_not_raised() -> None:
    graph = classifier(4, 3)
    assert [problem.code for problem in misfits(graph, "nowhere")] == ["unknown_data"]
    assert [problem.code for problem in fit(graph, check(graph), DataSpec("csv"), csv=b"")] == ["csv_empty"]
    table = b"a,b,t\n" + b"1,2,x\n3,4,y\n" * 5
    assert {problem.fix for problem in fit(graph, check(graph), DataSpec("csv"), csv=table)} == {
        "Set features to 2.",
        "Set out_features to 2.",
    }


def test_a_broken_graph_breaks_nothing() -> None:
    graph = classifier(4, 3)
    broken = replace(graph, edges={})
    assert misfits(broken, "iris") == []
