"""`switch`: one branch a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.frame import Bound, Frame
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Field, Kind

__all__ = ["KIND", "RULE", "Switch"]


class Switch(OwnComposite):
    """One value a child; a child more than values is the default."""

    def __init__(self, name: str, frame: Frame, children: list[Behaviour], on: Bound, cases: tuple[Any, ...]) -> None:
        super().__init__(name, frame, children)
        self.on = on
        self.cases = cases
        self._on = frame.function(on.source())

    def step(self) -> Iterator[Behaviour]:
        value = self._on()
        chosen = len(self.cases)
        if value is None:
            chosen = len(self.children)
            self.feedback_message = f"unknown: {self.frame.function(self.on.unknown())()}"
        elif value in self.cases:
            chosen = self.cases.index(value)
        for place, child in enumerate(self.children):
            if place != chosen:
                self.leave(child)
        self.outcome = FAILURE
        if chosen < len(self.children):
            yield from self.children[chosen].tick()
            self.outcome = self.children[chosen].status


def _make(parts: Parts) -> Switch:
    return Switch(parts.label, parts.frame, parts.children, parts.fields["on"], parts.fields["cases"])


KIND = Kind(
    name="switch",
    doc="""Tick the branch of the value that `on` has now, else `default`.

    Use it for what is told apart by name: the verb of an order, the kind of an alarm. Asked every tick;
    the branch of another value is halted. FAILURE if no case fits and there is no default, and if the
    value is unknown. (BehaviorTree.CPP's Switch, with any number of cases.)

        switch:
          on: $order.verb
          cases:
            follow: {stay_near: {place: $ward_at}}
            stop: hold_still
          default: shrug""",
    body="fields",
    make=_make,
    fields={"on": Field("value"), "cases": Field("cases"), "default": Field("node", required=False)},
)


class SwitchRule(OwnRule):
    """A chain of comparisons, after what runs in another branch was left."""

    def step(self, node: Any, w: Writer) -> None:
        value, place = w.local("v"), w.local("p")
        table = w.constant({case: number for number, case in enumerate(node.cases)})
        count = len(node.cases)
        with w.block(f"if ({value} := {node.on.source()}) is None:"):
            w.line(f"F[{w.index(node)}] = 'unknown: ' + {node.on.unknown()}")
            w.line(f"{place} = -1")
        with w.block("else:"):
            w.line(f"{place} = {table}.get({value}, {count})")
        for number, child in enumerate(node.children):
            with w.block(f"if {place} != {number}:"):
                self.leave(child, w)
        for number, child in enumerate(node.children):
            with w.block(f"{'elif' if number else 'if'} {place} == {number}:"):
                w.child(child)
        with w.block("else:"):
            w.line("r = FAILURE")


RULE = SwitchRule()
