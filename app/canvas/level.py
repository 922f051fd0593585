"""One level of a network that is edited: what inspector and forms work with, be it the network itself or the inside of a composite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.canvas.repair import Find
from app.canvas.scope import Scope, lifted
from app.canvas.views import Report
from blocks.problems import Problem
from engine.fixes import Fix
from engine.graph.document import Definition, Graph
from engine.graph.edits import Edit

if TYPE_CHECKING:
    from app.canvas.session import Session


class Level:
    """Edit one level of a session's document as if it were the whole of it."""

    def __init__(self, session: Session, scope: Scope, client: str | None = None) -> None:
        self.session = session
        self.scope = scope
        self._client = client

    @property
    def graph_id(self) -> str:
        """Return what tells this level's blocks apart from those of every other."""
        return self.session.graph_id if self.scope.definition is None else f"{self.session.graph_id}/{self.scope.definition}"

    @property
    def document(self) -> Graph:
        """Return the whole document."""
        return self.session.graph

    @property
    def graph(self) -> Graph:
        """Return the blocks and wires of this level, with all definitions at hand."""
        return self.session.graph.level(self.scope.definition)

    @property
    def definition(self) -> Definition | None:
        """Return the definition whose inside this is, None for the network itself."""
        return self.session.graph.definitions.get(self.scope.definition) if self.scope.definition is not None else None

    @property
    def report(self) -> Report:
        """Return what checking found at this level, with the shapes of the copy that is looked at."""
        return self.session.report_at(self.scope)

    def edit(self, edit: Edit, label: str = "") -> None:
        """Make an edit of this level and save.

        Raises:
            UserError: where it does not fit the document as it is now; nothing has changed then.
        """
        self.session.edit(lifted(edit, self.scope.definition), label)

    def open(self, node: str | None) -> None:
        """Have the canvas that shows this level go into a composite, or (None) back to the level above."""
        if self._client is not None:
            self.session.lead(self._client, node)

    def offers(self, problem: Problem) -> tuple[Fix, ...]:
        """Return the fixes of a problem. Inside a composite none are looked for: they would have to suit every use of it."""
        return self.session.offers(problem) if self.scope.definition is None else ()

    def solve(self, problem: Problem, label: str, find: Find | None = None) -> None:
        """Make the fix of that name, as one step of undo, and save.

        Raises:
            UserError: where the problem is gone, or the fix solves it no more; nothing has changed then.
        """
        self.session.solve(problem, label, find)
