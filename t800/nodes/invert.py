"""`invert`: success becomes failure, and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from py_trees.decorators import Inverter

from t800.nodes.decorator import DecoratorRule
from t800.nodes.writer import View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="invert",
    doc="""Swap the child's SUCCESS and FAILURE; RUNNING stays.

    Use it around skills. Directly over a `check` it is refused: what is unknown fails the check, and
    would succeed inverted; write `check: not (...)` instead, where unknown stays unknown.

        invert:
          find: {who: $hunter}""",
    body="child",
    make=lambda parts: Inverter(parts.label, parts.child),
)


class InvertRule(DecoratorRule):
    """Swaps `r`."""

    def code(self, node: Any, w: Writer) -> None:
        w.child(node.decorated)
        with w.block("if r is SUCCESS:"):
            w.line("r = FAILURE")
        with w.block("elif r is FAILURE:"):
            w.line("r = SUCCESS")
        w.line(f"S[{w.index(node)}] = r")

    def code_or(self, node: Any, w: Writer, go_on: str, otherwise: Callable[[], None]) -> None:
        index, turned = w.index(node), {"SUCCESS": "FAILURE", "FAILURE": "SUCCESS"}[go_on]

        def turn() -> None:
            inner, w.owner = w.owner, index
            with w.block(f"if r is {go_on}:"):
                w.line(f"r = {turned}")
            w.line(f"S[{index}] = r")
            w.owner = inner
            otherwise()

        w.child_or(node.decorated, turned, turn)
        w.line(f"S[{index}] = r = {go_on}")

    def feedback(self, node: Any, view: View) -> str:
        status = view.status(node)
        if status.name == "FAILURE":
            return "success -> failure"
        if status.name == "SUCCESS":
            return "failure -> success"
        return view.feedback(node.decorated) if status.name == "RUNNING" else ""


RULE = InvertRule()
