"""Make the tensors a run trains on: split, standardised with the training part alone, in the form the network asks for, on its device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from blocks.problems import UserError
from blocks.spec import TargetForm
from blocks.tensors import TensorSpec
from engine.compile.network import Network
from engine.data.catalogue import describe, examples
from engine.data.fit import fit
from engine.data.forms import adapt, mismatch, wrong_number_of_inputs
from engine.data.losses import open_losses
from engine.data.maps import fitted
from engine.data.source import DataSource, Task
from engine.data.spec import DataSpec
from engine.data.split import split, split_groups


@dataclass(frozen=True)
class Dataset:
    """Hold a data set that fits in memory: inputs in the order of the network's, targets in the form of its losses."""

    name: str
    x_train: tuple[Tensor, ...]
    y_train: Tensor
    x_val: tuple[Tensor, ...]
    y_val: Tensor
    task: Task
    num_classes: int | None = None
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    target_form: TargetForm = "class_index"
    target_mean: float = 0.0
    target_scale: float = 1.0
    """A regression's target is (value − mean) / scale; errors are told in the target's own units."""
    note: str = ""
    """What a reader of the results must know: that training and validation used the same points, say."""

    @property
    def num_train(self) -> int:
        """Return the number of examples to train on."""
        return len(self.y_train)

    @property
    def num_val(self) -> int:
        """Return the number of examples to validate on."""
        return len(self.y_val)

    def to(self, device: torch.device | str) -> Dataset:
        """Return the same data on a device."""
        return replace(
            self,
            x_train=tuple(x.to(device) for x in self.x_train),
            y_train=self.y_train.to(device),
            x_val=tuple(x.to(device) for x in self.x_val),
            y_val=self.y_val.to(device),
        )


def load_for(network: Network, spec: DataSpec, *, csv: bytes | None = None) -> Dataset:
    """Load data for a compiled network.

    Raises:
        UserError: with every reason why this data cannot train this network.
    """
    problems = [problem for problem in fit(network.graph, network.report, spec, csv=csv) if problem.severity == "error"]
    if problems:
        raise UserError(*problems)
    inputs = [next(iter(network.report.nodes[node].outputs.values())) for node in network.inputs]
    losses = open_losses(network.graph, network.report)
    form, prediction = (losses[0].form, losses[0].prediction) if losses else (None, None)
    return load(spec, inputs, form, prediction=prediction, csv=csv)


def load(
    spec: DataSpec,
    inputs: Sequence[TensorSpec],
    target_form: TargetForm | None = None,
    *,
    prediction: TensorSpec | None = None,
    csv: bytes | None = None,
) -> Dataset:
    """Load data in the form of the inputs, each of which gets the same examples, or its own where the data feeds several.

    `target_form` "value" gives numbers shaped like `prediction`: a regression's target, 0 or 1 for two classes and
    one output, else one-hot. Classes of pixels are resized with the image, and cut to the middle that is predicted.

    Raises:
        UserError: where the data cannot be read or split, or does not fit an input.
    """
    source = describe(spec, csv)
    problems = [problem for number, one in enumerate(inputs) if (problem := mismatch(source, one, f"Input {number + 1}"))]
    if (misfed := wrong_number_of_inputs(source, len(inputs))) is not None:
        problems.append(misfed)
    if problems:
        raise UserError(*problems)
    found = examples(spec, csv)
    everything = np.arange(len(found.y))
    if source.same_points:
        training, validation = everything, everything
    elif found.group is not None:
        training, validation = split_groups(found.group, spec.validation_fraction, spec.split_seed)
    else:
        training, validation = split(found.y, source.task, spec.validation_fraction, spec.split_seed, source.class_names)
    x = _standardised(found.x, training, source)
    y, mean, scale = _target(found.y, training, source, inputs, target_form, prediction)
    fed = [x[:, number] for number in range(len(inputs))] if source.input_names else [x] * len(inputs)
    forms = tuple(adapt(one, source, spec) for one, spec in zip(fed, inputs, strict=True))
    train, held_back = torch.from_numpy(training), torch.from_numpy(validation)
    return Dataset(
        name=spec.name,
        x_train=tuple(form[train] for form in forms),
        y_train=y[train],
        x_val=tuple(form[held_back] for form in forms),
        y_val=y[held_back],
        task=source.task,
        num_classes=source.num_classes,
        class_names=source.class_names,
        feature_names=source.feature_names,
        target_form=target_form or ("class_index" if source.task == "classification" else "value"),
        target_mean=mean,
        target_scale=scale,
        note="Validated on the same points as it was trained on." if source.same_points else "",
    )


def _standardised(x: NDArray[Any], training: NDArray[np.int64], source: DataSource) -> Tensor:
    """Return the inputs with mean 0 and standard deviation 1 over the training part, by feature or overall, as the source says."""
    if source.kind == "tokens":
        return torch.from_numpy(x)
    if source.scaling != "none":
        axis = 0 if source.scaling == "by_feature" else None
        deviation = x[training].std(axis)
        # A feature that never changes tells nothing; it becomes 0 everywhere instead of a division by zero.
        x = (x - x[training].mean(axis)) / np.where(deviation > 0, deviation, 1.0)
    return torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))


def _target(
    y: NDArray[Any],
    training: NDArray[np.int64],
    source: DataSource,
    inputs: Sequence[TensorSpec],
    form: TargetForm | None,
    prediction: TensorSpec | None,
) -> tuple[Tensor, float, float]:
    """Return the targets, and the mean and scale they were standardised with."""
    if source.task == "classification":
        classes = torch.from_numpy(np.ascontiguousarray(y, dtype=np.int64))
        classes = fitted(classes, inputs, prediction) if source.per_pixel else classes
        if form != "value":
            return classes, 0.0, 1.0
        assert source.num_classes is not None, "a classification has classes"
        one_number = source.num_classes == 2 and (prediction is None or prediction.shape[1] == 1)
        return (classes[:, None] if one_number else F.one_hot(classes, source.num_classes).movedim(-1, 1)).float(), 0.0, 1.0
    mean, deviation = float(y[training].mean()), float(y[training].std())
    scale = deviation if deviation > 0 else 1.0
    return torch.from_numpy(np.ascontiguousarray((y - mean) / scale, dtype=np.float32)), mean, scale
