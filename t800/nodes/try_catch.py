"""`try_catch`: what to clear up when something fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, RUNNING
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Field, Kind

__all__ = ["KIND", "RULE", "TryCatch"]


class TryCatch(OwnComposite):
    """Its children are what is tried, and what is done once that has failed."""

    def enter(self) -> None:
        self.caught = False

    def step(self) -> Iterator[Behaviour]:
        tried, catch = self.children
        if not self.caught:
            yield from tried.tick()
            self.outcome = tried.status
            self.caught = tried.status == FAILURE
        if self.caught:
            yield from catch.tick()
            self.outcome = RUNNING if catch.status == RUNNING else FAILURE


def _make(parts: Parts) -> TryCatch:
    return TryCatch(parts.label, parts.frame, parts.children)


KIND = Kind(
    name="try_catch",
    doc="""Tick `try`; once it has failed tick `catch` to its end, and fail.

    Use it to clear up behind a failure, which stays one: put down what is held, close what was opened.
    If the second thing is another way to the same goal, take `selector`; to try again, `recovery`.

        try_catch:
          try: {carry: {what: $box}}
          catch: put_down""",
    body="fields",
    make=_make,
    fields={"try": Field("node"), "catch": Field("node")},
)


class TryCatchRule(OwnRule):
    """`memory` is 1 once the try has failed."""

    remembers_child = True

    def remembers(self, node: Any) -> bool:
        return True

    def enter(self, node: Any, w: Writer) -> None:
        w.line(f"M[{w.slot_of[w.index(node)]}] = 0")

    def step(self, node: Any, w: Writer) -> None:
        slot = w.slot_of[w.index(node)]
        with w.block(f"if not M[{slot}]:"):
            w.child(node.children[0])
            with w.block("if r is FAILURE:"):
                w.line(f"M[{slot}] = 1")
        with w.block(f"if M[{slot}]:"):
            w.child(node.children[1])
            with w.block("if r is not RUNNING:"):
                w.line("r = FAILURE")


RULE = TryCatchRule()
