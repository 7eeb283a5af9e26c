"""`nonblocking_sequence`: all steps of a tick, whether the ones before are done or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, INVALID, RUNNING, SUCCESS
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "NonblockingSequence"]


class NonblockingSequence(OwnComposite):
    """Ticks every child every tick, up to one that fails."""

    def step(self) -> Iterator[Behaviour]:
        self.outcome = SUCCESS
        for place, child in enumerate(self.children):
            yield from child.tick()
            if child.status == RUNNING:
                self.outcome = RUNNING
            elif child.status != SUCCESS:
                self.outcome = FAILURE
                for behind in self.children[place + 1 :]:
                    if behind.status != INVALID:
                        behind.stop(INVALID)
                return


def _make(parts: Parts) -> NonblockingSequence:
    return NonblockingSequence(parts.label, parts.frame, parts.children)


KIND = Kind(
    name="nonblocking_sequence",
    doc="""Tick every child every tick, in order, up to one that fails.

    Use it for a pipe of short steps that feed each other within a tick, where a step that is still busy
    must not hold up the ones behind it. SUCCESS when all succeed in the same tick. (Nav2's
    NonblockingSequence; `parallel` does not tick again what has succeeded.)

        nonblocking_sequence:
          - read_map
          - plan
          - drive""",
    body="children",
    neutral="SUCCESS",
    make=_make,
)


class NonblockingSequenceRule(OwnRule):
    """A local notes whether one of them runs."""

    def step(self, node: Any, w: Writer) -> None:
        end, busy = w.end(node), w.local("n")
        w.line(f"{busy} = False")
        with w.block("while True:"):
            for child in node.children:
                w.child(child)
                with w.block("if r is RUNNING:"):
                    w.line(f"{busy} = True")
                with w.block("elif r is not SUCCESS:"):
                    w.line("r = FAILURE")
                    w.halt(w.end(child), end)
                    w.line("break")
            w.line(f"r = RUNNING if {busy} else SUCCESS")
            w.line("break")


RULE = NonblockingSequenceRule()
