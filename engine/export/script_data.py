"""Write how a training script gets its data: the same examples, split, scaling and form as the engine's, in plain numpy and torch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from blocks.problems import Problem, UserError
from blocks.spec import literal
from blocks.tensors import TensorSpec
from engine.compile.network import Network
from engine.data.catalogue import describe
from engine.data.csv_text import is_number, read_rectangle
from engine.data.load import Dataset
from engine.data.maps import middle
from engine.data.pairs import NUM_GROUPS, grouped, pairs, triplets
from engine.data.shapes import draw_shapes
from engine.data.source import DataSource
from engine.data.spec import DataSpec

_SKLEARN = "from sklearn import datasets"


@dataclass(frozen=True)
class DataCode:
    """Hold the part of a script that loads data."""

    imports: tuple[str, ...]
    functions: str
    arguments: str = ""
    """Arguments of `load_data` in its declaration; the file of a table."""
    has_scale: bool = False
    """Whether `load_data` gives, last, the scale of a regression's target."""


def data_code(network: Network, spec: DataSpec, data: Dataset, csv: bytes | None) -> DataCode:
    """Return the functions that load a specification's data; `data` is what they must give.

    Raises:
        UserError: where the data set is one that no script can make.
    """
    source = describe(spec, csv)
    imports, examples = _examples(source, spec, csv)
    forms = [next(iter(network.report.nodes[node].outputs.values())) for node in network.inputs]
    regression = source.task == "regression"
    body = [*examples, *_parts(source), *_scaled(source), *_target(source, data, forms), *_formed(source, forms)]
    several = len(forms) > 1
    parts = "tuple[Tensor, ...], Tensor, tuple[Tensor, ...], Tensor" if several else "Tensor, Tensor, Tensor, Tensor"
    arguments = "path: str" if source.name == "csv" else ""
    head = [
        f"def load_data({arguments}) -> tuple[{parts}{', float' if regression else ''}]:",
        f'    """Return inputs and targets to train on and to validate on{", and the scale of the target" if regression else ""}."""',
    ]
    scale = ", scale" if regression else ""
    if several:
        body += [f"return tuple(x[train] for x in xs), y[train], tuple(x[val] for x in xs), y[val]{scale}"]
    else:
        body += [f"return x[train], y[train], x[val], y[val]{scale}"]
    functions = "\n".join([*head, indent("\n".join(body), "    ")])
    if not source.same_points:
        functions = f"{_split(source, spec)}\n\n\n{functions}"
    if source.name in _COMPARED:
        forming = "\n\n".join(inspect.getsource(function) for function in (grouped, _COMPARED[source.name]))
        functions = f"NUM_GROUPS = {NUM_GROUPS}\n\n\n{forming}\n\n{functions}"
    if source.name == "shapes":
        functions = f"{inspect.getsource(draw_shapes)}\n\n{functions}"
    functional = ["from torch.nn import functional as F"] if "F." in functions else []
    return DataCode(
        ("import numpy as np", "import torch", "from torch import Tensor", *imports, *functional), functions, arguments, regression
    )


def _examples(source: DataSource, spec: DataSpec, csv: bytes | None) -> tuple[list[str], list[str]]:
    """Return imports, and the lines that give `x` and `y` in their natural form."""
    options = source.checked(spec.options)
    if source.name == "csv":
        assert csv is not None, "a table was read to be described"
        return ["import csv"], _table(source, options, csv)
    if source.name in _PUBLISHED:
        return [_SKLEARN], list(_PUBLISHED[source.name])
    if source.name in _COMPARED:
        call = f"{_COMPARED[source.name].__name__}(digits.target, {literal(options['num_examples'])}, {literal(options['seed'])})"
        lines = [
            "digits = datasets.load_digits()",
            f"images, y, group = {call}",
            "x = (digits.images[:, None] / 16.0)[images]  # (N, inputs, 1, 8, 8)",
        ]
        return [_SKLEARN, "from numpy.typing import NDArray"], lines
    if source.name == "shapes":
        call = ", ".join(f"{name}={literal(value)}" for name, value in options.items())
        return ["from typing import Any", "from numpy.typing import NDArray"], [f"x, y = draw_shapes({call})"]
    if source.name in _MADE:
        noiseless = source.name == "xor" and options["noise"] == 0
        written = _MADE[source.name][:-1] if noiseless else _MADE[source.name]
        lines = [line.format(**{name: literal(value) for name, value in options.items()}) for line in written]
        return [_SKLEARN] if any("datasets." in line for line in lines) else [], lines
    message = f"The data set {source.title} cannot be written as a script."
    raise UserError(Problem("no_script", message, "Export the network's source, and feed it your data."))


