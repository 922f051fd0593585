"""The settings of a recipe as a form shows them: label, bounds, default by optimizer, help, formula and source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from blocks.problems import Problem

OptimizerName = Literal["sgd", "adagrad", "adadelta", "rmsprop", "adam", "adamw"]
OPTIMIZERS: tuple[OptimizerName, ...] = get_args(OptimizerName)

Widget = Literal["choice", "number", "integer", "switch", "optional_number"]

_TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.optim."


@dataclass(frozen=True)
class RecipeField:
    """Describe one setting. It is shown for the optimizers in `optimizers`, or for all where there are none."""

    name: str
    label: str
    widget: Widget
    default: Any
    help: str
    min: float | None = None
    max: float | None = None
    above_min: bool = False
    """Whether the least value itself is excluded."""
    below_max: bool = False
    choices: tuple[str, ...] = ()
    optimizers: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Defaults that differ from `default`, by optimizer: torch's own, unless its page says nothing better than the common one."""
    group: Literal["optimizer", "training"] = "training"

    def serves(self, optimizer: str) -> bool:
        """Return whether an optimizer uses this setting."""
        return not self.optimizers or optimizer in self.optimizers

    @property
    def expected(self) -> str:
        """Return the allowed values in words."""
        if self.choices:
            return " or ".join(self.choices)
        if self.widget == "switch":
            return "true or false"
        low = f"more than {self.min:g}" if self.above_min else f"at least {self.min:g}"
        high = f"less than {self.max:g}" if self.below_max else f"at most {self.max:g}"
        kind = "a whole number, " if self.widget == "integer" else "a number, "
        return f"{kind}{low} and {high}" + (", or empty" if self.widget == "optional_number" else "")

    def allows(self, value: Any) -> bool:
        """Return whether a value is of the right kind and within the bounds."""
        if self.widget == "choice":
            return value in self.choices
        if self.widget == "switch":
            return isinstance(value, bool)
        if self.widget == "optional_number" and value is None:
            return True
        kinds = (int,) if self.widget == "integer" else (int, float)
        if not isinstance(value, kinds) or isinstance(value, bool) or not math.isfinite(value):
            return False
        assert self.min is not None and self.max is not None, f"{self.name} is a number without bounds"
        above = value > self.min if self.above_min else value >= self.min
        return above and (value < self.max if self.below_max else value <= self.max)

    def problem(self, value: Any, where: str = "Recipe", parameter: str | None = None) -> Problem | None:
        """Return what is wrong with a value, if anything is."""
        if self.allows(value):
            return None
        shown, label = repr(value)[:60], self.label.lower()
        fix = f"Set {label} to {self.default}." if self.default is not None else f"Leave {label} empty."
        message = f"{where}: {label} must be {self.expected}, got {shown}."
        return Problem("bad_parameter", message, fix, parameter=parameter or self.name, expected=self.expected, received=shown)

    def to_json(self, optimizer: str) -> dict[str, Any]:
        """Return what a form needs, with the defaults of one optimizer."""
        about = _ABOUT.get(optimizer, ("", "")) if self.name == "optimizer" else ("", "")
        return {
            "name": self.name,
            "label": self.label,
            "widget": self.widget,
            "default": optimizer if self.name == "optimizer" else self.defaults.get(optimizer, self.default),
            "min": self.min,
            "max": self.max,
            "choices": list(self.choices),
            "choice_labels": {name: LABELS[name] for name in self.choices} if self.name == "optimizer" else {},
            "help": self.help,
            "formula": about[0],
            "source": about[1],
            "group": self.group,
        }


LABELS: Mapping[str, str] = {
    "sgd": "SGD",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
}

_ABOUT: Mapping[str, tuple[str, str]] = {
    "sgd": (r"v \leftarrow \mu v + g, \quad \theta \leftarrow \theta - \eta v", _TORCH + "SGD.html"),
    "adagrad": (r"s \leftarrow s + g^2, \quad \theta \leftarrow \theta - \eta\, g / (\sqrt{s} + \epsilon)", _TORCH + "Adagrad.html"),
    "adadelta": (
        r"s \leftarrow \rho s + (1 - \rho) g^2, \quad \Delta = g \sqrt{u + \epsilon} / \sqrt{s + \epsilon}, \quad "
        r"u \leftarrow \rho u + (1 - \rho) \Delta^2, \quad \theta \leftarrow \theta - \eta \Delta",
        _TORCH + "Adadelta.html",
    ),
    "rmsprop": (
        r"s \leftarrow \alpha s + (1 - \alpha) g^2, \quad \theta \leftarrow \theta - \eta\, g / (\sqrt{s} + \epsilon)",
        _TORCH + "RMSprop.html",
    ),
    "adam": (
        r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \quad "
        r"\theta \leftarrow \theta - \eta\, \hat{m} / (\sqrt{\hat{v}} + \epsilon)",
        _TORCH + "Adam.html",
    ),
    "adamw": (
        r"\theta \leftarrow \theta - \eta \lambda \theta, \quad \text{then as Adam}",
        _TORCH + "AdamW.html",
    ),
}

