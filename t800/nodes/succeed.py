"""`succeed`: succeed at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from py_trees.behaviours import Success

from t800.nodes.writer import Rule, View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="succeed",
    doc="""Succeed at once.

    Use it as the last child of a selector whose failing does not matter.

        succeed""",
    body="ports",
    make=lambda parts: Success(parts.label),
)


class SuccessRule(Rule):
    """One assignment."""

    def code(self, node: Any, w: Writer) -> None:
        w.line(f"S[{w.index(node)}] = r = SUCCESS")

    def bare(self, node: Any) -> bool:
        return True

    def bare_code(self, node: Any, w: Writer, otherwise: Callable[[], None]) -> None:
        w.line("pass")  # a line of its own, by which `why` sees that it was ticked

    def feedback(self, node: Any, view: View) -> str:
        return "success" if view.status(node).name == "SUCCESS" else ""


RULE = SuccessRule()
