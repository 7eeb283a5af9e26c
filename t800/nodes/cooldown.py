"""`cooldown`: not again so soon."""

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

__all__ = ["KIND", "RULE", "Cooldown"]


class Cooldown(Decorator):
    """Fails for so many seconds after its child ended; that time outlives a halt."""

    def __init__(self, name: str, child: Behaviour, seconds: Bound, frame: Frame) -> None:
        super().__init__(name, child)
        self.seconds = seconds
        self.frame = frame
        self.until = 0
        self._seconds = frame.function(seconds.source())

    def tick(self) -> Iterator[Behaviour]:
        self.feedback_message = ""
        if self.status != RUNNING and self.frame.ctx.tick < self.until:
            self.feedback_message = "cooling down"
            self.stop(FAILURE)
            yield self
            return
        yield from super().tick()

    def update(self) -> Status:
        status: Status = self.decorated.status
        if status != RUNNING:
            seconds = self._seconds()
            self.until = self.frame.ctx.tick + (0 if seconds is None else self.frame.ctx.ticks(seconds))
        return status


def _make(parts: Parts) -> Cooldown:
    return Cooldown(parts.label, parts.child, parts.options["seconds"], parts.frame)


KIND = Kind(
    name="cooldown",
    doc="""Tick the child; after it has ended, fail for so many `seconds` without ticking it.

    Use it in a selector for what must not be done too often: shout, jump, ask again. A halt does not
    start the time, and does not end it; an unknown time is none.

        cooldown: shout
        seconds: 10.0""",
    body="child",
    make=_make,
    options={"seconds": True},
)


class CooldownRule(DecoratorRule):
    """`memory` is the tick until which it fails."""

    def remembers(self, node: Any) -> bool:
        return True

    def code(self, node: Any, w: Writer) -> None:
        index, slot = w.index(node), w.slot_of[w.index(node)]
        with w.block(f"if S[{index}] is not RUNNING and N < M[{slot}]:"):
            w.line(f"F[{index}] = 'cooling down'")
            w.line("r = FAILURE")
        with w.block("else:"):
            w.child(node.decorated)
            with w.block("if r is not RUNNING:"):
                w.line(f"M[{slot}] = N + (0 if (v := {node.seconds.source()}) is None else ctx.ticks(v))")
        w.line(f"S[{index}] = r")

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is FAILURE else ""


RULE = CooldownRule()
