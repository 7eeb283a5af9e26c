"""What the decorators share that hold a number of seconds, counted in ticks (R1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.decorators import Decorator

from t800.core import FAILURE, Status
from t800.nodes.decorator import DecoratorRule
from t800.nodes.frame import Bound, Frame
from t800.nodes.parts import Parts
from t800.nodes.writer import View, Writer

__all__ = ["Timed", "TimedRule"]


class Timed(Decorator):
    """A decorator over `seconds`; `until` is the tick that they lead to, from wherever they were begun."""

    def __init__(self, name: str, child: Behaviour, seconds: Bound, frame: Frame) -> None:
        super().__init__(name, child)
        self.seconds = seconds
        self.frame = frame
        self.until = 0
        self._seconds = frame.function(seconds.source())

    @classmethod
    def of(cls, parts: Parts) -> Timed:
        """One made of the parts of a node."""
        return cls(parts.label, parts.child, parts.options["seconds"], parts.frame)

    def begin(self) -> bool:
        """Count the seconds from now; False, and a feedback that says why, if it is unknown how many."""
        seconds = self._seconds()
        if seconds is None:
            self.feedback_message = f"unknown: {self.frame.function(self.seconds.unknown())()}"
            return False
        self.until = self.frame.ctx.tick + self.frame.ctx.ticks(seconds)
        return True

    def update(self) -> Status:
        status: Status = self.decorated.status
        return status


class TimedRule(DecoratorRule):
    """`memory` is the tick that the seconds lead to."""

    def remembers(self, node: Any) -> bool:
        return True

    def begin(
        self, node: Any, w: Writer, when: str, body: Callable[[], None], then: Callable[[], None] = lambda: None
    ) -> None:
        """Count the seconds from now, if `when`, and do `then`; `body` follows, or FAILURE if they are unknown."""
        index, seconds, value = w.index(node), node.seconds, w.local("t")
        slot = w.slot_of[index]
        if seconds.expression is None:
            with w.block(f"if {when}:"):
                w.line(f"M[{slot}] = N + ctx.ticks({seconds.constant!r})")
                then()
            body()
            return
        w.line(f"{value} = 0.0")
        with w.block(f"if {when} and ({value} := {seconds.source()}) is not None:"):
            w.line(f"M[{slot}] = N + ctx.ticks({value})")
            then()
        with w.block(f"if {value} is None:"):
            w.line(f"F[{index}] = 'unknown: ' + {seconds.unknown()}")
            w.line("r = FAILURE")
        with w.block("else:"):
            body()

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is FAILURE else ""
