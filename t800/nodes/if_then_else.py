"""`if_then_else`: ask once, then stay with the answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, RUNNING, SUCCESS
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Field, Kind

__all__ = ["KIND", "RULE", "IfThenElse"]


class IfThenElse(OwnComposite):
    """Its children are the condition, what is done if it succeeds, and what if it fails (may be missing)."""

    def enter(self) -> None:
        self.chosen = 0

    def step(self) -> Iterator[Behaviour]:
        self.outcome = RUNNING
        if not self.chosen:
            yield from self.children[0].tick()
            self.chosen = {SUCCESS: 1, FAILURE: 2}.get(self.children[0].status, 0)
        if self.chosen:
            self.outcome = FAILURE
            if self.chosen < len(self.children):
                yield from self.children[self.chosen].tick()
                self.outcome = self.children[self.chosen].status


def _make(parts: Parts) -> IfThenElse:
    return IfThenElse(parts.label, parts.frame, parts.children)


KIND = Kind(
    name="if_then_else",
    doc="""Tick `if` until it ends, then `then` if it succeeded or `else` if it failed.

    Use it where the question is asked once; to ask again every tick, take `while_do_else`. Without `else`
    a failed question is FAILURE. (BehaviorTree.CPP's IfThenElse.)

        if_then_else:
          if: {check: door_open}
          then: {go_to: {place: $door}}
          else: knock""",
    body="fields",
    make=_make,
    fields={"if": Field("node"), "then": Field("node"), "else": Field("node", required=False)},
)


class IfThenElseRule(OwnRule):
    """`memory` is the branch that was chosen, 0 for none yet."""

    remembers_child = True

    def remembers(self, node: Any) -> bool:
        return True

    def enter(self, node: Any, w: Writer) -> None:
        w.line(f"M[{w.slot_of[w.index(node)]}] = 0")

    def step(self, node: Any, w: Writer) -> None:
        slot = w.slot_of[w.index(node)]
        w.line("r = RUNNING")
        with w.block(f"if not M[{slot}]:"):
            w.child(node.children[0])
            w.line(f"M[{slot}] = 1 if r is SUCCESS else 2 if r is FAILURE else 0")
            w.line("r = RUNNING")
        with w.block(f"if M[{slot}] == 1:"):
            w.child(node.children[1])
        with w.block(f"elif M[{slot}]:"):
            if len(node.children) > 2:
                w.child(node.children[2])
            else:
                w.line("r = FAILURE")


RULE = IfThenElseRule()
