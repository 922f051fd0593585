"""Networks on the user's desk: opened into an editing session, created, copied, read from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app import setups
from app.canvas import Session, forget, session_for
from app.canvas.level import Level
from app.services import store
from app.setups import Setup
from engine.check import Report, check
from engine.graph.document import Graph
from engine.graph.serialise import read_graph
from engine.library import FIRST_TEMPLATE, ready, template

NEW_NAME = "Untitled network"


@dataclass
class _Saved:
    """Save one graph over the revision it was read at."""

    graph_id: str
    revision: int = 0

    def load(self) -> Graph:
        row = store().graph(self.graph_id)
        self.revision = row.revision
        return row.graph

    def save(self, graph: Graph) -> None:
        self.revision = store().save_graph(self.graph_id, graph, self.revision)


def session(graph_id: str) -> Session:
    """Return the editing session of a saved network.

    Raises:
        UserError: where there is no such network.
    """
    saved = _Saved(graph_id)
    return session_for(graph_id, saved.load, saved.save, check)


def report(session: Session | Level) -> Report:
    """Return what the check found: the canvas asks for less of it than the pages do."""
    found = session.report
    assert isinstance(found, Report), f"sessions of the desk are checked by engine.check, not by what gives a {type(found).__name__}"
    return found


def last_or_first() -> str:
    """Return the id of the network that was touched last; on a first visit, of a LeNet-5 ready to train on digits."""
    saved = store().graphs(limit=1)
    return saved[0].id if saved else from_template(FIRST_TEMPLATE)


def from_template(name: str, settings: Mapping[str, int] | None = None) -> str:
    """Put a ready network on the desk and return its id: as it trains on its data, or at these settings, the others as published.

    Raises:
        UserError: where a setting is out of its bounds.
    """
    return create(ready(name) if settings is None else template(name, settings), setups.of_template(name))


def create(graph: Graph | None = None, setup: Setup | None = None) -> str:
    """Put a network on the desk, an empty one where none is given, and return its id."""
    return store().create_graph(graph or Graph(name=NEW_NAME), setup.to_json() if setup else None).id


def read_upload(content: bytes) -> str:
    """Put an uploaded network on the desk and return its id.

    Raises:
        UserError: where the file is no network, with what is wrong in it.
    """
    return create(read_graph(content.decode("utf-8", "replace")))


def delete(graph_id: str) -> None:
    """Take a network off the desk; its runs keep the versions they trained."""
    store().delete_graph(graph_id)
    forget(graph_id)


def reopen(graph_id: str) -> None:
    """Forget what this process holds of a network, so that it is read anew."""
    forget(graph_id)
