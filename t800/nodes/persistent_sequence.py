"""`persistent_sequence`: steps that are not done twice, whatever fails or interrupts in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import SUCCESS
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "PersistentSequence"]


class PersistentSequence(OwnComposite):
    """A sequence whose place outlives failure and halt; only its success begins it anew."""

    def __init__(self, name: str, frame: Any, children: list[Behaviour]) -> None:
        super().__init__(name, frame, children)
        self.place = 0

    def step(self) -> Iterator[Behaviour]:
        while self.place < len(self.children):
            child = self.children[self.place]
            yield from child.tick()
            self.outcome = child.status
            if child.status != SUCCESS:
                return
            self.place += 1
        self.place = 0


def _make(parts: Parts) -> PersistentSequence:
    return PersistentSequence(parts.label, parts.frame, parts.children)


KIND = Kind(
    name="persistent_sequence",
    doc="""Tick the children in order, and never again one that has succeeded, until all have.

    Use it for steps that must not be done twice, even after a failure or an interruption: count the
    money, sign, send. (BehaviorTree.CPP's SequenceWithMemory; here a halt does not set it back either.)

        persistent_sequence:
          - take_sample
          - seal_sample""",
    body="children",
    neutral="SUCCESS",
    make=_make,
)


class PersistentSequenceRule(OwnRule):
    """`memory` is the place of the first child that has not succeeded yet."""

    remembers_child = True

    def remembers(self, node: Any) -> bool:
        return True

    def step(self, node: Any, w: Writer) -> None:
        slot = w.slot_of[w.index(node)]
        with w.block("while True:"):
            for place, child in enumerate(node.children):
                with w.block(f"if M[{slot}] == {place}:"):
                    w.child_or(child, "SUCCESS", lambda: w.line("break"))
                    w.line(f"M[{slot}] = {place + 1}")
            w.line(f"M[{slot}] = 0")
            w.line("break")


RULE = PersistentSequenceRule()
