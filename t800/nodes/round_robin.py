"""`round_robin`: the next one in turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, RUNNING, SUCCESS
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "RoundRobin"]


class RoundRobin(OwnComposite):
    """Whose turn it is outlives everything; how many failed in a row counts from the entry."""

    def __init__(self, name: str, frame: Any, children: list[Behaviour]) -> None:
        super().__init__(name, frame, children)
        self.turn = 0

    def enter(self) -> None:
        self.failed = 0

    def step(self) -> Iterator[Behaviour]:
        while True:
            child = self.children[self.turn]
            yield from child.tick()
            self.outcome = child.status
            if child.status == RUNNING:
                return
            self.turn = (self.turn + 1) % len(self.children)
            if child.status == SUCCESS:
                return
            self.failed += 1
            if self.failed >= len(self.children):
                self.outcome = FAILURE
                return


def _make(parts: Parts) -> RoundRobin:
    return RoundRobin(parts.label, parts.frame, parts.children)


KIND = Kind(
    name="round_robin",
    doc="""Tick the child whose turn it is; after its end it is the next one's turn.

    Use it to share out what is done over several entries: a different recovery each time. A failing
    child passes its turn on at once; FAILURE when all have failed. (Nav2's RoundRobin.)

        round_robin:
          - clear_map
          - back_off
          - wait: 2.0""",
    body="children",
    neutral="FAILURE",
    make=_make,
)


class RoundRobinRule(OwnRule):
    """`memory` is whose turn it is; another slot counts the failures."""

    remembers_child = True

    def remembers(self, node: Any) -> bool:
        return True

    def code(self, node: Any, w: Writer) -> None:
        # The second slot is taken before `enter` and `step` use it.
        w.extra[w.index(node)] = w.slot()
        super().code(node, w)

    def enter(self, node: Any, w: Writer) -> None:
        w.line(f"M[{w.extra[w.index(node)]}] = 0")

    def step(self, node: Any, w: Writer) -> None:
        index = w.index(node)
        turn, failed, count = w.slot_of[index], w.extra[index], len(node.children)
        with w.block("while True:"):
            for place, child in enumerate(node.children):
                with w.block(f"{'elif' if place else 'if'} M[{turn}] == {place}:"):
                    w.child(child)
            with w.block("if r is RUNNING:"):
                w.line("break")
            w.line(f"M[{turn}] = (M[{turn}] + 1) % {count}")
            with w.block("if r is SUCCESS:"):
                w.line("break")
            w.line(f"M[{failed}] += 1")
            # More, if an edit has taken some out.
            with w.block(f"if M[{failed}] >= {count}:"):
                w.line("r = FAILURE")
                w.line("break")


RULE = RoundRobinRule()
