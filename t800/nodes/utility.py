"""`utility`: what promises most, without dithering."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import FAILURE, RUNNING
from t800.expressions import Expression
from t800.nodes.composite import OwnComposite, OwnRule
from t800.nodes.frame import Bound, Frame
from t800.nodes.parts import Parts
from t800.nodes.writer import Writer
from t800.spec.kind import Field, Kind
from t800.types import FLOAT

__all__ = ["KIND", "RULE", "Utility"]


class Utility(OwnComposite):
    """One score a child."""

    def __init__(
        self, name: str, frame: Frame, children: list[Behaviour], scores: tuple[Expression, ...], hysteresis: Bound
    ) -> None:
        super().__init__(name, frame, children)
        self.scores = scores
        self.hysteresis = hysteresis
        self._scores = [frame.function(score.value()) for score in scores]
        self._hysteresis = frame.function(hysteresis.source())

    def step(self) -> Iterator[Behaviour]:
        running = [child.status == RUNNING for child in self.children]
        chosen = best([score() for score in self._scores], running, self._hysteresis())
        for place, child in enumerate(self.children):
            if place != chosen:
                self.leave(child)
        self.outcome = FAILURE
        if chosen >= 0:
            yield from self.children[chosen].tick()
            self.outcome = self.children[chosen].status


def best(scores: list[float | None], running: list[bool], hysteresis: float | None) -> int:
    """The place of the highest score, the first of equal ones; what runs is worth `hysteresis` more. -1 for none.

    A tie with what runs goes to what runs.

    >>> best([0.5, 0.55, None], [True, False, False], 0.1)
    0
    >>> best([0.5, 0.5], [False, True], None)
    1
    """
    chosen, highest = -1, 0.0
    for place, score in enumerate(scores):
        if score is not None:
            worth = score + (hysteresis or 0.0) if running[place] else score
            if chosen < 0 or worth > highest or (worth == highest and running[place] and not running[chosen]):
                chosen, highest = place, worth
    return chosen


def _make(parts: Parts) -> Utility:
    hysteresis = parts.fields.get("hysteresis", Bound(FLOAT, 0.0))
    return Utility(parts.label, parts.frame, parts.children, parts.fields["of"], hysteresis)


KIND = Kind(
    name="utility",
    doc="""Tick the branch with the highest score; what runs already is worth `hysteresis` more.

    Use it where several aims compete by degrees. Scores are computed every tick; one that is unknown is
    not considered, and if all are it fails. Another branch must be better by more than `hysteresis`
    (default 0.0, and if it is unknown) to interrupt, so that near ties do not flicker. Where importance is fixed, take
    `reactive_selector`.

        utility:
          of:
            - {score: hunger * 0.8, do: eat}
            - {score: 1.0 - energy, do: rest}
          hysteresis: 0.1""",
    body="fields",
    make=_make,
    fields={
        "of": Field("branches", ask="score", asks="number"),
        "hysteresis": Field("value", required=False, type=FLOAT),
    },
)


class UtilityRule(OwnRule):
    """Scores inline, the choice by `best`."""

    def step(self, node: Any, w: Writer) -> None:
        place = w.local("p")
        places = [w.index(child) for child in node.children]
        scores = ", ".join(score.value() for score in node.scores)
        running = ", ".join(f"S[{index}] is RUNNING" for index in places)
        w.line(f"{place} = {w.constant(best)}([{scores}], [{running}], {node.hysteresis.source()})")
        for number, child in enumerate(node.children):
            with w.block(f"if {place} != {number}:"):
                self.leave(child, w)
        w.line("r = FAILURE")
        for number, child in enumerate(node.children):
            with w.block(f"{'elif' if number else 'if'} {place} == {number}:"):
                w.child(child)


RULE = UtilityRule()
