"""`wait`: let time pass."""

from __future__ import annotations

from typing import Any

from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.nodes.frame import Bound, Frame, Leaf
from t800.nodes.writer import Rule, View, Writer
from t800.registry import Port
from t800.spec.kind import Kind
from t800.types import FLOAT

__all__ = ["KIND", "RULE", "Wait"]


class Wait(Leaf):
    """RUNNING until so many seconds after the tick it was entered in, then SUCCESS (tick time, R1)."""

    def __init__(self, name: str, lasts: Bound, frame: Frame) -> None:
        super().__init__(name, frame)
        self.lasts = lasts
        self.until = 0
        self._lasts = frame.function(lasts.source())

    def update(self) -> Status:
        ctx = self.frame.ctx
        self.feedback_message = ""
        if self.status != RUNNING:
            lasts = self._lasts()
            if lasts is None:
                self.feedback_message = f"unknown: {self.frame.function(self.lasts.unknown())()}"
                return FAILURE
            self.until = ctx.tick + ctx.ticks(lasts)
        return SUCCESS if ctx.tick >= self.until else RUNNING


KIND = Kind(
    name="wait",
    doc="""RUNNING for so many seconds, then SUCCESS.

    Use it to let time pass between two steps; for something to become true, take `wait_until`.

    s seconds are ceil(s / dt) ticks, the entry tick being 0: `wait: 0.0` succeeds at once.

        wait: 2.0""",
    body="ports",
    make=lambda parts: Wait(parts.label, parts.arguments["lasts"], parts.frame),
    ports={"lasts": Port("lasts", FLOAT)},
    positional="lasts",
)


class WaitRule(Rule):
    """`memory` is the tick at which it is over."""

    def remembers(self, node: Any) -> bool:
        return True

    def code(self, node: Any, w: Writer) -> None:
        index, slot, lasts = w.index(node), w.slot_of[w.index(node)], node.lasts
        if lasts.expression is None:
            with w.block(f"if S[{index}] is not RUNNING:"):
                w.line(f"M[{slot}] = N + ctx.ticks({lasts.constant!r})")
            w.line(f"S[{index}] = r = SUCCESS if N >= M[{slot}] else RUNNING")
            return
        with w.block(f"if S[{index}] is not RUNNING and (v := {lasts.source()}) is None:"):
            w.line(f"F[{index}] = 'unknown: ' + {lasts.unknown()}")
            w.line("r = FAILURE")
        with w.block("else:"):
            with w.block(f"if S[{index}] is not RUNNING:"):
                w.line(f"M[{slot}] = N + ctx.ticks(v)")
            w.line(f"r = SUCCESS if N >= M[{slot}] else RUNNING")
        w.line(f"S[{index}] = r")

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is FAILURE else ""


RULE = WaitRule()
