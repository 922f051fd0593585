"""Saved versions: what a graph was like when someone thought it worth keeping, with a name and a date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from blocks.problems import Problem, UserError
from engine.graph.document import Graph
from engine.graph.serialise import read_graph
from engine.store.graphs import new_id
from engine.store.sessions import Database, clean
from engine.store.tables import GraphVersionTable, SavedVersionTable, database_now

LONGEST_VERSION_NAME = 200


@dataclass(frozen=True)
class VersionSummary:
    """Name a saved version without its document. Times are seconds since 1970."""

    id: str
    graph_id: str
    graph_hash: str
    name: str
    created_at: float


@dataclass(frozen=True)
class VersionRow(VersionSummary):
    """Hold a saved version."""

    document: Mapping[str, Any]

    @cached_property
    def graph(self) -> Graph:
        """Return the document as a graph."""
        return read_graph(self.document)


_SUMMARY = (
    SavedVersionTable.id,
    SavedVersionTable.graph_id,
    SavedVersionTable.graph_hash,
    SavedVersionTable.name,
    SavedVersionTable.created_at,
)
_NEWEST_FIRST = (SavedVersionTable.created_at.desc(), SavedVersionTable.id)


class Versions(Database):
    """Save versions of graphs and find them again."""

    def save_version(self, graph_id: str, graph: Graph, name: str = "") -> tuple[VersionSummary, bool]:
        """Save a version under a name, or the next number; return it, and whether it is new.

        Where nothing has changed since the newest version, that one is returned.
        """
        version = {"hash": graph.content_hash, "document": graph.to_json(), "created_at": database_now()}
        of_graph = SavedVersionTable.graph_id == graph_id
        with self.writing() as connection:
            newest = connection.execute(sa.select(*_SUMMARY).where(of_graph).order_by(*_NEWEST_FIRST).limit(1)).mappings().one_or_none()
            if newest is not None and newest["graph_hash"] == graph.content_hash:
                return VersionSummary(**newest), False
            connection.execute(self.insert_once(GraphVersionTable, version))
            count = connection.execute(sa.select(sa.func.count()).where(of_graph)).scalar_one()
            row = {"id": new_id(), "graph_id": graph_id, "graph_hash": graph.content_hash}
            row["name"] = clean(name.strip() or f"Version {count + 1}", LONGEST_VERSION_NAME)
            connection.execute(sa.insert(SavedVersionTable).values(**row, created_at=_after_the_newest(graph_id)))
            saved = connection.execute(sa.select(*_SUMMARY).where(SavedVersionTable.id == row["id"])).mappings().one()
        return VersionSummary(**saved), True

    def versions(self, graph_id: str, limit: int = 200) -> list[VersionSummary]:
        """List a graph's saved versions, the newest first."""
        query = sa.select(*_SUMMARY).where(SavedVersionTable.graph_id == clean(graph_id)).order_by(*_NEWEST_FIRST).limit(limit)
        with self.reading() as connection:
            return [VersionSummary(**row) for row in connection.execute(query).mappings()]

    def version(self, id: str) -> VersionRow:
        """Return a saved version.

        Raises: UserError where there is none.
        """
        query = sa.select(*_SUMMARY, GraphVersionTable.document).join(
            GraphVersionTable, GraphVersionTable.hash == SavedVersionTable.graph_hash
        )
        with self.reading() as connection:
            row = connection.execute(query.where(SavedVersionTable.id == clean(id))).mappings().one_or_none()
        if row is None:
            raise _gone()
        return VersionRow(**row)

    def rename_version(self, id: str, name: str) -> None:
        """Give a saved version another name.

        Raises: UserError where there is none.
        """
        change = sa.update(SavedVersionTable).where(SavedVersionTable.id == clean(id)).values(name=clean(name, LONGEST_VERSION_NAME))
        with self.writing() as connection:
            if connection.execute(change).rowcount == 0:
                raise _gone()


def _after_the_newest(graph_id: str) -> sa.ColumnElement[float]:
    """Return the database's time, or just after the newest version where two are saved within one tick of its clock."""
    newest = sa.select(sa.func.coalesce(sa.func.max(SavedVersionTable.created_at), 0.0)).where(SavedVersionTable.graph_id == graph_id)
    later = newest.scalar_subquery() + 0.001
    return sa.case((database_now() > later, database_now()), else_=later)


def _gone() -> UserError:
    return UserError(Problem("no_such_version", "There is no such saved version.", "Choose another one from the list."))
