"""`either_or`: exactly one of several situations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE
from t800.expressions import Expression
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.frame import Frame
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Field, Kind

__all__ = ["KIND", "RULE", "EitherOr"]


class EitherOr(OwnComposite):
    """One condition a child."""

    def __init__(self, name: str, frame: Frame, children: list[Behaviour], when: tuple[Expression, ...]) -> None:
        super().__init__(name, frame, children)
        self.when = when
        self._hold = [frame.function(expression.true()) for expression in when]

    def step(self) -> Iterator[Behaviour]:
        holding = [place for place, hold in enumerate(self._hold) if hold()]
        chosen = holding[0] if len(holding) == 1 else -1
        for place, child in enumerate(self.children):
            if place != chosen:
                self.leave(child)
        self.outcome = FAILURE
        if chosen >= 0:
            yield from self.children[chosen].tick()
            self.outcome = self.children[chosen].status


def _make(parts: Parts) -> EitherOr:
    return EitherOr(parts.label, parts.frame, parts.children, parts.fields["of"])


KIND = Kind(
    name="either_or",
    doc="""Tick the one branch whose `when` is true; FAILURE if none or several are.

    Use it for situations that exclude each other, where two at once mean that something is wrong. Asked
    every tick; a branch that was running and is no longer the one is halted. Where the first that fits
    will do, take `reactive_selector`. (py_trees' idiom either_or.)

        either_or:
          - {when: mode_switch == 'left', do: turn_left}
          - {when: mode_switch == 'right', do: turn_right}""",
    body="fields",
    positional="of",
    make=_make,
    fields={"of": Field("branches", ask="when")},
)


class EitherOrRule(OwnRule):
    """Asks all, then ticks at most one."""

    def step(self, node: Any, w: Writer) -> None:
        names = [f"{w.local('b')}_{place}" for place in range(len(node.children))]
        for name, expression in zip(names, node.when, strict=True):
            w.line(f"{name} = bool({expression.true()})")
        one = w.local("o")
        w.line(f"{one} = {' + '.join(names)} == 1")
        for name, child in zip(names, node.children, strict=True):
            index = w.index(child)
            with w.block(f"if S[{index}] is RUNNING and not ({one} and {name}):"):
                w.halt(index, w.end(child))
        w.line("r = FAILURE")
        with w.block(f"if {one}:"):
            for place, (name, child) in enumerate(zip(names, node.children, strict=True)):
                with w.block(f"{'elif' if place else 'if'} {name}:"):
                    w.child(child)


RULE = EitherOrRule()
