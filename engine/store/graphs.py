"""Graphs on the user's desk: saved as they are edited, by compare-and-set on a revision, so that two windows never overwrite each other."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from blocks.problems import Problem, UserError
from engine.graph.document import Graph
from engine.graph.serialise import read_graph
from engine.store.sessions import Database, clean
from engine.store.tables import GraphTable, database_now


@dataclass(frozen=True)
class GraphSummary:
    """Name a saved graph without its document. Times are seconds since 1970."""

    id: str
    name: str
    revision: int
    created_at: float
    updated_at: float


@dataclass(frozen=True)
class GraphRow(GraphSummary):
    """Hold a saved graph."""

    document: Mapping[str, Any]
    setup: Mapping[str, Any] | None = None
    """The data and the recipe it is to be trained with next, as plain JSON; None where nobody has chosen yet."""

    @cached_property
    def graph(self) -> Graph:
        """Return the document as a graph."""
        return read_graph(self.document)


_SUMMARY = (GraphTable.id, GraphTable.name, GraphTable.revision, GraphTable.created_at, GraphTable.updated_at)


def new_id() -> str:
    """Return a short random name for a row, fit for an address line."""
    return secrets.token_hex(8)


class Graphs(Database):
    """Save, read and delete graphs."""

    def create_graph(self, graph: Graph, setup: Mapping[str, Any] | None = None) -> GraphRow:
        """Save a new graph, at revision 1."""
        id = new_id()
        values = {"id": id, "name": clean(graph.name), "document": graph.to_json(), "setup": setup, "revision": 1}
        with self.writing() as connection:
            connection.execute(sa.insert(GraphTable).values(**values, created_at=database_now(), updated_at=database_now()))
        return self.graph(id)

    def graphs(self, limit: int = 200) -> list[GraphSummary]:
        """List saved graphs, the one touched last first."""
        newest_first = (GraphTable.updated_at.desc(), GraphTable.id)
        query = sa.select(*_SUMMARY).where(GraphTable.deleted_at.is_(None)).order_by(*newest_first).limit(limit)
        with self.reading() as connection:
            return [GraphSummary(**row) for row in connection.execute(query).mappings()]

    def graph(self, id: str) -> GraphRow:
        """Return a saved graph.

        Raises: UserError where there is none, or it was deleted.
        """
        query = sa.select(*_SUMMARY, GraphTable.document, GraphTable.setup).where(
            GraphTable.id == clean(id), GraphTable.deleted_at.is_(None)
        )
        with self.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise _gone()
        return GraphRow(**row)

    def save_graph(self, id: str, graph: Graph, expected_revision: int) -> int:
        """Save a graph over the revision it was made from, and return its new revision.

        Raises: UserError with code "stale" where another window saved in between; with "no_such_graph" where it was deleted.
        """
        living = (GraphTable.id == id, GraphTable.deleted_at.is_(None))
        document = sa.type_coerce(graph.to_text(), sa.Text)  # written already: a large graph is saved with each edit
        change = (
            sa.update(GraphTable)
            .where(*living, GraphTable.revision == expected_revision)
            .values(name=clean(graph.name), document=document, revision=expected_revision + 1, updated_at=database_now())
        )
        with self.writing() as connection:
            if connection.execute(change).rowcount == 1:
                return expected_revision + 1
            found = connection.execute(sa.select(GraphTable.revision).where(*living)).scalar()
        if found is None:
            raise _gone()
        raise UserError(
            Problem(
                "stale",
                f"The network was changed in another window: this one has revision {expected_revision}, saved is revision {found}.",
                "Open the saved one, or save yours as a copy.",
                expected=str(found),
                received=str(expected_revision),
            )
        )

    def save_setup(self, id: str, setup: Mapping[str, Any]) -> None:
        """Save what a graph is to be trained with next; the graph and its revision stay as they are.

        Raises: UserError where there is no such graph.
        """
        change = sa.update(GraphTable).where(GraphTable.id == id, GraphTable.deleted_at.is_(None)).values(setup=dict(setup))
        with self.writing() as connection:
            if connection.execute(change).rowcount == 0:
                raise _gone()

    def delete_graph(self, id: str) -> None:
        """Take a graph off the desk. Runs keep the versions they trained.

        Raises: UserError where there is none.
        """
        change = sa.update(GraphTable).where(GraphTable.id == id, GraphTable.deleted_at.is_(None)).values(deleted_at=database_now())
        with self.writing() as connection:
            if connection.execute(change).rowcount == 0:
                raise _gone()


def _gone() -> UserError:
    return UserError(Problem("no_such_graph", "There is no such saved network.", "It may have been deleted: choose another one."))
