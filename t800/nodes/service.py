"""`service`: something small done now and then beside something long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import RUNNING
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.frame import Bound, Frame
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Field, Kind
from t800.types import FLOAT

__all__ = ["KIND", "RULE", "Service"]


class Service(OwnComposite):
    """Its children are the service, and what it serves."""

    def __init__(self, name: str, frame: Frame, children: list[Behaviour], every: Bound) -> None:
        super().__init__(name, frame, children)
        self.every = every
        self._every = frame.function(every.source())

    def enter(self) -> None:
        self.due = self.frame.ctx.tick

    def step(self) -> Iterator[Behaviour]:
        do, beside = self.children
        ctx = self.frame.ctx
        if do.status == RUNNING or ctx.tick >= self.due:
            if do.status != RUNNING:
                every = self._every()
                self.due = ctx.tick + (1 if every is None else ctx.ticks(every))
            yield from do.tick()
        yield from beside.tick()
        self.outcome = beside.status


def _make(parts: Parts) -> Service:
    children = [child for child in (parts.slot("do"), parts.slot("beside")) if child is not None]
    return Service(parts.label, parts.frame, children, parts.fields["every"])


KIND = Kind(
    name="service",
    doc="""Tick `do` on entry and then `every` so many seconds, in front of `beside`, whose status counts.

    Use it to keep something fresh while a long branch runs: look round every second on the way. What
    the service returns does not matter; while it is RUNNING it is ticked on. With an unknown `every` it
    is ticked each tick. (A service in the sense of Unreal's behaviour trees.)

        service:
          every: 1.0
          do: look_round
          beside: {go_to: {place: $dock}}""",
    body="fields",
    make=_make,
    fields={"every": Field("value", type=FLOAT), "do": Field("node"), "beside": Field("node")},
)


class ServiceRule(OwnRule):
    """`memory` is the tick at which the service is due."""

    def remembers(self, node: Any) -> bool:
        return True

    def enter(self, node: Any, w: Writer) -> None:
        w.line(f"M[{w.slot_of[w.index(node)]}] = N")

    def step(self, node: Any, w: Writer) -> None:
        slot = w.slot_of[w.index(node)]
        do, beside = node.children
        index = w.index(do)
        with w.block(f"if S[{index}] is RUNNING or N >= M[{slot}]:"):
            with w.block(f"if S[{index}] is not RUNNING:"):
                w.line(f"M[{slot}] = N + (1 if (v := {node.every.source()}) is None else ctx.ticks(v))")
            w.child(do)
        w.child(beside)


RULE = ServiceRule()
