"""`timeout`: give up what takes too long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, RUNNING, Status
from t800.nodes.timed import Timed, TimedRule
from t800.nodes.writer import Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "Timeout"]


class Timeout(Timed):
    """Fails when its child still runs `seconds` after the tick it was entered in.

    The child is ticked first: an end on the last tick counts. An unknown number of seconds fails at once.
    """

    def tick(self) -> Iterator[Behaviour]:
        self.feedback_message = ""
        if self.status != RUNNING and not self.begin():
            self.stop(FAILURE)
            yield self
        else:
            yield from super().tick()

    def update(self) -> Status:
        status: Status = self.decorated.status
        if status == RUNNING and self.frame.ctx.tick >= self.until:
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
    make=Timeout.of,
    options={"seconds": True},
)


class TimeoutRule(TimedRule):
    """Ticks, then looks at the time."""

    def code(self, node: Any, w: Writer) -> None:
        index = w.index(node)
        self.begin(node, w, f"S[{index}] is not RUNNING", lambda: self._tick(node, w))
        w.line(f"S[{index}] = r")

    def _tick(self, node: Any, w: Writer) -> None:
        index = w.index(node)
        w.child(node.decorated)
        with w.block(f"if r is RUNNING and N >= M[{w.slot_of[index]}]:"):
            w.line(f"F[{index}] = 'timed out'")
            w.halt(index + 1, w.end(node))
            w.line("r = FAILURE")


RULE = TimeoutRule()
