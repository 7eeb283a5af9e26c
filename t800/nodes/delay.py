"""`delay`: wait before doing."""

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

__all__ = ["KIND", "RULE", "Delay"]


class Delay(Decorator):
    """RUNNING for so many seconds from its entry, then its child (tick time, R1)."""

    def __init__(self, name: str, child: Behaviour, seconds: Bound, frame: Frame) -> None:
        super().__init__(name, child)
        self.seconds = seconds
        self.frame = frame
        self.due = 0
        self._seconds = frame.function(seconds.source())

    def tick(self) -> Iterator[Behaviour]:
        ctx = self.frame.ctx
        self.feedback_message = ""
        if self.status != RUNNING:
            seconds = self._seconds()
            if seconds is None:
                self.feedback_message = f"unknown: {self.frame.function(self.seconds.unknown())()}"
                self.stop(FAILURE)
                yield self
                return
            self.due = ctx.tick + ctx.ticks(seconds)
            if self.decorated.status != Status.INVALID:
                self.decorated.stop(Status.INVALID)
        if ctx.tick < self.due:
            self.status = RUNNING
            yield self
        else:
            yield from super().tick()

    def update(self) -> Status:
        status: Status = self.decorated.status
        return status


def _make(parts: Parts) -> Delay:
    return Delay(parts.label, parts.child, parts.options["seconds"], parts.frame)


KIND = Kind(
    name="delay",
    doc="""Wait so many `seconds`, then tick the child.

    Use it to let something settle before acting on it. s seconds are ceil(s / dt) ticks from the entry
    tick, which is 0. (BehaviorTree.CPP's Delay.)

        delay: close_gripper
        seconds: 0.5""",
    body="child",
    make=_make,
    options={"seconds": True},
)


class DelayRule(DecoratorRule):
    """`memory` is the tick at which the child begins."""

    def remembers(self, node: Any) -> bool:
        return True

    def code(self, node: Any, w: Writer) -> None:
        index, slot, seconds = w.index(node), w.slot_of[w.index(node)], node.seconds
        child, end, word = w.index(node.decorated), w.end(node), "if"
        if seconds.expression is None:
            with w.block(f"if S[{index}] is not RUNNING:"):
                w.line(f"M[{slot}] = N + ctx.ticks({seconds.constant!r})")
                self._reset(child, end, w)
        else:
            known = w.local("t")
            w.line(f"{known} = 0.0")
            with w.block(f"if S[{index}] is not RUNNING and ({known} := {seconds.source()}) is not None:"):
                w.line(f"M[{slot}] = N + ctx.ticks({known})")
                self._reset(child, end, w)
            with w.block(f"if {known} is None:"):
                w.line(f"F[{index}] = 'unknown: ' + {seconds.unknown()}")
                w.line("r = FAILURE")
            word = "elif"
        with w.block(f"{word} N < M[{slot}]:"):
            w.line("r = RUNNING")
        with w.block("else:"):
            w.child(node.decorated)
        w.line(f"S[{index}] = r")

    def _reset(self, child: int, end: int, w: Writer) -> None:
        """What has ended must not look, while it is waited for, as if it had just been ticked."""
        with w.block(f"if S[{child}] is not INVALID:"):
            w.reset(child, end)

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is FAILURE else ""


RULE = DelayRule()