_PUBLISHED: Mapping[str, tuple[str, ...]] = {
    "digits": ("digits = datasets.load_digits()", "x, y = digits.images[:, None] / 16.0, digits.target  # (N, 1, 8, 8), (N,)"),
    "iris": ("x, y = datasets.load_iris(return_X_y=True)",),
    "wine": ("x, y = datasets.load_wine(return_X_y=True)",),
    "breast_cancer": ("x, y = datasets.load_breast_cancer(return_X_y=True)",),
    "diabetes": ("x, y = datasets.load_diabetes(return_X_y=True)", "y = y[:, None]"),
}

_COMPARED: Mapping[str, Callable[..., object]] = {"digit_pairs": pairs, "digit_triplets": triplets}

_MADE: Mapping[str, tuple[str, ...]] = {
    "xor": (
        "corner = np.arange({num_examples}) % 4",
        "x = np.stack([corner // 2, corner % 2], 1).astype(np.float64)",
        "y = (x[:, 0] != x[:, 1]).astype(np.int64)  # 1 where exactly one coordinate is 1",
        "x = x + np.random.default_rng({seed}).normal(0, 1, x.shape) * {noise}",
    ),
    "spirals": (
        "rng = np.random.default_rng({seed})",
        "y = np.arange({num_examples}) % 2",
        "radius = np.sqrt(rng.uniform(0.01, 1, len(y)))  # evenly dense along the arms",
        "angle = 3 * np.pi * radius + np.pi * y",
        "x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1) + rng.normal(0, 1, (len(y), 2)) * {noise}",
    ),
    "circles": ("x, y = datasets.make_circles({num_examples}, noise={noise}, factor=0.5, random_state={seed})",),
    "moons": ("x, y = datasets.make_moons({num_examples}, noise={noise}, random_state={seed})",),
    "blobs": (
        "rng = np.random.default_rng({seed})",
        "y = np.arange({num_examples}) % {num_classes}",
        "angle = 2 * np.pi * y / {num_classes}",
        "x = np.stack([np.cos(angle), np.sin(angle)], 1) + rng.normal(0, 1, (len(y), 2)) * {noise}",
    ),
    "first_token": (
        "rng = np.random.default_rng({seed})",
        "x = rng.integers(0, {vocabulary_size}, ({num_examples}, {length}))",
        "x[:, 0] = np.arange(len(x)) % {num_classes}",
        "y = x[:, 0]  # the class is the first token: it must be remembered to the end",
    ),
    "sum_of_two": (
        "x = np.random.default_rng({seed}).integers(0, {vocabulary_size}, ({num_examples}, {length} + 1))",
        "for place in range(2, x.shape[1]):",
        "    x[:, place] = (x[:, place - 1] + x[:, place - 2]) % {vocabulary_size}",
        "x, y = x[:, :-1], x[:, -1]  # the class is the token that comes next",
    ),
}


def _table(source: DataSource, options: Mapping[str, Any], csv: bytes) -> list[str]:
    """Return the lines that read a table. Columns go by their numbers: their names are a user's text."""
    rectangle = read_rectangle(csv)
    place = rectangle.names.index(options["target"]) if options["target"] else len(rectangle.names) - 1
    skipped = "[1:]  # without the header" if rectangle.headed else ""
    delimiter = {",": '","', ";": '";"', "\t": r'"\t"', "|": '"|"'}[rectangle.delimiter]
    lines = [
        'with open(path, encoding="utf-8-sig", newline="") as file:',
        f"    rows = [row for row in csv.reader(file, delimiter={delimiter}) if row]{skipped}",
        "columns = list(zip(*rows, strict=True))",
        f"labels = [cell.strip() for cell in columns.pop({place})]",
        "x = np.array(columns, dtype=np.float64).T",
    ]
    if source.task == "regression":
        return [*lines, "y = np.array(labels, dtype=np.float64)[:, None]"]
    by = ", key=float" if all(map(is_number, source.class_names)) else ""
    return [*lines, f"classes = sorted(set(labels){by})", "y = np.array([classes.index(label) for label in labels])"]


def _split(source: DataSource, spec: DataSpec) -> str:
    fraction, seed = literal(float(spec.validation_fraction)), literal(spec.split_seed)
    head = "def split(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:"
    if source.name in _COMPARED:
        lines = [
            "def split(group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:",
            '    """Return the rows to train on and those held back to validate on, whole groups of images."""',
            "    groups = np.unique(group)",
            f"    count = min(max(round({fraction} * len(groups)), 1), len(groups) - 1)",
            f"    held_back = np.isin(group, np.random.default_rng({seed}).permutation(groups)[:count])",
        ]
        return "\n".join([*lines, "    return np.flatnonzero(~held_back), np.flatnonzero(held_back)"])
    if source.task == "regression" or source.per_pixel:
        lines = [
            head,
            '    """Return the rows to train on and those held back to validate on."""',
            f"    count = min(max(round({fraction} * len(y)), 1), len(y) - 1)",
            f"    val = np.sort(np.random.default_rng({seed}).permutation(np.arange(len(y)))[:count])",
        ]
    else:
        lines = [
            head,
            '    """Return the rows to train on and those held back to validate on, a part of each class."""',
            f"    rng = np.random.default_rng({seed})",
            "    held_back = []",
            "    for label in np.unique(y):",
            "        members = np.flatnonzero(y == label)",
            f"        count = min(max(round({fraction} * len(members)), 1), len(members) - 1)",
            "        held_back.append(rng.permutation(members)[:count])",
            "    val = np.sort(np.concatenate(held_back))",
        ]
    return "\n".join([*lines, "    return np.setdiff1d(np.arange(len(y)), val), val"])


