"""`status_to_blackboard`: let others know how it goes."""

from __future__ import annotations

from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.decorators import Decorator

from t800.core import Status
from t800.nodes.decorator import DecoratorRule
from t800.nodes.frame import Frame
from t800.nodes.parts import Parts
from t800.nodes.writer import View, Writer
from t800.spec.kind import Field, Kind
from t800.types import STR

__all__ = ["KIND", "RULE", "StatusToBlackboard"]


class StatusToBlackboard(Decorator):
    """Writes its child's status by name after each tick."""

    def __init__(self, name: str, child: Behaviour, key: str, frame: Frame) -> None:
        super().__init__(name, child)
        self.key = key
        self.frame = frame

    def update(self) -> Status:
        status: Status = self.decorated.status
        self.frame.board.write(self.key, status.name, self.frame.ctx.tick)
        return status


def _make(parts: Parts) -> StatusToBlackboard:
    return StatusToBlackboard(parts.label, parts.child, parts.fields["key"].key, parts.frame)


KIND = Kind(
    name="status_to_blackboard",
    doc="""Tick the node under `do`, and write its status by name (`RUNNING`) to the `key`, of type str.

    Use it where another tree or a mode must know how a branch goes. What is halted is not written: test
    the key's age. (py_trees' StatusToBlackboard.)

        status_to_blackboard:
          key: $docking
          do: dock""",
    body="fields",
    make=_make,
    fields={"key": Field("key", type=STR), "do": Field("node")},
)


class StatusToBlackboardRule(DecoratorRule):
    """One write."""

    def code(self, node: Any, w: Writer) -> None:
        w.child(node.decorated)
        w.line(f"B[{node.key!r}] = r.name; W[{node.key!r}] = N")
        w.line(f"S[{w.index(node)}] = r")

    def feedback(self, node: Any, view: View) -> str:
        return ""


RULE = StatusToBlackboardRule()
