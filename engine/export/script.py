"""Write a training script: the network's source, its data and a plain loop that repeats a run without Gradloom."""

from __future__ import annotations

import re
from dataclasses import fields
from textwrap import indent

from blocks.problems import Problem, UserError
from blocks.spec import literal
from engine.compile.names import plain_words
from engine.compile.network import Network
from engine.data.catalogue import catalogue
from engine.data.load import Dataset, load_for
from engine.data.spec import DataSpec
from engine.export.script_data import DataCode, data_code
from engine.export.source import LINE_LENGTH, import_block, taken_apart
from engine.train.batches import batch_sizes
from engine.train.loop import VALIDATION_BATCH
from engine.train.recipe import Recipe
from engine.train.scoring import score_for

_REPEATED = {
    *("optimizer", "lr", "momentum", "nesterov", "weight_decay", "beta1", "beta2", "alpha", "rho", "lr_decay", "eps"),
    *("batch_size", "epochs", "seed", "gradient_clip", "device"),
}
"""The settings of a recipe that a script repeats; one that it does not know must be at its default."""


def training_script(network: Network, spec: DataSpec, recipe: Recipe, *, csv: bytes | None = None) -> str:
    """Return one file that trains the network as the engine does, step by step the same losses, with torch and numpy.

    scikit-learn is imported where the data set comes from it; a table is read from the path given on the command line.

    Raises:
        UserError: where the data does not fit the network, or the recipe has a setting that no script repeats.
    """
    _require_known(recipe)
    data = load_for(network, spec, csv=csv)
    loading = data_code(network, spec, data, csv)
    imports, body = taken_apart(network.source)
    parts = [
        body,
        loading.functions,
        *_batches(data, recipe),
        _validate(network, data, recipe),
        _train(network, data, recipe, loading),
        _main(loading),
    ]
    text = "\n\n\n".join(parts) + "\n"
    imports = [*imports, *loading.imports, *(["import sys"] if loading.arguments else [])]
    imports += ["from torch import nn"] if re.search(r"\bnn\.", text) else []
    imports += ["import math"] if "math." in text else []
    return f"{_header(network, spec, loading)}\n\n{import_block(imports)}\n\n\n{text}"


def _require_known(recipe: Recipe) -> None:
    unknown = [field.name for field in fields(recipe) if field.name not in _REPEATED and getattr(recipe, field.name) != field.default]
    if unknown:
        label = unknown[0].replace("_", " ")
        fix = f"Set {label} back to its default."
        if unknown[0] == "phases":
            fix = "Remove the phases, or export the network's source alone."
        raise UserError(Problem("no_script", f"A training script cannot repeat the recipe's {label}.", fix))


def _header(network: Network, spec: DataSpec, loading: DataCode) -> str:
    needs = "PyTorch, NumPy and scikit-learn" if any("sklearn" in line for line in loading.imports) else "PyTorch and NumPy"
    called = ", and is run with the path of the table: python FILE.py TABLE.csv" if loading.arguments else ": python FILE.py"
    title = catalogue()[spec.name].title if spec.name != "csv" else "a table"
    return "\n".join(
        [
            f'"""Train {plain_words(network.graph.name)} on {plain_words(title)}; drawn in Gradloom, which trains it in the same way.',
            "",
            f"Needs {needs}{called}",
            "With the same builds and the same number of threads every loss is the one that Gradloom shows, bit for bit.",
            "Dimensions: B batch, C channels, H height, W width, T time, D features.",
            '"""',
        ]
    )


def _batches(data: Dataset, recipe: Recipe) -> list[str]:
    if not _has_single(data, recipe):
        return []
    return [
        "\n".join(
            [
                "def split_into_batches(order: Tensor, batch_size: int) -> list[Tensor]:",
                '    """Return the rows of each batch; a last one of one example joins the one before, as batch norm needs two."""',
                "    batches = list(order.split(batch_size))",
                "    if len(batches) > 1 and len(batches[-1]) == 1:",
                "        batches[-2:] = [torch.cat(batches[-2:])]",
                "    return batches",
            ]
        )
    ]


def _has_single(data: Dataset, recipe: Recipe) -> bool:
    """Return whether an epoch would leave one example over, which the engine does not let stand alone."""
    sizes = batch_sizes(data.num_train, recipe.batch_size)
    return max(sizes) > recipe.batch_size


def _called(network: Network, value: str) -> str:
    """Return the call of the model on `value`, which is one tensor or one for each input."""
    return f"model({value})" if len(network.inputs) == 1 else f"model(*{value})"


