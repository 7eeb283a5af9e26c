"""`while_do_else`: ask every tick, and do the one thing or the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, RUNNING, SUCCESS
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Field, Kind

__all__ = ["KIND", "RULE", "WhileDoElse"]


class WhileDoElse(OwnComposite):
    """Its children are the condition, what is done while it succeeds, and what while it fails (may be missing)."""

    def step(self) -> Iterator[Behaviour]:
        condition, *branches = self.children
        yield from condition.tick()
        chosen = {SUCCESS: 0, FAILURE: 1}.get(condition.status, 2)
        for place, branch in enumerate(branches):
            if place != chosen:
                self.leave(branch)
        if chosen < len(branches):
            yield from branches[chosen].tick()
            self.outcome = branches[chosen].status
        else:
            self.outcome = RUNNING if chosen == 2 else FAILURE


def _make(parts: Parts) -> WhileDoElse:
    return WhileDoElse(parts.label, parts.frame, parts.children)


KIND = Kind(
    name="while_do_else",
    doc="""Tick `while` every tick; tick `do` as long as it succeeds, `else` as long as it fails.

    Use it where the answer may change while something is done: what was done for the other answer is
    halted. While the question itself is RUNNING, neither is done. Without `else` a failed question is
    FAILURE. (BehaviorTree.CPP's WhileDoElse.)

        while_do_else:
          while: {check: light > 0.3}
          do: look_around
          else: feel_the_way""",
    body="fields",
    make=_make,
    fields={"while": Field("node"), "do": Field("node"), "else": Field("node", required=False)},
)


class WhileDoElseRule(OwnRule):
    """The branch that is not taken is left before the other is ticked."""

    def step(self, node: Any, w: Writer) -> None:
        condition, do, *others = node.children
        w.child(condition)
        with w.block("if r is SUCCESS:"):
            for other in others:
                self.leave(other, w)
            w.child(do)
        with w.block("elif r is FAILURE:"):
            self.leave(do, w)
            if others:
                w.child(others[0])
            else:
                w.line("pass")
        with w.block("else:"):
            for branch in (do, *others):
                self.leave(branch, w)
            w.line("r = RUNNING")


RULE = WhileDoElseRule()
