"""Train a compiled network: a generator of events that does nothing else, so that it is fast."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blocks.problems import Problem, UserError
from engine.compile.network import Network
from engine.data.load import Dataset
from engine.health.probes import Probe, is_probe_step, signal
from engine.health.verdicts import Diagnosis
from engine.limits import resource_problems
from engine.train.batches import Batches, first_batches, select
from engine.train.events import Done, Event, Failed, Points, Started, Stream, Verdict
from engine.train.preparation import choose_device, freeze, make_optimizer, owner_of
from engine.train.recipe import Recipe
from engine.train.record import StepRecord
from engine.train.scoring import score_for
from engine.train.snapshots import Snapshots
from engine.train.stepping import Stepper
from engine.train.turns import Turns, total

__all__ = ["Trainer", "first_batches", "train"]

FLUSH_S = 0.2
LEAST_EPOCH_FLUSH_S = 0.05
"""An epoch's end is told at once, unless epochs are so short that telling would take longer than training."""
STEPS_BETWEEN_CHECKS = 25
STEPS_AFTER_NONFINITE = 50
VALIDATION_BATCH = 256
CLIP_SLACK = 1e-6
"""torch.nn.utils.clip_grad_norm_ adds this to the norm; the same here, so that both clip alike."""


def train(network: Network, data: Dataset, recipe: Recipe, *, weights_limit_bytes: int = 0) -> Iterator[Event]:
    """Train and yield events: `Started`, `Points` and `Verdict`s, and `Done` or `Failed` at last. To cancel, close the generator.

    Before `Done` come the last and the best `Weights`, where a file of them is no larger than `weights_limit_bytes`.

    Alike in and outside of the engine: `network.build(seed)` is `torch.manual_seed(seed)` and the class's constructor; the order of
    examples comes from a `torch.Generator().manual_seed(seed)` of its own, one `torch.randperm` an epoch; dropout goes on drawing from the
    global generator. So the exported source gives the same losses, bit for bit on the CPU with the same number of threads, from

        torch.manual_seed(recipe.seed); model = Exported(); model.train()
        optimizer = torch.optim.Adam(model.parameters(), lr=recipe.lr, fused=True)
        for inputs, target in first_batches(data, recipe, 10):
            optimizer.zero_grad(); loss = model.loss(model(*inputs), target); loss.backward(); optimizer.step()

    `fused` is what the engine uses for SGD, Adagrad, Adam and AdamW; without it Adam's loss may differ in its last digit. How
    weights begin is part of the source; what is frozen and the learning rate factors of blocks are not.
    """
    return Trainer(network, data, recipe, weights_limit_bytes).events()


@dataclass
class _Epochs:
    """Gather, on the host, the epochs that are over but not told yet, and the best one."""

    losses: list[float] = field(default_factory=list)
    """Loss of each step of the epochs that are not told yet."""
    waiting: list[tuple[int, Tensor, float]] = field(default_factory=list)
    """Last step, validation results on the device, seconds."""
    told: int = 0
    best: dict[str, float] = field(default_factory=dict)


