"""`rate`: not more often than so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, INVALID, RUNNING
from t800.nodes.timed import Timed, TimedRule
from t800.nodes.writer import Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "Rate"]


class Rate(Timed):
    """Begins its child at most once in so many seconds; RUNNING until then. When it is due outlives a halt."""

    def tick(self) -> Iterator[Behaviour]:
        self.feedback_message = ""
        if self.decorated.status != RUNNING:
            if self.frame.ctx.tick < self.until:
                if self.decorated.status != INVALID:
                    self.decorated.stop(INVALID)
                self.status = RUNNING
                yield self
                return
            if not self.begin():
                self.stop(FAILURE)
                yield self
                return
        yield from super().tick()


KIND = Kind(
    name="rate",
    doc="""Begin the child at most once in so many `seconds`; RUNNING while it is not due.

    Use it for what costs much and need not be fresh every tick: plan anew once a second. Once begun, the
    child is ticked to its end. When it is due next outlives failure and halt. (Nav2's RateController,
    with a period instead of a frequency.)

        rate: plan_path
        seconds: 1.0""",
    body="child",
    make=Rate.of,
    options={"seconds": True},
)


class RateRule(TimedRule):
    """A child that runs is ticked on; another begins when it is due."""

    def code(self, node: Any, w: Writer) -> None:
        index = w.index(node)
        child, end = index + 1, w.end(node)
        with w.block(f"if S[{child}] is not RUNNING and N < M[{w.slot_of[index]}]:"):
            with w.block(f"if S[{child}] is not INVALID:"):
                w.reset(child, end)
            w.line("r = RUNNING")
        with w.block("else:"):
            self.begin(node, w, f"S[{child}] is not RUNNING", lambda: w.child(node.decorated))
        w.line(f"S[{index}] = r")


RULE = RateRule()
