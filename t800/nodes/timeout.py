"""`timeout`: give up what takes too long."""

from __future__ import annotations

from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.decorators import Decorator

from t800.core import FAILURE, RUNNING, Status
from t800.nodes.decorator import DecoratorRule
from t800.nodes.frame import Bound, Frame
from t800.nodes.writer import View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "Timeout"]


class Timeout(Decorator):
    """Fails when its child still runs `seconds` after the tick it was entered in (tick time, R1).

    The child is ticked first: an end on the last tick counts. An unknown number of seconds fails at once.
    """

    def __init__(self, name: str, child: Behaviour, seconds: Bound, frame: Frame) -> None:
        super().__init__(name, child)
        self.seconds = seconds
        self.frame = frame
        self.deadline = 0
        self._seconds = frame.function(seconds.source())

    def tick(self) -> Any:
        if self.status != RUNNING:
            seconds = self._seconds()
            if seconds is None:
                self.feedback_message = f"unknown: {self.frame.function(self.seconds.unknown())()}"
                self.stop(FAILURE)
                yield self
                return
            self.deadline = self.frame.ctx.tick + self.frame.ctx.ticks(seconds)
        yield from super().tick()

    def update(self) -> Status:
        status: Status = self.decorated.status
        self.feedback_message = ""
        if status == RUNNING and self.frame.ctx.tick >= self.deadline:
            self.feedback_message = "timed out"
            self.decorated.stop(Status.INVALID)
            return FAILURE
        return status


KIND = Kind(
    name="timeout",
    doc="""Fail when the child still runs `seconds` after it was entered, and halt it.

    Use it around anything that may never end. s seconds are ceil(s / dt) ticks, the entry tick being 0;
    the child is ticked first, so an end on the last tick counts. The time is tick time, never a clock.

        timeout:
          open: {what: $door}
        seconds: 5.0""",
    body="child",
    make=lambda parts: Timeout(parts.label, parts.child, parts.options["seconds"], parts.frame),
    options={"seconds": True},
)


class TimeoutRule(DecoratorRule):
    """`memory` is the tick at which it is over."""

    def remembers(self, node: Any) -> bool:
        return True

    def code(self, node: Any, w: Writer) -> None:
        index, slot, seconds = w.index(node), w.slot_of[w.index(node)], node.seconds
        child, end = w.index(node.decorated), w.end(node)
        known = w.local("t")
        with w.block(f"if S[{index}] is not RUNNING:"):
            if seconds.expression is None:
                w.line(f"M[{slot}] = N + ctx.ticks({seconds.constant!r})")
            else:
                w.line(f"{known} = {seconds.source()}")
                with w.block(f"if {known} is not None:"):
                    w.line(f"M[{slot}] = N + ctx.ticks({known})")
        if seconds.expression is None:
            self._tick(node, index, slot, child, end, w)
        else:
            with w.block(f"if S[{index}] is not RUNNING and {known} is None:"):
                w.line(f"F[{index}] = 'unknown: ' + {seconds.unknown()}")
                w.line("r = FAILURE")
            with w.block("else:"):
                self._tick(node, index, slot, child, end, w)
        w.line(f"S[{index}] = r")

    def _tick(self, node: Any, index: int, slot: int, child: int, end: int, w: Writer) -> None:
        w.child(node.decorated)
        with w.block(f"if r is RUNNING and N >= M[{slot}]:"):
            w.line(f"F[{index}] = 'timed out'")
            w.halt(child, end)
            w.line("r = FAILURE")

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is FAILURE else ""


RULE = TimeoutRule()
