"""`pipeline_sequence`: the steps so far are kept up to date while the next one runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, RUNNING, SUCCESS
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "PipelineSequence"]


class PipelineSequence(OwnComposite):
    """Ticks its children up to the furthest that was reached, which moves on with its success."""

    def enter(self) -> None:
        self.reached = 0

    def step(self) -> Iterator[Behaviour]:
        for place, child in enumerate(self.children):
            yield from child.tick()
            if child.status not in (RUNNING, SUCCESS):
                self.outcome = FAILURE
                return
            if place == self.reached:
                self.outcome = child.status
                if child.status == RUNNING or place == len(self.children) - 1:
                    return
                self.reached += 1


def _make(parts: Parts) -> PipelineSequence:
    return PipelineSequence(parts.label, parts.frame, parts.children)


KIND = Kind(
    name="pipeline_sequence",
    doc="""Tick the children in order; those in front of the one that was reached are ticked on with it.

    Use it where early steps must stay fresh while a later one runs: plan the path, follow it, and plan
    anew all the while. SUCCESS when the last succeeds, FAILURE when any fails. (Nav2's PipelineSequence.)

        pipeline_sequence:
          - plan_path
          - follow_path""",
    body="children",
    neutral="SUCCESS",
    make=_make,
)


class PipelineSequenceRule(OwnRule):
    """`memory` is the furthest child that was reached."""

    remembers_child = True
    reaches = True

    def remembers(self, node: Any) -> bool:
        return True

    def enter(self, node: Any, w: Writer) -> None:
        w.line(f"M[{w.slot_of[w.index(node)]}] = 0")

    def step(self, node: Any, w: Writer) -> None:
        slot, last = w.slot_of[w.index(node)], len(node.children) - 1
        with w.block("while True:"):
            for place, child in enumerate(node.children):
                w.child(child)
                with w.block("if r is not RUNNING and r is not SUCCESS:"):
                    w.line("r = FAILURE")
                    w.line("break")
                with w.block(f"if M[{slot}] == {place}:"):
                    if place == last:
                        w.line("break")
                    else:
                        with w.block("if r is RUNNING:"):
                            w.line("break")
                        w.line(f"M[{slot}] = {place + 1}")
            w.line("break")


RULE = PipelineSequenceRule()
