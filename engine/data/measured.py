"""The data sets people measured, as they come with scikit-learn: no network is needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from engine.data.source import DataSource, Entry, Examples, classes


def _entry(source: DataSource, loader: str, *, images: bool = False) -> Entry:
    """Make an entry out of one of scikit-learn's loaders; it has no options."""

    @cache
    def bunch() -> Any:
        # Imported with the first examples: a page that only describes the data does without scikit-learn's 70 MB.
        from sklearn import datasets

        return getattr(datasets, loader)()

    def describe(options: Mapping[str, Any]) -> DataSource:
        return source

    def examples(options: Mapping[str, Any]) -> Examples:
        data = bunch()
        x = np.asarray(data.images[:, None] / 16.0 if images else data.data, dtype=np.float64)
        y = classes(data.target) if source.task == "classification" else np.asarray(data.target, dtype=np.float64)[:, None]
        return Examples(x, y)

    return Entry(source, describe, examples)


DIGITS = DataSource(
    name="digits",
    title="Handwritten digits",
    description="Ten digits as grey images of 8 × 8 pixels; resized to what the input block asks for, and standardised as a whole.",
    task="classification",
    kind="image",
    shape=(1, 8, 8),
    num_examples=1797,
    num_classes=10,
    class_names=tuple("0123456789"),
    scaling="overall",
)
_IRIS = DataSource(
    name="iris",
    title="Iris",
    description="Three kinds of iris by four measurements of their petals and sepals; each measurement is standardised.",
    task="classification",
    kind="vector",
    shape=(4,),
    num_examples=150,
    num_classes=3,
    class_names=("setosa", "versicolor", "virginica"),
    feature_names=("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"),
    scaling="by_feature",
)
_WINE = DataSource(
    name="wine",
    title="Wine",
    description="Three growers' wines by thirteen chemical measurements; each measurement is standardised.",
    task="classification",
    kind="vector",
    shape=(13,),
    num_examples=178,
    num_classes=3,
    class_names=("class_0", "class_1", "class_2"),
    scaling="by_feature",
)
_BREAST_CANCER = DataSource(
    name="breast_cancer",
    title="Breast cancer",
    description="Malignant or benign, by thirty measurements of cell nuclei; each measurement is standardised.",
    task="classification",
    kind="vector",
    shape=(30,),
    num_examples=569,
    num_classes=2,
    class_names=("malignant", "benign"),
    scaling="by_feature",
)
_DIABETES = DataSource(
    name="diabetes",
    title="Diabetes",
    description=(
        "How far the disease went within a year, by ten measurements; inputs and target are standardised for training, "
        "and the validation error (MAE) is in the target's own units."
    ),
    task="regression",
    kind="vector",
    shape=(10,),
    num_examples=442,
    feature_names=("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
    scaling="by_feature",
)
_DIGITS_ENTRY = _entry(DIGITS, "load_digits", images=True)


def digits() -> Examples:
    """Return every handwritten digit: images (N, 1, 8, 8) and their classes (N,)."""
    return _DIGITS_ENTRY.examples({})


MEASURED: tuple[Entry, ...] = (
    _DIGITS_ENTRY,
    _entry(_IRIS, "load_iris"),
    _entry(_WINE, "load_wine"),
    _entry(_BREAST_CANCER, "load_breast_cancer"),
    _entry(_DIABETES, "load_diabetes"),
)
