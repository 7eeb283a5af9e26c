"""`recovery`: when it fails, mend what is wrong, and try again."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, RUNNING, SUCCESS
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Field, Kind

__all__ = ["KIND", "RULE", "Recovery"]


class Recovery(OwnComposite):
    """Its children are what is done, and what mends; it counts the attempts."""

    def __init__(self, name: str, frame: Any, children: list[Behaviour], times: float) -> None:
        super().__init__(name, frame, children)
        self.times = times

    def enter(self) -> None:
        self.failed = 0
        self.mending = False

    def step(self) -> Iterator[Behaviour]:
        do, recover = self.children
        if not self.mending:
            yield from do.tick()
            self.outcome = do.status
            if do.status != FAILURE:
                return
            self.failed += 1
            if self.failed >= self.times:
                return
            self.mending = True
        yield from recover.tick()
        self.outcome = RUNNING
        if recover.status == SUCCESS:
            self.mending = False
        elif recover.status != RUNNING:
            self.outcome = FAILURE


def _make(parts: Parts) -> Recovery:
    return Recovery(parts.label, parts.frame, parts.children, parts.options["times"] or inf)


KIND = Kind(
    name="recovery",
    doc="""Tick `do`; when it fails tick `recover`, and when that has succeeded `do` again, `times` attempts in all.

    Use it where a failure can be mended: the path is blocked, clear the map, plan again. The attempt
    after a recovery is made in the next tick. FAILURE with the last attempt, or with a recovery that
    fails. (Nav2's RecoveryNode.)

        recovery:
          do: follow_path
          recover: clear_map
        times: 3""",
    body="fields",
    make=_make,
    fields={"do": Field("node"), "recover": Field("node")},
    options={"times": True},
)


class RecoveryRule(OwnRule):
    """`memory` counts the failed attempts, doubled, plus 1 while it mends."""

    remembers_child = True

    def remembers(self, node: Any) -> bool:
        return True

    def child_at(self, memory: Any) -> int:
        return int(memory & 1)

    def stay_at(self, memory: Any, place: int) -> Any:
        return memory - (memory & 1) + place

    def enter(self, node: Any, w: Writer) -> None:
        w.line(f"M[{w.slot_of[w.index(node)]}] = 0")

    def step(self, node: Any, w: Writer) -> None:
        slot = w.slot_of[w.index(node)]
        with w.block(f"if not M[{slot}] & 1:"):
            w.child(node.children[0])
            with w.block("if r is FAILURE:"):
                w.line(f"M[{slot}] += 2")
                w.line(f"M[{slot}] += 1" if node.times == inf else f"M[{slot}] += M[{slot}] < {2 * int(node.times)}")
        with w.block(f"if M[{slot}] & 1:"):
            w.child(node.children[1])
            with w.block("if r is SUCCESS:"):
                w.line(f"M[{slot}] -= 1")
                w.line("r = RUNNING")
            with w.block("elif r is not RUNNING:"):
                w.line("r = FAILURE")


RULE = RecoveryRule()
