"""`keep_running_until_failure`: over and over, until it fails."""

from __future__ import annotations

from typing import Any

from py_trees.decorators import Decorator

from t800.core import FAILURE, RUNNING, Status
from t800.nodes.decorator import DecoratorRule
from t800.nodes.parts import Parts
from t800.nodes.writer import View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "KeepRunningUntilFailure"]


class KeepRunningUntilFailure(Decorator):
    """RUNNING as long as its child does not fail."""

    def update(self) -> Status:
        return FAILURE if self.decorated.status == FAILURE else RUNNING


def _make(parts: Parts) -> KeepRunningUntilFailure:
    return KeepRunningUntilFailure(parts.label, parts.child)


KIND = Kind(
    name="keep_running_until_failure",
    doc="""Tick the child over and over; FAILURE when it fails, RUNNING until then.

    Use it for what has no end of its own and one way to go wrong: hold the load, watch the door.
    (BehaviorTree.CPP's KeepRunningUntilFailure.)

        keep_running_until_failure: hold_load""",
    body="child",
    make=_make,
)


class KeepRunningUntilFailureRule(DecoratorRule):
    """One comparison."""

    def code(self, node: Any, w: Writer) -> None:
        w.child(node.decorated)
        w.line(f"S[{w.index(node)}] = r = FAILURE if r is FAILURE else RUNNING")

    def feedback(self, node: Any, view: View) -> str:
        return ""


RULE = KeepRunningUntilFailureRule()