def _score(network: Network, data: Dataset) -> tuple[str, str]:
    """Return the name of the score and the expression that gives it for a batch; empty where there is none."""
    score = score_for(network, data)
    if score is None:
        return "", ""
    if score.name == "mae":
        return "mae", "(prediction - y).abs().mean() * scale"
    if score.threshold is not None:
        return "accuracy", f"((prediction.flatten() > {literal(score.threshold)}) == (y.flatten() > 0.5)).float().mean()"
    classes = "y.argmax(1)" if data.target_form == "value" else "y"
    return "accuracy", f"(prediction.argmax(1) == {classes}).float().mean()"


def _validate(network: Network, data: Dataset, recipe: Recipe) -> str:
    name, score = _score(network, data)
    several = len(network.inputs) > 1
    size = max(recipe.batch_size, VALIDATION_BATCH)
    scale = ", scale: float" if name == "mae" else ""
    x = "x_val: tuple[Tensor, ...]" if several else "x_val: Tensor"
    words = {"accuracy": "loss and accuracy", "mae": "loss and mean absolute error in the target's own units"}.get(name, "the loss")
    lines = [
        "@torch.no_grad()",
        f"def validate(model: {network.class_name}, {x}, y_val: Tensor{scale}) -> dict[str, float]:",
        f'    """Return {words} over the whole validation part."""',
        "    model.eval()",
        f"    total = torch.zeros({2 if name else 1}, dtype=torch.float64, device=y_val.device)",
        f"    for start in range(0, len(y_val), {size}):",
        f"        y = y_val[start : start + {size}]",
    ]
    chosen = f"[x[start : start + {size}] for x in x_val]" if several else f"x_val[start : start + {size}]"
    lines.append(f"        outputs = {_called(network, chosen)}")
    if name:
        if network.several_outputs or "prediction" in score:
            lines.append(f"        prediction = {'outputs[0]' if network.several_outputs else 'outputs'}")
        lines.append(f"        {name} = {score}")
    results = f"[model.loss(outputs, y), {name}]" if name else "[model.loss(outputs, y)]"
    lines.append(f"        total += torch.stack({results}).double() * len(y)")
    if name:
        lines += [f"    loss, {name} = (total / len(y_val)).tolist()", f'    return {{"val_loss": loss, "val_{name}": {name}}}']
    else:
        lines += ['    return {"val_loss": (total / len(y_val)).item()}']
    text = "\n".join(lines)
    return (
        text
        if network.several_outputs or not name
        else text.replace("outputs", "prediction").replace("        prediction = prediction\n", "")
    )


def _train(network: Network, data: Dataset, recipe: Recipe, loading: DataCode) -> str:
    several = len(network.inputs) > 1
    arguments = [
        *([loading.arguments] if loading.arguments else []),
        f"epochs: int = {recipe.epochs}",
        f"batch_size: int = {recipe.batch_size}",
        f"lr: float = {literal(float(recipe.lr))}",
        f"seed: int = {recipe.seed}",
    ]
    scale = ", scale" if loading.has_scale else ""
    passed = "path" if loading.arguments else ""
    on_device = recipe.device != "cpu"
    loaded = f"load_data({passed})"
    lines = []
    if on_device:
        device = '"cuda" if torch.cuda.is_available() else "cpu"' if recipe.device == "auto" else literal(recipe.device)
        lines.append(f"device = torch.device({device})")
    if on_device and not several and not scale:
        lines.append(f"x_train, y_train, x_val, y_val = (part.to(device) for part in {loaded})")
    else:
        lines.append(f"x_train, y_train, x_val, y_val{scale} = {loaded}")
        lines += _moved(several) if on_device else []
    made, marks = f"model = {network.class_name}()", _marks(network)
    lines += ["torch.manual_seed(seed)  # for the weights, and for dropout"]
    lines += [made, *marks, "model.to(device)"] if on_device and marks else [f"{made}.to(device)" if on_device else made, *marks]
    lines += _optimizer(network, recipe)
    rows = "torch.randperm(len(y_train), generator=shuffle)" + (".to(device)" if on_device else "")
    batches = f"split_into_batches({rows}, batch_size)" if _has_single(data, recipe) else f"{rows}.split(batch_size)"
    chosen = "[x[rows] for x in x_train]" if several else "x_train[rows]"
    lines += [
        "shuffle = torch.Generator().manual_seed(seed)  # apart, so that dropout does not change the order of examples",
        "history = []",
        "for epoch in range(1, epochs + 1):",
        "    model.train()",
        "    losses, sizes = [], []",
        f"    for rows in {batches}:",
        "        optimizer.zero_grad()",
        f"        loss = model.loss({_called(network, chosen)}, y_train[rows])",
        "        loss.backward()",
    ]
    if recipe.gradient_clip is not None:
        lines.append(f"        nn.utils.clip_grad_norm_(model.parameters(), {literal(float(recipe.gradient_clip))})")
    lines += [
        "        optimizer.step()",
        "        losses.append(loss.detach())",
        "        sizes.append(len(rows))",
        "    train_loss = float(np.average(torch.stack(losses).tolist(), weights=sizes))",
        f'    results = {{"train_loss": train_loss, **validate(model, x_val, y_val{scale})}}',
        "    history.append(results)",
        '    print(f"epoch {epoch}/{epochs}  " + "  ".join(f"{name} {value:.6f}" for name, value in results.items()))',
        "return history",
    ]
    head = [
        f"def train({', '.join(arguments)}) -> list[dict[str, float]]:",
        '    """Train from the first step to the last, and return what each epoch gave."""',
    ]
    return "\n".join([*head, indent("\n".join(lines), "    ")])


