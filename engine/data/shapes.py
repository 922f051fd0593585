"""Discs, squares and bars over noise, for networks that give a class for every pixel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.source import DataSource, Entry, Examples, Option


def draw_shapes(
    num_examples: int,
    size: int,
    most: int,
    noise: float,
    seed: int,
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Draw discs (1), squares (2) and bars (3) of any brightness over a background (0); the later cover the earlier.

    Shapes: -> images (N, 1, H, W), the class of every pixel (N, H, W)
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    images = np.zeros((num_examples, 1, size, size))
    classes = np.zeros((num_examples, size, size), dtype=np.int64)
    for image, labels in zip(images[:, 0], classes, strict=True):
        for _ in range(rng.integers(1, most + 1)):
            kind, radius = rng.integers(1, 4), rng.uniform(0.1, 0.2) * size
            down, right = rows - rng.uniform(0.1, 0.9) * size, columns - rng.uniform(0.1, 0.9) * size
            if kind == 1:
                inside = down**2 + right**2 <= radius**2
            elif kind == 2:
                inside = np.maximum(abs(down), abs(right)) <= 0.9 * radius
            else:
                angle = rng.uniform(0, np.pi)
                along = down * np.cos(angle) + right * np.sin(angle)
                across = right * np.cos(angle) - down * np.sin(angle)
                inside = (abs(along) <= 1.8 * radius) & (abs(across) <= 0.4 * radius)
            image[inside], labels[inside] = rng.uniform(0.5, 1.5), kind
    return images + rng.normal(0, 1, images.shape) * noise, classes


_NAMES = ("background", "disc", "square", "bar")
_SOURCE = DataSource(
    name="shapes",
    title="Shapes",
    description="Discs, squares and bars of any brightness over noise; the target is the class of every pixel.",
    task="classification",
    kind="image",
    shape=(1, 64, 64),
    num_examples=400,
    num_classes=len(_NAMES),
    class_names=_NAMES,
    scaling="overall",
    per_pixel=True,
    options=(
        Option("num_examples", "Examples", 400, "How many images are made, training and validation together.", 8, 4000),
        Option("size", "Size", 64, "Height and width of each image in pixels.", 16, 96),
        Option("most", "Most shapes", 4, "Each image has from 1 to this many shapes.", 1, 20),
        Option("noise", "Noise", 0.3, "Standard deviation of what is added to each pixel.", 0.0, 10.0),
        Option("seed", "Data seed", 0, "The same seed makes the same images.", 0, 2**31 - 1),
    ),
)


def _describe(options: Mapping[str, Any]) -> DataSource:
    size = int(options["size"])
    return replace(_SOURCE, shape=(1, size, size), num_examples=int(options["num_examples"]))


def _examples(options: Mapping[str, Any]) -> Examples:
    return Examples(*draw_shapes(**options))


SEGMENTED: tuple[Entry, ...] = (Entry(_SOURCE, _describe, _examples),)
