"""`fail`: fail at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from py_trees.behaviours import Failure

from t800.nodes.writer import Rule, View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="fail",
    doc="""Fail at once.

    Use it to give up on purpose: a branch that must not count as done.

        fail""",
    body="ports",
    make=lambda parts: Failure(parts.label),
)


class FailureRule(Rule):
    """One assignment."""

    def code(self, node: Any, w: Writer) -> None:
        w.line(f"S[{w.index(node)}] = r = FAILURE")

    def bare(self, node: Any) -> bool:
        return True

    def bare_code(self, node: Any, w: Writer, otherwise: Callable[[], None]) -> None:
        w.line("r = FAILURE")
        otherwise()

    def feedback(self, node: Any, view: View) -> str:
        return "failure" if view.status(node).name == "FAILURE" else ""


RULE = FailureRule()