_ADAMS = ("adam", "adamw")

FIELDS: tuple[RecipeField, ...] = (
    RecipeField(
        "optimizer",
        "Optimizer",
        "choice",
        "adam",
        "How the weights are changed by their gradients. Adam is a safe start; SGD with momentum is the classic.",
        choices=tuple(LABELS),
        group="optimizer",
    ),
    RecipeField(
        "lr",
        "Learning rate",
        "number",
        3e-3,
        "How large each step is. Too large: the loss jumps or becomes NaN. Too small: nothing moves.",
        0.0,
        100.0,
        above_min=True,
        defaults={"sgd": 1e-2, "adagrad": 1e-2, "adadelta": 1.0, "rmsprop": 1e-3},
        group="optimizer",
    ),
    RecipeField(
        "momentum",
        "Momentum",
        "number",
        0.0,
        "How much of the last step is carried on; 0.9 is usual with SGD.",
        0.0,
        1.0,
        below_max=True,
        optimizers=("sgd", "rmsprop"),
        defaults={"sgd": 0.9},
        group="optimizer",
    ),
    RecipeField(
        "nesterov",
        "Nesterov",
        "switch",
        False,
        "Look ahead along the momentum before the step is decided. Needs momentum.",
        optimizers=("sgd",),
        group="optimizer",
    ),
    RecipeField(
        "beta1",
        "Beta 1",
        "number",
        0.9,
        "Memory of the mean of the gradients.",
        0.0,
        1.0,
        below_max=True,
        optimizers=_ADAMS,
        group="optimizer",
    ),
    RecipeField(
        "beta2",
        "Beta 2",
        "number",
        0.999,
        "Memory of the mean square of the gradients.",
        0.0,
        1.0,
        below_max=True,
        optimizers=_ADAMS,
        group="optimizer",
    ),
    RecipeField(
        "alpha",
        "Alpha",
        "number",
        0.99,
        "Memory of the mean square of the gradients.",
        0.0,
        1.0,
        below_max=True,
        optimizers=("rmsprop",),
        group="optimizer",
    ),
    RecipeField(
        "rho",
        "Rho",
        "number",
        0.9,
        "Memory of the mean squares of gradients and steps.",
        0.0,
        1.0,
        below_max=True,
        optimizers=("adadelta",),
        group="optimizer",
    ),
    RecipeField(
        "lr_decay",
        "Learning rate decay",
        "number",
        0.0,
        "Step t is divided by 1 + t × this.",
        0.0,
        1.0,
        optimizers=("adagrad",),
        group="optimizer",
    ),
    RecipeField(
        "weight_decay",
        "Weight decay",
        "number",
        0.0,
        "Pull of every weight towards 0; holds overfitting back. AdamW keeps it apart from the gradient.",
        0.0,
        10.0,
        defaults={"adamw": 1e-2},
        group="optimizer",
    ),
    RecipeField(
        "eps",
        "Epsilon",
        "number",
        1e-8,
        "Keeps a division from being by zero.",
        0.0,
        1.0,
        above_min=True,
        optimizers=("adagrad", "adadelta", "rmsprop", "adam", "adamw"),
        defaults={"adagrad": 1e-10, "adadelta": 1e-6},
        group="optimizer",
    ),
    RecipeField("epochs", "Epochs", "integer", 10, "How many times every training example is seen.", 1, 1_000_000),
    RecipeField("batch_size", "Batch size", "integer", 64, "How many examples each step sees.", 1, 1_048_576),
    RecipeField("seed", "Seed", "integer", 0, "The same seed gives the same weights, the same order and the same losses.", 0, 2**31 - 1),
    RecipeField(
        "gradient_clip",
        "Clip gradients at",
        "optional_number",
        None,
        "Largest norm of all gradients together; longer ones are shortened to it. Empty: never. 1 is usual for recurrent networks.",
        0.0,
        1e6,
        above_min=True,
    ),
    RecipeField(
        "device", "Device", "choice", "auto", "Where to train; auto takes a GPU where there is one.", choices=("auto", "cpu", "cuda")
    ),
)


def defaults_for(optimizer: str) -> dict[str, Any]:
    """Return the default of every setting under one optimizer."""
    return {field.name: field.defaults.get(optimizer, field.default) for field in FIELDS if field.name != "optimizer"}