class Trainer:
    """Hold one training run; `module` is the network as it stands."""

    def __init__(self, network: Network, data: Dataset, recipe: Recipe, weights_limit_bytes: int = 0) -> None:
        self.network = network
        self._weights_limit_bytes = weights_limit_bytes
        self.recipe = recipe
        self._given = data
        self.module: nn.Module | None = None

    def events(self) -> Iterator[Event]:
        """Train; mistakes of the user and a lack of memory end in `Failed`, mistakes of ours are raised."""
        try:
            self._prepare()
            yield self._started()
            yield from self._steps()
        except UserError as error:
            problem = error.problems[0]
            yield Failed("user_error", " ".join(problem.message for problem in error.problems), problem.fix, problem.node)
        except (RuntimeError, ValueError, MemoryError) as error:
            failed = _explained(error, self.recipe)
            if failed is None:
                raise
            yield failed

    def _prepare(self) -> None:
        network, recipe = self.network, self.recipe
        # Asked here too: the machine that trains need not be the one that queued the run.
        if obstacles := resource_problems(network.graph, network.report, recipe.batch_size):
            raise UserError(*obstacles)
        self.device = choose_device(recipe)
        self.module = module = network.build(recipe.seed)
        freeze(module, network)
        module.to(self.device).train()
        self.data = self._given.to(self.device)
        self.turns = Turns(module, network, recipe) if recipe.phases else None
        if self.turns is None:
            self.optimizer = make_optimizer(module, network, recipe)
            self.stepper = Stepper(self.optimizer)
        self.names = [name for name, _ in module.named_parameters()]
        self.parameters = list(module.parameters())
        self.score = score_for(network, self.data)
        layers = {node: attribute for node, attribute in network.attributes.items() if node not in network.losses}
        self.probe = Probe(module, layers)
        titles = {path: network.title(path) for path in network.attributes}
        # One for each phase: what one phase sends back is not to be compared with what another does.
        adaptive = [turn.adaptive for turn in self.turns.all] if self.turns else [recipe.optimizer != "sgd"]
        self.diagnoses = [Diagnosis(self.probe.nodes, titles, adaptive=each) for each in adaptive]
        self.batches = Batches(self.data.num_train, recipe, self.device)
        self.snapshots = Snapshots(module, self._weights_limit_bytes) if self._weights_limit_bytes else None
        self.num_leading = 1 + self._has_accuracy + (self.turns is not None)
        self.record: StepRecord | None = None
        self.probes: list[tuple[int, Tensor]] = []
        self.epochs = _Epochs()
        self.step = 0
        self.flushed = 0
        self.first_nonfinite: int | None = None
        self.disconnection_told = self.nonfinite_told = False

    @property
    def _has_accuracy(self) -> bool:
        return self.score is not None and self.score.name == "accuracy"

    def _started(self) -> Started:
        leading = ["loss", "lr", *(["accuracy"] if self._has_accuracy else []), *(["phase", "phase_loss"] if self.turns else [])]
        score = [f"val_{self.score.name}"] if self.score else []
        series: dict[Stream, list[str]] = {
            "step": [*leading, *(f"grad_norm/{name}" for name in self.names)],
            "probe": [f"A/{node}" for node in self.probe.nodes],
            "epoch": ["train_loss", "val_loss", *score, "seconds"],
        }
        steps = len(self.batches.sizes)
        count = sum(parameter.numel() for parameter in self.parameters)
        return Started(steps * self.recipe.epochs, self.recipe.epochs, steps, count, str(self.device), series)

    def _steps(self) -> Iterator[Event]:
        """Run every epoch; time in which the generator is suspended, and validation, do not count as training."""
        began = last_flush = perf_counter()
        training_s = 0.0
        for _ in range(self.recipe.epochs):
            epoch_began, away = perf_counter(), 0.0
            for rows in self.batches.epoch():
                self._one_step(rows)
                now = perf_counter()
                if self._flush_is_due(now - last_flush):
                    yield from self._flush()
                    last_flush = perf_counter()
                    away += last_flush - now
                if self.first_nonfinite is not None and self.step > self.first_nonfinite + STEPS_AFTER_NONFINITE:
                    yield from self._flush()
                    yield self._diverged()
                    return
            seconds = perf_counter() - epoch_began - away
            training_s += seconds
            results = self._validate()
            self.epochs.waiting.append((self.step - 1, results, seconds))
            if self.snapshots is not None:
                # Which epoch is the best must be known while its weights are there: this waits for the device, once an epoch.
                self.snapshots.consider(self.step - 1, _rank(self._measured(results.tolist())))
            if perf_counter() - last_flush >= LEAST_EPOCH_FLUSH_S:
                yield from self._flush()
                last_flush = perf_counter()
        yield from self._flush()
        if self.first_nonfinite is not None:
            yield self._diverged()
        else:
            done = Done(self.epochs.best, perf_counter() - began, self.step / training_s)
            if self.snapshots is not None:
                yield from self.snapshots.events(self.step - 1)
            yield done

    def _one_step(self, rows: Tensor) -> None:
        assert self.module is not None, "prepared before the first step"
        inputs, target = select(self.data, rows)
        for parameter in self.parameters:
            parameter.grad = None
        if self.turns is not None:
            self._one_step_of(self.turns, inputs, target)
            return
        if is_probe_step(self.step):
            with self.probe.measuring():
                outputs = self.module(*inputs)
                self.probe.watch_output(outputs)
                loss = self.module.loss(outputs, target)  # type: ignore[operator]
                loss.backward()
            self.probes.append((self.step, self.probe.norms()))
        else:
            outputs = self.module(*inputs)
            loss = self.module.loss(outputs, target)  # type: ignore[operator]
            loss.backward()
        self._write(loss, outputs, target)
        self.stepper.step()
        self.step += 1

    def _one_step_of(self, turns: Turns, inputs: tuple[Tensor, ...], target: Tensor) -> None:
        """Take a step of the phase whose turn it is."""
        turn = turns.all[turns.at(self.step)]
        with self.probe.measuring() if turn.is_probe_step() else nullcontext():
            outputs = self.module(*inputs)  # type: ignore[misc]
            if turn.is_probe_step():
                self.probe.watch_output(outputs)
            terms = turns.terms(self.module, outputs, target)  # type: ignore[arg-type]
            objective = turn.backward(terms)
        if turn.is_probe_step():
            self.probes.append((self.step, self.probe.norms()))
        if self.record is None:
            live = [place for place, parameter in enumerate(self.parameters) if parameter in turns]
            self.record = StepRecord(self.num_leading, live, len(self.parameters), self.device)
        numbers = [total(terms).detach()]
        if self._has_accuracy and self.score is not None:
            numbers.append(self.score.mean(prediction_of(outputs).detach(), target))
        norms = self._shortened(turn.gradients())
        self.record.add([*numbers, objective.detach(), *turns.by_parameter(turn, norms)])
        turn.step()
        self.step += 1

    def _shortened(self, gradients: list[Tensor]) -> list[Tensor]:
        """Return the norms of gradients, and shorten them where the recipe says so; the norms are those before."""
        norms = list(torch._foreach_norm(gradients)) if gradients else []
        if self.recipe.gradient_clip is not None and norms:
            total_norm = torch.linalg.vector_norm(torch.stack(norms))
            shorter = torch.clamp(self.recipe.gradient_clip / (total_norm + CLIP_SLACK), max=1.0)
            torch._foreach_mul_(gradients, shorter)
        return norms

    def _write(self, loss: Tensor, outputs: Tensor | tuple[Tensor, ...], target: Tensor) -> None:
        """Record the step on the device, with the norms its gradients had before they were shortened."""
        if self.record is None:
            # Which parameters have a gradient is the same at every step: the graph has no branches that depend on data.
            live = [place for place, parameter in enumerate(self.parameters) if parameter.grad is not None]
            self.live = [self.parameters[place] for place in live]
            self.record = StepRecord(self.num_leading, live, len(self.parameters), self.device)
        numbers = [loss.detach()]
        if self._has_accuracy and self.score is not None:
            numbers.append(self.score.mean(prediction_of(outputs).detach(), target))
        self.record.add(numbers + self._shortened([cast(Tensor, parameter.grad) for parameter in self.live]))

    @torch.no_grad()
    def _validate(self) -> Tensor:
        """Return loss and score over the whole validation part, on the device.

        Shapes: -> (1,) or (2,)
        """
        assert self.module is not None, "prepared before the first step"
        self.module.eval()
        size = max(self.recipe.batch_size, VALIDATION_BATCH)
        total = torch.zeros(2 if self.score else 1, dtype=torch.float64, device=self.device)
        for start in range(0, self.data.num_val, size):
            target = self.data.y_val[start : start + size]
            outputs = self.module(*(x[start : start + size] for x in self.data.x_val))
            results = [self.module.loss(outputs, target)]  # type: ignore[operator]
            if self.score:
                results.append(self.score.mean(prediction_of(outputs), target))
            total += torch.stack(results).double() * len(target)
        self.module.train()
        return total / self.data.num_val

    def _flush_is_due(self, since_s: float) -> bool:
        assert self.record is not None, "asked after a step"
        if self.step == 1 or since_s >= FLUSH_S or self.record.full:
            return True
        return self.first_nonfinite is None and self.step % STEPS_BETWEEN_CHECKS == 0 and not self.record.all_finite()

    def _flush(self) -> list[Event]:
        """Bring everything since the last flush to the host and return it as events."""
        if self.record is None or not (self.record.count or self.epochs.waiting):
            return []
        rows = self.record.take()
        events: list[Event] = []
        if len(rows):
            steps = np.arange(self.flushed, self.step, dtype=np.int64)
            events.append(Points("step", steps, self._with_what_is_known(steps, rows)))
        events += self._disconnected()
        losses = rows[:, 0]
        events += self._told_probes(losses)
        bad = np.flatnonzero(~np.isfinite(losses))
        if len(bad) and self.first_nonfinite is None:
            self.first_nonfinite = self.flushed + int(bad[0])
            events += self._news(self.diagnoses[0].loss_is(self.first_nonfinite, float(losses[bad[0]])))
        self.epochs.losses += losses.tolist()
        self.flushed = self.step
        return [*events, *self._told_epochs()]

    def _with_what_is_known(self, steps: NDArray[np.int64], rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Add the columns that are known on the host: the learning rate after the loss, and the phase before the phase's loss."""
        if self.turns is None:
            return np.insert(rows, 1, np.float32(self.recipe.lr), axis=1)
        phases = np.array([self.turns.at(int(step)) for step in steps])
        rates = np.array([turn.lr for turn in self.turns.all], dtype=np.float32)[phases]
        return np.insert(rows, [1, self.num_leading - 1], np.stack([rates, phases.astype(np.float32)], axis=1), axis=1)

    def _told_probes(self, losses: NDArray[np.float32]) -> list[Event]:
        if not self.probes:
            return []
        steps = [step for step, _ in self.probes]
        norms = torch.stack([norms for _, norms in self.probes]).cpu().numpy()
        self.probes.clear()
        signals = np.stack([signal(row) for row in norms])
        verdicts: list[Event] = []
        for step, found in zip(steps, signals, strict=True):
            diagnosis = self.diagnoses[self.turns.at(step) if self.turns else 0]
            verdicts += self._news(diagnosis.update(step, found, float(losses[step - self.flushed])))
        if not signals.shape[1]:
            return verdicts
        return [Points("probe", np.array(steps, dtype=np.int64), signals.astype(np.float32)), *verdicts]

    def _news(self, verdicts: list[Verdict]) -> list[Verdict]:
        """Leave out that the loss is not finite where another phase's diagnosis has said it."""
        news = [verdict for verdict in verdicts if verdict.kind != "nonfinite" or not self.nonfinite_told]
        self.nonfinite_told |= any(verdict.kind == "nonfinite" for verdict in news)
        return news

    def _told_epochs(self) -> list[Event]:
        epochs = self.epochs
        if not epochs.waiting:
            return []
        rows, sizes = [], np.array(self.batches.sizes, dtype=np.float64)
        for last_step, results, seconds in epochs.waiting:
            losses, epochs.losses = epochs.losses[: len(sizes)], epochs.losses[len(sizes) :]
            row = [float(np.average(losses, weights=sizes)), *results.cpu().tolist(), seconds]
            rows.append(row)
            epochs.told += 1
            self._remember_best(row, last_step)
        steps = np.array([last_step for last_step, _, _ in epochs.waiting], dtype=np.int64)
        epochs.waiting.clear()
        return [Points("epoch", steps, np.array(rows, dtype=np.float32))]

    def _remember_best(self, row: list[float], last_step: int) -> None:
        """Keep the epoch with the best validation: the highest accuracy, else the lowest loss."""
        found = {"epoch": float(self.epochs.told), "step": float(last_step), "train_loss": row[0], **self._measured(row[1:])}
        if _rank(found) > _rank(self.epochs.best):
            self.epochs.best = found

    def _measured(self, results: list[float]) -> dict[str, float]:
        """Name what a validation gave: loss, and score where there is one."""
        names = ["val_loss", f"val_{self.score.name}"] if self.score else ["val_loss"]
        return dict(zip(names, results, strict=False))

    def _disconnected(self) -> list[Event]:
        """Return, once it can be told, a verdict for each block whose trainable parameters got no gradient."""
        unreached = self._unreached()
        if self.disconnection_told or unreached is None:
            return []
        self.disconnection_told = True
        without: dict[str | None, list[str]] = {}
        for name, parameter in zip(self.names, self.parameters, strict=True):
            if id(parameter) in unreached:
                without.setdefault(owner_of(self.network, name), []).append(name)
        return [self.diagnoses[0].disconnected(0, node, names) for node, names in without.items()]

    def _unreached(self) -> set[int] | None:
        if self.turns is not None:
            return self.turns.unreached()
        reached = {id(parameter) for parameter in self.live}
        return {id(parameter) for parameter in self.parameters if parameter.requires_grad} - reached

    def _diverged(self) -> Failed:
        fix = "Divide the learning rate by 10, or clip gradients at 1."
        if self.first_nonfinite == 0:
            fix = "Nothing had been learnt yet: look for huge inputs, a division or a logarithm in the network, or huge initial weights."
        return Failed("user_error", f"The loss became NaN or infinite at step {self.first_nonfinite} and did not come back.", fix)


def prediction_of(outputs: Tensor | tuple[Tensor, ...]) -> Tensor:
    """Return the network's prediction: its only result, or the first of several."""
    return outputs if isinstance(outputs, Tensor) else outputs[0]


def _rank(found: dict[str, float]) -> tuple[float, float]:
    """Return what makes one epoch better than another; an epoch without a finite loss is no better than none."""
    loss = found.get("val_loss", math.inf)
    return (found.get("val_accuracy", 0.0), -loss) if math.isfinite(loss) else (-math.inf, -math.inf)


def _explained(error: Exception, recipe: Recipe) -> Failed | None:
    """Return a failure in the user's words where torch's own words are known, None where they are not."""
    text = str(error)
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "not enough memory" in text or "can't allocate memory" in text:
        fix = f"Set batch size to {max(recipe.batch_size // 2, 1)}, or make the network smaller."
        return Failed("out_of_memory", f"The memory did not suffice for this network with batches of {recipe.batch_size}.", fix)
    if "Expected more than 1 value per channel" in text or "Expected more than 1 spatial element" in text:
        problem = Problem(
            "batch_of_one", "Normalisation needs more than one value per channel to train, and got one.", "Set batch size to at least 2."
        )
        return Failed("user_error", problem.message, problem.fix)
    return None
