"""The weights of finished runs: safetensors files in the data folder, and in the database what they are and their hash."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from blocks.problems import Problem, UserError
from engine.store.sessions import Database, clean
from engine.store.tables import WeightsTable
from engine.train.events import Weights as Event
from engine.train.events import WeightsKind

FOLDER = "weights"


@dataclass(frozen=True)
class KeptWeights:
    """Describe one file of weights."""

    kind: WeightsKind
    file: str
    hash: str
    size_bytes: int
    step: int
    """The step after which they were so, counted from 0."""


class Weights(Database):
    """Read the weights that runs have left."""

    def weights(self, run_id: str) -> dict[WeightsKind, KeptWeights]:
        """Return what there is of a run, by kind; nothing where it has not finished or its weights were larger than is kept."""
        query = sa.select(WeightsTable.kind, WeightsTable.file, WeightsTable.hash, WeightsTable.size_bytes, WeightsTable.step)
        with self.reading() as connection:
            rows = connection.execute(query.where(WeightsTable.run_id == clean(run_id))).mappings()
            return {row["kind"]: KeptWeights(**row) for row in rows}

    def weights_file(self, run_id: str, kind: WeightsKind) -> bytes:
        """Return a safetensors file whose hash holds.

        Raises: UserError where there are no such weights, or the file is not what the run wrote.
        """
        kept = self.weights(run_id).get(kind)
        if kept is None:
            fix = "Train it again; weights are kept of runs that finish, up to GRADLOOM_WEIGHTS_LIMIT_MB."
            raise UserError(Problem("no_weights", "This run has left no weights.", fix))
        try:
            content = (self.home / FOLDER / kept.file).read_bytes()
        except OSError as error:
            message = f"The file of this run's weights cannot be read: {(error.strerror or 'it is not there').lower()}."
            fix = "Read it where it was trained, or have page and workers share one GRADLOOM_HOME."
            raise UserError(Problem("no_weights", message, fix)) from error
        if hashlib.sha256(content).hexdigest() != kept.hash:
            raise UserError(Problem("bad_weights", "The file of this run's weights was changed since it was written.", "Train it again."))
        return content


def write_weights(home: Path, run_id: str, epoch: int, event: Event) -> list[KeptWeights]:
    """Write the file of an event and return what the database is to know of it. The claim's epoch stands in the name: a worker that
    has lost the run to another one cannot overwrite the other's.

    Raises: OSError where the disk does not take it; nothing is left then.
    """
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{run_id}-{epoch}-{event.kinds[0]}.safetensors"
    unfinished = folder / f"{name}.part"
    try:
        with unfinished.open("wb") as file:
            file.write(event.content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(folder / name)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    digest = hashlib.sha256(event.content).hexdigest()
    return [KeptWeights(kind, name, digest, len(event.content), event.step) for kind in event.kinds]


def insert_weights(connection: Connection, run_id: str, kept: Sequence[KeptWeights]) -> None:
    """Enter files that were written, in the transaction that ends their run."""
    for each in kept:
        connection.execute(sa.insert(WeightsTable).values(run_id=run_id, **each.__dict__))


def delete_weights(home: Path, run_id: str, *, but: Iterable[KeptWeights] = (), epoch: int | None = None) -> None:
    """Delete the files of a run, or of one claim of it, but those named; what an attempt left that did not come to its end too."""
    spared = {each.file for each in but}
    for path in (home / FOLDER).glob(f"{run_id}-*" if epoch is None else f"{run_id}-{epoch}-*"):
        if path.name not in spared:
            path.unlink(missing_ok=True)
