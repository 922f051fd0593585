"""What can be wrong with what a user made, said in the user's words: where, expected, received, and the fix."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal


@dataclass(frozen=True)
class Problem:
    """Describe one mistake and its remedy.

    `message` is one sentence with where, expected and received; `fix` is one sentence that says what to do.
    `node`, `port` and `parameter` say where on the canvas or in the form the sentence belongs.
    """

    code: str
    message: str
    fix: str
    node: str | None = None
    port: str | None = None
    parameter: str | None = None
    expected: str | None = None
    received: str | None = None
    severity: Literal["error", "warning"] = "error"
    """A warning is said but stops nothing."""
    inside: str | None = None
    """Where the mistake is within a composite: the path of the node, as in `Expanded`. `node` is then the composite on the canvas."""

    def at(self, node: str) -> Problem:
        """Return the same problem, placed on a node."""
        return replace(self, node=node)

    def to_json(self) -> dict[str, Any]:
        """Return the problem as plain JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()


class UserError(Exception):
    """Carry one or more problems of the user's own making to the place that shows them.

    Anything else that is raised is our mistake, not the user's.
    """

    def __init__(self, *problems: Problem) -> None:
        assert problems, "a UserError without a problem says nothing"
        self.problems = problems
        super().__init__(" ".join(str(problem) for problem in problems))
