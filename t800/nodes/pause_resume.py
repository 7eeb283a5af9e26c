"""`pause_resume`: stop for as long as there is a reason, then go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import RUNNING
from t800.expressions import Expression
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.frame import Frame
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Field, Kind

__all__ = ["KIND", "RULE", "PauseResume"]


class PauseResume(OwnComposite):
    """Its children are what is done, and what is done in the pauses (may be missing)."""

    def __init__(self, name: str, frame: Frame, children: list[Behaviour], when: Expression) -> None:
        super().__init__(name, frame, children)
        self.when = when
        self._free = frame.function(when.false())

    def step(self) -> Iterator[Behaviour]:
        do, *paused = self.children
        if self._free():
            for other in paused:
                self.leave(other)
            yield from do.tick()
            self.outcome = do.status
            return
        self.leave(do)
        for other in paused:
            yield from other.tick()
        self.outcome = RUNNING


def _make(parts: Parts) -> PauseResume:
    return PauseResume(parts.label, parts.frame, parts.children, parts.fields["when"])


KIND = Kind(
    name="pause_resume",
    doc="""Tick `do`, but not while `when` is true: then it is halted, and `paused` is ticked, if there is one.

    Use it for an interruption that is no failure: a person crosses, an operator holds the robot. RUNNING
    during the pause; afterwards `do` is entered afresh. If it is unknown whether there is a reason to
    pause, it pauses. (After Nav2's PauseResumeController, whose services are `signal` and `set` here.)

        pause_resume:
          when: held
          do: deliver
          paused: blink""",
    body="fields",
    make=_make,
    fields={"when": Field("condition"), "do": Field("node"), "paused": Field("node", required=False)},
)


class PauseResumeRule(OwnRule):
    """Unknown pauses, so it is asked whether `when` is known to be false."""

    def step(self, node: Any, w: Writer) -> None:
        do, *paused = node.children
        with w.block(f"if {node.when.false()}:"):
            for other in paused:
                self.leave(other, w)
            w.child(do)
        with w.block("else:"):
            self.leave(do, w)
            for other in paused:
                w.child(other)
            w.line("r = RUNNING")


RULE = PauseResumeRule()