def _moved(several: bool) -> list[str]:
    """Return the lines that bring the data to the device."""
    if several:
        lines = [f"{part} = tuple(x.to(device) for x in {part})" for part in ("x_train", "x_val")]
        return [*lines, "y_train, y_val = y_train.to(device), y_val.to(device)"]
    return ["x_train, y_train, x_val, y_val = (part.to(device) for part in (x_train, y_train, x_val, y_val))"]


def _marks(network: Network) -> list[str]:
    """Return what the marks on blocks do after the constructor; how weights begin is in the network's source."""
    frozen = [name for path, name in network.attributes.items() if network.flat.nodes[path].frozen]
    return [
        f'model.get_submodule("{name}").requires_grad_(False)' if "." in name else f"model.{name}.requires_grad_(False)" for name in frozen
    ]


def _optimizer(network: Network, recipe: Recipe) -> list[str]:
    """Return the lines that make the optimizer, as engine.train.preparation does; settings at torch's defaults are left out."""
    name, settings, fast = _OPTIMIZERS[recipe.optimizer]
    values = {**recipe.to_json(), "betas": (recipe.beta1, recipe.beta2)}
    written = [f"{setting}={literal(values[setting])}" for setting, default in settings.items() if values[setting] != default]
    if recipe.optimizer == "adagrad" and recipe.device != "cpu":
        fast = 'fused=device.type == "cpu" or None'
    nodes = network.flat.nodes
    factors = {name: nodes[path].lr_factor for path, name in network.attributes.items() if nodes[path].lr_factor != 1.0}
    weights, lines = "model.parameters()", []
    if factors:
        entries = ", ".join(f'"{attribute}": {literal(float(factor))}' for attribute, factor in factors.items())
        lines.append(f"factors = {{{entries}}}  # of the learning rate, by block")
        if any("." in name for name in factors):  # blocks within composites
            lines.append("blocks = [(next((block for block in factors if name.startswith(f'{block}.')), None), weight)")
            lines.append("          for name, weight in model.named_parameters()]")
            lines.append('groups = [{"params": [weight], "lr": lr * factors.get(block, 1.0)} for block, weight in blocks]')
        else:
            children = "for name, block in model.named_children()]"
            lines.append(f'groups = [{{"params": list(block.parameters()), "lr": lr * factors.get(name, 1.0)}} {children}')
        weights = "groups"
    line = f"optimizer = torch.optim.{name}({', '.join([weights, 'lr=lr', *written, fast])})"
    return [*(piece for each in [*lines, line] for piece in _wrapped(each))]


_OPTIMIZERS: dict[str, tuple[str, dict[str, object], str]] = {
    "sgd": ("SGD", {"momentum": 0.0, "nesterov": False, "weight_decay": 0.0}, "fused=True"),
    "adagrad": ("Adagrad", {"lr_decay": 0.0, "weight_decay": 0.0, "eps": 1e-10}, "fused=True"),
    "adadelta": ("Adadelta", {"rho": 0.9, "eps": 1e-6, "weight_decay": 0.0}, "foreach=True"),
    "rmsprop": ("RMSprop", {"alpha": 0.99, "momentum": 0.0, "eps": 1e-8, "weight_decay": 0.0}, "foreach=True"),
    "adam": ("Adam", {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0}, "fused=True"),
    "adamw": ("AdamW", {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}, "fused=True"),
}
"""By the recipe's name: torch's class, what it takes with its defaults, and its fast form."""


def _wrapped(line: str) -> list[str]:
    """Break a long call or list after its opening bracket and before its closing one."""
    if len(line) + 4 <= LINE_LENGTH:
        return [line]
    opening = min(position for bracket in "([{" if (position := line.find(bracket)) >= 0)
    closing = max(line.rfind(bracket) for bracket in ")]}")
    return [line[: opening + 1], f"    {line[opening + 1 : closing]}", line[closing:]]


def _main(loading: DataCode) -> str:
    return f'if __name__ == "__main__":\n    train({"sys.argv[1]" if loading.arguments else ""})'