def _parts(source: DataSource) -> list[str]:
    if source.same_points:
        return ["train = val = np.arange(len(y))  # so few points that nothing is held back"]
    return [f"train, val = split({'group' if source.name in _COMPARED else 'y'})"]


def _scaled(source: DataSource) -> list[str]:
    """Return the lines that standardise the inputs by the training part and make them a tensor."""
    if source.kind == "tokens":
        return ["x = torch.from_numpy(x)"]
    scaling = {
        "none": [],
        "overall": ["x = (x - x[train].mean()) / x[train].std()  # by the training part alone"],
        "by_feature": [
            "deviation = x[train].std(0)",
            "x = (x - x[train].mean(0)) / np.where(deviation > 0, deviation, 1.0)  # by the training part alone",
        ],
    }[source.scaling]
    return [*scaling, "x = torch.from_numpy(x.astype(np.float32))"]


def _target(source: DataSource, data: Dataset, forms: list[TensorSpec]) -> list[str]:
    if source.task == "regression":
        return [
            "mean, scale = float(y[train].mean()), float(y[train].std()) or 1.0",
            "y = torch.from_numpy(((y - mean) / scale).astype(np.float32))",
        ]
    if source.per_pixel:
        lines = ["y = torch.from_numpy(y)", *_map(source, data, forms)]
        if data.target_form != "value":
            return lines
        one_hot = f"F.one_hot(y, {source.num_classes}).movedim(-1, 1)"
        return [*lines, f"y = {'y[:, None]' if data.y_train.shape[1] == 1 else one_hot}.float()"]
    if data.target_form != "value":
        return ["y = torch.from_numpy(y)"]
    if data.y_train.shape[1:] == (1,):
        return ["y = torch.from_numpy(y)[:, None].float()"]
    return [f"y = F.one_hot(torch.from_numpy(y), {source.num_classes}).float()"]


def _map(source: DataSource, data: Dataset, forms: list[TensorSpec]) -> list[str]:
    """Return the lines that make the classes of pixels as large as the image, and cut them to the middle that is predicted."""
    lines = []
    images = [form for form in forms if form.kind == "image"]
    size = (images[0].size(2), images[0].size(3)) if images else source.shape[1:]
    if size != source.shape[1:]:
        lines.append(f'y = F.interpolate(y[:, None].float(), size={size}, mode="nearest-exact")[:, 0].long()')
    kept = tuple(data.y_train.shape[-2:])
    if kept != size:
        (top, height), (left, width) = map(middle, size, kept)
        rows, columns = f"{top}:{top + height}", f"{left}:{left + width}"
        lines.append(f"y = y[:, {rows}, {columns}]  # the middle, which is what the network gives")
    return lines


def _formed(source: DataSource, forms: list[TensorSpec]) -> list[str]:
    """Return the lines that bring `x` into the form of each input."""
    if source.input_names:
        return [f"xs = ({', '.join(_form(source, form, f'x[:, {number}]') for number, form in enumerate(forms))})  # one for each input"]
    written = [_form(source, form) for form in forms]
    if len(forms) == 1:
        return [f"x = {written[0]}"] if written[0] != "x" else []
    return [f"xs = ({', '.join(written)})  # one for each input"]


def _form(source: DataSource, form: TensorSpec, x: str = "x") -> str:
    sizes = tuple(size for size in form.shape[1:] if isinstance(size, int))
    if source.kind == "image" and form.kind == "image":
        channels = x if source.shape[0] == sizes[0] else f"{x}.mean(1, keepdim=True).repeat(1, {sizes[0]}, 1, 1)"
        if source.shape[1:] == sizes[1:]:
            return channels
        return f'F.interpolate({channels}, size=({sizes[1]}, {sizes[2]}), mode="bilinear", align_corners=False)'
    if source.kind == "tokens":
        return x if form.kind == "tokens" else f"F.one_hot({x}, {source.num_tokens}).float()"
    return x if source.shape == sizes else f"{x}.reshape(len(x), {', '.join(map(str, sizes))})"
