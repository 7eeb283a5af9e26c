"""`delay`: wait before doing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, INVALID, RUNNING
from t800.nodes.timed import Timed, TimedRule
from t800.nodes.writer import Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "Delay"]


class Delay(Timed):
    """RUNNING for so many seconds from its entry, then its child."""

    def tick(self) -> Iterator[Behaviour]:
        self.feedback_message = ""
        if self.status != RUNNING:
            if not self.begin():
                self.stop(FAILURE)
                yield self
                return
            if self.decorated.status != INVALID:
                self.decorated.stop(INVALID)
        if self.frame.ctx.tick < self.until:
            self.status = RUNNING
            yield self
        else:
            yield from super().tick()


KIND = Kind(
    name="delay",
    doc="""Wait so many `seconds`, then tick the child.

    Use it to let something settle before acting on it. s seconds are ceil(s / dt) ticks from the entry
    tick, which is 0. (BehaviorTree.CPP's Delay.)

        delay: close_gripper
        seconds: 0.5""",
    body="child",
    make=Delay.of,
    options={"seconds": True},
)


class DelayRule(TimedRule):
    """What has ended must not look, while it is waited for, as if it had just been ticked."""

    def code(self, node: Any, w: Writer) -> None:
        index = w.index(node)

        def reset() -> None:
            with w.block(f"if S[{index + 1}] is not INVALID:"):
                w.reset(index + 1, w.end(node))

        self.begin(node, w, f"S[{index}] is not RUNNING", lambda: self._tick(node, w), reset)
        w.line(f"S[{index}] = r")

    def _tick(self, node: Any, w: Writer) -> None:
        with w.block(f"if N < M[{w.slot_of[w.index(node)]}]:"):
            w.line("r = RUNNING")
        with w.block("else:"):
            w.child(node.decorated)


RULE = DelayRule()
