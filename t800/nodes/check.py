"""`check`: is something known to be true?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from t800.core import FAILURE, SUCCESS, Status
from t800.expressions import Expression
from t800.nodes.frame import Condition, Frame, Leaf
from t800.nodes.writer import Rule, View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "Check"]


class Check(Leaf):
    """SUCCESS if the expression is known to be true, else FAILURE; feedback says what was unknown (R17)."""

    def __init__(self, name: str, expression: Expression, frame: Frame) -> None:
        super().__init__(name, frame)
        self.condition = Condition(expression, frame)

    def update(self) -> Status:
        holds = self.condition.holds()
        self.feedback_message = "" if holds else self.condition.feedback()
        return SUCCESS if holds else FAILURE


KIND = Kind(
    name="check",
    doc="""SUCCESS if the expression is known to be true, FAILURE if it is false or unknown.

    Use it as a step of a sequence or selector; where it only guards one node, `if` or `while` on that
    node reads better.

        check: threat.distance < 12.0 and not threat.armed""",
    body="expression",
    make=lambda parts: Check(parts.label, parts.expression, parts.frame),
)


class CheckRule(Rule):
    """Inlines the expression."""

    def code(self, node: Any, w: Writer) -> None:
        index, expression = w.index(node), node.condition.expression
        with w.block(f"if {expression.true()}:"):
            w.line(f"S[{index}] = r = SUCCESS")
        with w.block("else:"):
            w.line(f"S[{index}] = r = FAILURE")
            w.note_unknown(index, expression)

    def code_or(self, node: Any, w: Writer, go_on: str, otherwise: Callable[[], None]) -> None:
        index, expression = w.index(node), node.condition.expression
        with w.block(f"if {expression.true()}:"):
            w.line(f"S[{index}] = r = SUCCESS")
            if go_on == "FAILURE":
                otherwise()
        with w.block("else:"):
            w.line(f"S[{index}] = r = FAILURE")
            w.note_unknown(index, expression)
            if go_on == "SUCCESS":
                otherwise()

    def bare(self, node: Any) -> bool:
        return True

    def bare_code(self, node: Any, w: Writer, otherwise: Callable[[], None]) -> None:
        index, expression = w.index(node), node.condition.expression
        with w.block(f"if not {expression.true()}:"):
            w.line("r = FAILURE")
            w.note_unknown(index, expression)
            otherwise()

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is FAILURE else ""


RULE = CheckRule()
