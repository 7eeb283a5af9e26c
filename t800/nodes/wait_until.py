"""`wait_until`: wait for something to become true."""

from __future__ import annotations

from typing import Any

from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.expressions import Expression
from t800.nodes.frame import Bound, Condition, Frame, Leaf
from t800.nodes.parts import Parts
from t800.nodes.writer import Rule, View, Writer
from t800.spec.kind import Field, Kind
from t800.types import FLOAT

__all__ = ["KIND", "RULE", "WaitUntil"]


class WaitUntil(Leaf):
    """RUNNING until the expression is known to be true; FAILURE once it has waited longer than `at_most`."""

    def __init__(self, name: str, when: Expression, at_most: Bound | None, frame: Frame) -> None:
        super().__init__(name, frame)
        self.when = Condition(when, frame)
        self.at_most = at_most
        self.until = 0
        self._at_most = None if at_most is None else frame.function(at_most.source())

    def update(self) -> Status:
        ctx = self.frame.ctx
        self.feedback_message = ""
        if self._at_most is not None and self.status != RUNNING:
            seconds = self._at_most()
            self.until = ctx.tick + (0 if seconds is None else ctx.ticks(seconds))
        if self.when.holds():
            return SUCCESS
        if self._at_most is not None and ctx.tick >= self.until:
            self.feedback_message = "waited too long"
            return FAILURE
        self.feedback_message = self.when.feedback()
        return RUNNING


def _make(parts: Parts) -> WaitUntil:
    return WaitUntil(parts.label, parts.fields["when"], parts.fields.get("at_most"), parts.frame)


KIND = Kind(
    name="wait_until",
    doc="""RUNNING until the expression is known to be true, then SUCCESS; FAILURE after `at_most` seconds.

    Use it between steps that depend on the world: wait until the door is open. It asks before it looks at
    the time, so an end on the last tick counts. An unknown `at_most` is no time at all.

        wait_until: {when: door_open, at_most: 5.0}""",
    body="fields",
    make=_make,
    fields={"when": Field("condition"), "at_most": Field("value", required=False, type=FLOAT)},
    positional="when",
)


class WaitUntilRule(Rule):
    """`memory` is the tick at which it has waited too long."""

    def remembers(self, node: Any) -> bool:
        return True

    def code(self, node: Any, w: Writer) -> None:
        index, slot, expression = w.index(node), w.slot_of[w.index(node)], node.when.expression
        if node.at_most is not None:
            with w.block(f"if S[{index}] is not RUNNING:"):
                w.line(f"M[{slot}] = N + (0 if (v := {node.at_most.source()}) is None else ctx.ticks(v))")
        w.line(f"F.pop({index}, None)")
        with w.block(f"if {expression.true()}:"):
            w.line("r = SUCCESS")
        if node.at_most is not None:
            with w.block(f"elif N >= M[{slot}]:"):
                w.line(f"F[{index}] = 'waited too long'")
                w.line("r = FAILURE")
        with w.block("else:"):
            w.line("r = RUNNING")
            w.note_unknown(index, expression)
        w.line(f"S[{index}] = r")

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is not SUCCESS else ""


RULE = WaitUntilRule()
