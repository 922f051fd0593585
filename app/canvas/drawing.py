"""What one level of a network looks like now, and since which revision, so that a canvas is sent only what is new to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.canvas.fingerprint import Fingerprint
from app.canvas.own_blocks import own_blocks
from app.canvas.scope import Scope, copies_of
from app.canvas.views import Report, Views
from engine.check import Report as FullReport
from engine.check.levels import inside
from engine.graph.document import Definition, Graph


class Drawing:
    """Draw one level for the canvases that show it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.report: Report | None = None
        self.own: dict[str, Any] = {}
        self._own_since = -1
        self._views = Views()
        self._whole: Report | None = None
        self._definitions: Mapping[str, Definition] | None = None
        self._fingerprint = Fingerprint()

    def bring_up(self, graph: Graph, report: Report, revision: int) -> None:
        """Take what the check of the whole document found."""
        if self._whole is report and self._definitions is graph.definitions:
            return
        self._whole, self._definitions = report, graph.definitions
        self.report = report_at(graph, report, self.scope)
        level = graph.level(self.scope.definition)
        self._views.update(level, self.report, revision, lambda node: copies_of(report, self.scope.place, node))
        own = own_blocks(graph, self.scope.definition)
        if own != self.own:
            self.own, self._own_since = own, revision

    def hash(self, graph: Graph) -> str:
        """Return the fingerprint of this level of a document."""
        return self._fingerprint.of(graph.level(self.scope.definition))

    def since(self, revision: int) -> dict[str, Any]:
        """Return what a canvas that has seen a revision must be told; -1 for one that has seen nothing."""
        told: dict[str, Any] = {"views": self._views.since(revision)}
        return told | ({"own": self.own} if self._own_since > revision else {})


def report_at(graph: Graph, report: Report, scope: Scope) -> Report:
    """Return the report of one level: the whole one's, or that of the inside of a composite."""
    if scope.definition is None or not isinstance(report, FullReport):
        return report
    return inside(report, graph, scope.definition, scope.place)
