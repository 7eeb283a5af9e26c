"""`running`: run for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from py_trees.behaviours import Running

from t800.nodes.writer import Rule, View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="running",
    doc="""Run for ever.

    Use it to hold a branch: whoever is above decides when it ends.

        running""",
    body="ports",
    make=lambda parts: Running(parts.label),
)


class RunningRule(Rule):
    """One assignment."""

    def code(self, node: Any, w: Writer) -> None:
        w.line(f"S[{w.index(node)}] = r = RUNNING")

    def bare(self, node: Any) -> bool:
        return True

    def bare_code(self, node: Any, w: Writer, otherwise: Callable[[], None]) -> None:
        w.line("r = RUNNING")
        otherwise()

    def feedback(self, node: Any, view: View) -> str:
        return "running" if view.status(node).name == "RUNNING" else ""


RULE = RunningRule()
