"""`cooldown`: not again so soon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, RUNNING, Status
from t800.nodes.timed import Timed, TimedRule
from t800.nodes.writer import Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "Cooldown"]


class Cooldown(Timed):
    """Fails for so many seconds after its child ended; that time outlives a halt. An unknown time is none."""

    def tick(self) -> Iterator[Behaviour]:
        self.feedback_message = ""
        if self.status != RUNNING and self.frame.ctx.tick < self.until:
            self.feedback_message = "cooling down"
            self.stop(FAILURE)
            yield self
        else:
            yield from super().tick()

    def update(self) -> Status:
        status: Status = self.decorated.status
        if status != RUNNING:
            self.begin()
            self.feedback_message = ""
        return status


KIND = Kind(
    name="cooldown",
    doc="""Tick the child; after it has ended, fail for so many `seconds` without ticking it.

    Use it in a selector for what must not be done too often: shout, jump, ask again. A halt does not
    start the time, and does not end it; an unknown time is none.

        cooldown: shout
        seconds: 10.0""",
    body="child",
    make=Cooldown.of,
    options={"seconds": True},
)


class CooldownRule(TimedRule):
    """The time begins with the child's end."""

    def code(self, node: Any, w: Writer) -> None:
        index = w.index(node)
        slot = w.slot_of[index]
        with w.block(f"if S[{index}] is not RUNNING and N < M[{slot}]:"):
            w.line(f"F[{index}] = 'cooling down'")
            w.line("r = FAILURE")
        with w.block("else:"):
            w.child(node.decorated)
            with w.block("if r is not RUNNING:"):
                seconds = node.seconds.source()
                with w.block(f"if (v := {seconds}) is not None:"):
                    w.line(f"M[{slot}] = N + ctx.ticks(v)")
        w.line(f"S[{index}] = r")


RULE = CooldownRule()
