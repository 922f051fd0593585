"""A recipe: bounds with sentences, forms, and JSON that comes back as it went."""

from __future__ import annotations

import json
from typing import Any

import pytest

from blocks.problems import UserError
from engine.train.recipe import OPTIMIZERS, Recipe, fields_for


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_json_comes_back_as_it_went(optimizer: str) -> None:
    recipe = Recipe.from_json({"optimizer": optimizer, "epochs": 3, "gradient_clip": 1.0})
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    assert recipe.epochs == 3 and recipe.gradient_clip == 1.0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("optimizer", "lion"), ("optimizer", None), ("lr", 0.0), ("lr", -1e-3), ("lr", float("nan")), ("lr", "0.1"), ("lr", 1e9),
        ("momentum", 1.0), ("nesterov", 1), ("weight_decay", -0.1), ("beta1", 1.0), ("beta2", -0.1), ("alpha", 2.0), ("rho", 1.0),
        ("eps", 0.0), ("batch_size", 0), ("batch_size", 2.5), ("batch_size", True), ("epochs", 0), ("seed", -1),
        ("gradient_clip", 0.0), ("gradient_clip", "one"), ("device", "tpu"),
    ],
)  # fmt: skip
def test_a_value_out_of_bounds_is_named_with_its_bounds_and_a_fix(field: str, value: Any) -> None:
    with pytest.raises(UserError) as caught:
        Recipe.from_json({field: value})
    (problem,) = caught.value.problems
    assert problem.parameter == field and problem.expected and problem.fix
    assert repr(value)[:10] in problem.message


def test_all_problems_come_at_once() -> None:
    with pytest.raises(UserError) as caught:
        Recipe(lr=-1.0, epochs=0, batch_size=-3)
    assert [problem.parameter for problem in caught.value.problems] == ["lr", "epochs", "batch_size"]


def test_nesterov_needs_momentum() -> None:
    with pytest.raises(UserError, match="Set momentum to 0.9"):
        Recipe(optimizer="sgd", nesterov=True)
    assert Recipe(optimizer="sgd", nesterov=True, momentum=0.9).nesterov


@pytest.mark.parametrize("document", [[], "adam", None, {"learning_rate": 1}, {"__class__": 1}])
def test_what_is_no_recipe_is_refused(document: Any) -> None:
    with pytest.raises(UserError):
        Recipe.from_json(document)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_form_shows_what_the_optimizer_uses_with_defaults_that_are_allowed(optimizer: str) -> None:
    form = {field["name"]: field for field in fields_for(optimizer)}
    assert Recipe.from_json({name: field["default"] for name, field in form.items()}) == Recipe.from_json({"optimizer": optimizer})
    assert all(field["help"] and field["label"] for field in form.values())
    assert form["optimizer"]["formula"] and form["optimizer"]["source"].startswith("https://")
    assert ("momentum" in form) == (optimizer in ("sgd", "rmsprop"))
    assert ("beta1" in form) == (optimizer in ("adam", "adamw"))
    assert ("rho" in form) == (optimizer == "adadelta")
