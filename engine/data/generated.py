"""The data sets that are made on the spot from a seed: small shapes in the plane, and tokens that must be remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blocks.problems import Problem, UserError
from engine.data.source import DataSource, Entry, Examples, Option, classes

Rng = np.random.Generator


def _num_examples(default: int, least: int = 8) -> Option:
    return Option("num_examples", "Examples", default, "How many points are made, training and validation together.", least, 100_000)


def _noise(default: float) -> Option:
    return Option("noise", "Noise", default, "Standard deviation of what is added to each coordinate.", 0.0, 10.0)


_SEED = Option("seed", "Data seed", 0, "The same seed makes the same points.", 0, 2**31 - 1)


def _plane(source: DataSource, draw: Callable[[Mapping[str, Any], Rng], tuple[NDArray[Any], NDArray[Any]]]) -> Entry:
    """Make an entry out of a function that draws labelled points in the plane."""

    def describe(options: Mapping[str, Any]) -> DataSource:
        num_classes = int(options.get("num_classes", source.num_classes))
        names = tuple(f"class {number}" for number in range(num_classes))
        return replace(source, num_examples=int(options["num_examples"]), num_classes=num_classes, class_names=names)

    def examples(options: Mapping[str, Any]) -> Examples:
        x, y = draw(options, np.random.default_rng(options["seed"]))
        return Examples(x, classes(y))

    return Entry(source, describe, examples)


def _points(
    name: str, title: str, description: str, num_examples: Option, noise: Option, *more: Option, num_classes: int = 2
) -> DataSource:
    return DataSource(
        name=name,
        title=title,
        description=description,
        task="classification",
        kind="vector",
        shape=(2,),
        num_examples=int(num_examples.default or 0),
        num_classes=num_classes,
        class_names=tuple(f"class {number}" for number in range(num_classes)),
        feature_names=("x₁", "x₂"),
        options=(num_examples, noise, *more, _SEED),
    )


def _moons(options: Mapping[str, Any], rng: Rng) -> tuple[NDArray[Any], NDArray[Any]]:
    from sklearn import datasets  # its 70 MB are for those who make examples, not for those who describe them

    x, y = datasets.make_moons(options["num_examples"], noise=options["noise"], random_state=options["seed"])
    return x, y


def _circles(options: Mapping[str, Any], rng: Rng) -> tuple[NDArray[Any], NDArray[Any]]:
    from sklearn import datasets

    x, y = datasets.make_circles(options["num_examples"], noise=options["noise"], factor=0.5, random_state=options["seed"])
    return x, y


def _blobs(options: Mapping[str, Any], rng: Rng) -> tuple[NDArray[Any], NDArray[Any]]:
    y = np.arange(options["num_examples"]) % options["num_classes"]
    angle = 2 * np.pi * y / options["num_classes"]
    return np.stack([np.cos(angle), np.sin(angle)], 1) + rng.normal(0, 1, (len(y), 2)) * options["noise"], y


def _spirals(options: Mapping[str, Any], rng: Rng) -> tuple[NDArray[Any], NDArray[Any]]:
    """Draw two arms of one and a half turns, evenly dense along their length."""
    y = np.arange(options["num_examples"]) % 2
    radius = np.sqrt(rng.uniform(0.01, 1, len(y)))
    angle = 3 * np.pi * radius + np.pi * y
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1) + rng.normal(0, 1, (len(y), 2)) * options["noise"], y


def _xor() -> Entry:
    source = _points(
        "xor",
        "XOR",
        "Four corners of a square; the class is 1 where exactly one coordinate is 1. No straight line separates them.",
        _num_examples(4, 4),
        _noise(0.0),
    )

    def describe(options: Mapping[str, Any]) -> DataSource:
        described = replace(source, num_examples=int(options["num_examples"]))
        if options["num_examples"] < 8:
            few = replace(described, same_points=True)
            return few.with_description(
                "With so few points nothing is held back: the network is validated on the points it was trained on."
            )
        return described

    def examples(options: Mapping[str, Any]) -> Examples:
        corner = np.arange(options["num_examples"]) % 4
        x = np.stack([corner // 2, corner % 2], 1).astype(np.float64)
        y = np.not_equal(x[:, 0], x[:, 1])
        return Examples(x + np.random.default_rng(options["seed"]).normal(0, 1, x.shape) * options["noise"], classes(y))

    return Entry(describe({"num_examples": 4}), describe, examples)


def _too_few_tokens(num_classes: int, vocabulary_size: int) -> Problem:
    return Problem(
        code="bad_parameter",
        message=f"First token: {num_classes} classes need at least as many tokens, got a vocabulary of {vocabulary_size}.",
        fix=f"Set vocabulary to {num_classes}.",
        parameter="vocabulary_size",
        expected=f"at least {num_classes}",
        received=str(vocabulary_size),
    )


def _first_token() -> Entry:
    options = (
        _num_examples(1000),
        Option("length", "Length", 20, "Number of tokens in each sequence: how far the network must remember.", 2, 4096),
        Option("num_classes", "Classes", 4, "The first token is one of this many, and its number is the class.", 2, 256),
        Option(
            "vocabulary_size", "Vocabulary", 16, "Number of different tokens; those after the first are drawn from all of them.", 2, 4096
        ),
        _SEED,
    )
    source = DataSource(
        name="first_token",
        title="First token",
        description="Random tokens; the class is the first of them, so that the network must remember it to the end.",
        task="classification",
        kind="tokens",
        shape=(20,),
        num_examples=1000,
        num_classes=4,
        num_tokens=16,
        options=options,
        class_names=tuple(f"class {number}" for number in range(4)),
    )

    def describe(options: Mapping[str, Any]) -> DataSource:
        num_classes = int(options["num_classes"])
        if num_classes > options["vocabulary_size"]:
            raise UserError(_too_few_tokens(num_classes, options["vocabulary_size"]))
        return replace(
            source,
            shape=(int(options["length"]),),
            num_examples=int(options["num_examples"]),
            num_classes=num_classes,
            num_tokens=int(options["vocabulary_size"]),
            class_names=tuple(f"class {number}" for number in range(num_classes)),
        )

    def examples(options: Mapping[str, Any]) -> Examples:
        rng = np.random.default_rng(options["seed"])
        x = rng.integers(0, options["vocabulary_size"], (options["num_examples"], options["length"]))
        x[:, 0] = np.arange(len(x)) % options["num_classes"]
        return Examples(x.astype(np.int64), x[:, 0].astype(np.int64))

    return Entry(source, describe, examples)


def _sum_of_two() -> Entry:
    options = (
        _num_examples(1000),
        Option("length", "Length", 16, "Number of tokens in each sequence.", 3, 4096),
        Option("vocabulary_size", "Vocabulary", 10, "Number of different tokens; sums are taken modulo this.", 2, 256),
        _SEED,
    )
    source = DataSource(
        name="sum_of_two",
        title="Sum of two",
        description="Each token is the sum of the two before it, modulo the vocabulary; the first two are random. The class comes next.",
        task="classification",
        kind="tokens",
        shape=(16,),
        num_examples=1000,
        num_classes=10,
        num_tokens=10,
        options=options,
        class_names=tuple(f"class {number}" for number in range(10)),
    )

    def describe(options: Mapping[str, Any]) -> DataSource:
        size = int(options["vocabulary_size"])
        names = tuple(f"class {number}" for number in range(size))
        shape, number = (int(options["length"]),), int(options["num_examples"])
        return replace(source, shape=shape, num_examples=number, num_classes=size, num_tokens=size, class_names=names)

    def examples(options: Mapping[str, Any]) -> Examples:
        size, length = options["vocabulary_size"], options["length"]
        x = np.random.default_rng(options["seed"]).integers(0, size, (options["num_examples"], length + 1))
        for place in range(2, length + 1):
            x[:, place] = (x[:, place - 1] + x[:, place - 2]) % size
        return Examples(x[:, :-1].astype(np.int64), x[:, -1].astype(np.int64))

    return Entry(source, describe, examples)


GENERATED: tuple[Entry, ...] = (
    _xor(),
    _plane(_points("spirals", "Two spirals", "Two arms wound into each other.", _num_examples(1000), _noise(0.02)), _spirals),
    _plane(_points("circles", "Circles", "One ring inside another.", _num_examples(500), _noise(0.08)), _circles),
    _plane(_points("moons", "Moons", "Two half moons that reach into each other.", _num_examples(500), _noise(0.1)), _moons),
    _plane(
        _points(
            "blobs",
            "Blobs",
            "Round clouds of points on a circle.",
            _num_examples(500),
            _noise(0.2),
            Option("num_classes", "Classes", 3, "Number of clouds, each a class.", 2, 20),
            num_classes=3,
        ),
        _blobs,
    ),
    _first_token(),
    _sum_of_two(),
)
