"""`count`: how often it ran, succeeded and failed."""

from __future__ import annotations

from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.decorators import Decorator

from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Status
from t800.nodes.decorator import DecoratorRule
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "Count"]


def words(counts: dict[str, int]) -> str:
    """The counts as feedback."""
    return f"running {counts['RUNNING']}, succeeded {counts['SUCCESS']}, failed {counts['FAILURE']}"


class Count(Decorator):
    """Counts what its child returned, for its whole life, and says so in its feedback."""

    def __init__(self, name: str, child: Behaviour) -> None:
        super().__init__(name, child)
        self.counts = {"RUNNING": 0, "SUCCESS": 0, "FAILURE": 0}

    def update(self) -> Status:
        status: Status = self.decorated.status
        if status != INVALID:
            self.counts[status.name] += 1
        self.feedback_message = words(self.counts)
        return status


def _make(parts: Parts) -> Count:
    return Count(parts.label, parts.child)


KIND = Kind(
    name="count",
    doc="""Tick the child, and count in the feedback how many ticks it ran, succeeded and failed.

    Use it to watch a branch while you build it. (py_trees' Count, without the interrupts.)

        count: open_gripper""",
    body="child",
    make=_make,
)


class CountRule(DecoratorRule):
    """Three slots in a row: `memory` is the first."""

    def remembers(self, node: Any) -> bool:
        return True

    def code(self, node: Any, w: Writer) -> None:
        index, first = w.index(node), w.slot_of[w.index(node)]
        w.extra[index] = w.slot()
        third = w.slot()
        w.child(node.decorated)
        slots = {RUNNING: first, SUCCESS: w.extra[index], FAILURE: third}
        for number, (status, slot) in enumerate(slots.items()):
            with w.block(f"{'elif' if number else 'if'} r is {status.name}:"):
                w.line(f"M[{slot}] += 1")
        note = w.constant(words)
        counts = ", ".join(f"{status.name!r}: M[{slot}]" for status, slot in slots.items())
        w.line(f"F[{index}] = {note}({{{counts}}})")
        w.line(f"S[{index}] = r")


RULE = CountRule()
