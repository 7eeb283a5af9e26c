"""`rate`: not more often than so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.decorators import Decorator

from t800.core import FAILURE, RUNNING, Status
from t800.nodes.decorator import DecoratorRule
from t800.nodes.frame import Bound, Frame
from t800.nodes.parts import Parts
from t800.nodes.writer import View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "Rate"]


class Rate(Decorator):
    """Begins its child at most once in so many seconds; RUNNING until then. When it is due outlives a halt."""

    def __init__(self, name: str, child: Behaviour, seconds: Bound, frame: Frame) -> None:
        super().__init__(name, child)
        self.seconds = seconds
        self.frame = frame
        self.due = 0
        self._seconds = frame.function(seconds.source())

    def tick(self) -> Iterator[Behaviour]:
        ctx = self.frame.ctx
        self.feedback_message = ""
        if self.decorated.status != RUNNING:
            if ctx.tick < self.due:
                if self.decorated.status != Status.INVALID:
                    self.decorated.stop(Status.INVALID)
                self.status = RUNNING
                yield self
                return
            seconds = self._seconds()
            if seconds is None:
                self.feedback_message = f"unknown: {self.frame.function(self.seconds.unknown())()}"
                self.stop(FAILURE)
                yield self
                return
            self.due = ctx.tick + ctx.ticks(seconds)
        yield from super().tick()

    def update(self) -> Status:
        status: Status = self.decorated.status
        return status


def _make(parts: Parts) -> Rate:
    return Rate(parts.label, parts.child, parts.options["seconds"], parts.frame)


KIND = Kind(
    name="rate",
    doc="""Begin the child at most once in so many `seconds`; RUNNING while it is not due.

    Use it for what costs much and need not be fresh every tick: plan anew once a second. Once begun, the
    child is ticked to its end. When it is due next outlives failure and halt. (Nav2's RateController,
    with a period instead of a frequency.)

        rate: plan_path
        seconds: 1.0""",
    body="child",
    make=_make,
    options={"seconds": True},
)


class RateRule(DecoratorRule):
    """`memory` is the tick at which it is due."""

    def remembers(self, node: Any) -> bool:
        return True

    def code(self, node: Any, w: Writer) -> None:
        index, slot, seconds = w.index(node), w.slot_of[w.index(node)], node.seconds
        child, end, value = w.index(node.decorated), w.end(node), w.local("t")
        with w.block(f"if S[{child}] is not RUNNING and N < M[{slot}]:"):
            with w.block(f"if S[{child}] is not INVALID:"):
                w.reset(child, end)
            w.line("r = RUNNING")
        with w.block("else:"):
            w.line(f"{value} = 0.0")
            with w.block(f"if S[{child}] is not RUNNING and ({value} := {seconds.source()}) is not None:"):
                w.line(f"M[{slot}] = N + ctx.ticks({value})")
            if seconds.expression is not None:
                with w.block(f"if {value} is None:"):
                    w.line(f"F[{index}] = 'unknown: ' + {seconds.unknown()}")
                    w.line("r = FAILURE")
                with w.block("else:"):
                    w.child(node.decorated)
            else:
                w.child(node.decorated)
        w.line(f"S[{index}] = r")

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is FAILURE else ""


RULE = RateRule()
