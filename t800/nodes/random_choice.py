"""`random_choice`: one of several, by chance."""

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

__all__ = ["KIND", "RULE", "RandomChoice"]


class RandomChoice(OwnComposite):
    """One weight a child; draws once an entry."""

    def __init__(
        self, name: str, frame: Frame, children: list[Behaviour], stream: str, weights: tuple[Expression, ...]
    ) -> None:
        super().__init__(name, frame, children)
        self.stream = stream
        self.weights = weights
        self._weights = [frame.function(weight.value()) for weight in weights]

    def enter(self) -> None:
        self.chosen = draw(self.frame.ctx, self.stream, [weight() for weight in self._weights])

    def step(self) -> Iterator[Behaviour]:
        self.outcome = FAILURE
        if self.chosen >= 0:
            yield from self.children[self.chosen].tick()
            self.outcome = self.children[self.chosen].status


def draw(ctx: Any, stream: str, weights: list[float | None]) -> int:
    """The place that chance picks, each as likely as its share of the weights; -1 if there is no weight at all.

    Weights that are unknown or negative count as 0. It draws once whatever the weights are, so that
    they do not shift the dice of later draws.
    """
    share = ctx.rng(stream).random()
    whole = 0.0
    for weight in weights:
        whole += max(weight or 0.0, 0.0)
    left = share * whole
    last = -1
    for place, weight in enumerate(weights):
        if weight is not None and weight > 0.0:
            last = place
            left -= weight
            if left < 0.0:
                return place
    return last


def _make(parts: Parts) -> RandomChoice:
    return RandomChoice(parts.label, parts.frame, parts.children, parts.fields["stream"], parts.fields["of"])


KIND = Kind(
    name="random_choice",
    doc="""Draw one branch on entry, and tick it to its end.

    Use it where a robot should not be predictable, or to spread wear. `stream` names the stream of
    chance, so that taking this node out does not shift others' dice. Weights that are unknown or
    negative count as 0; FAILURE if all do.

        random_choice:
          stream: small_talk
          of:
            - {weight: 3.0, do: {say: {words: nice weather}}}
            - {weight: 1.0, do: {say: {words: affirmative}}}""",
    body="fields",
    make=_make,
    fields={"stream": Field("name"), "of": Field("branches", ask="weight", asks="number")},
)


class RandomChoiceRule(OwnRule):
    """`memory` is the branch that was drawn."""

    remembers_child = True

    def remembers(self, node: Any) -> bool:
        return True

    def enter(self, node: Any, w: Writer) -> None:
        weights = ", ".join(weight.value() for weight in node.weights)
        w.line(f"M[{w.slot_of[w.index(node)]}] = {w.constant(draw)}(ctx, {node.stream!r}, [{weights}])")

    def step(self, node: Any, w: Writer) -> None:
        slot = w.slot_of[w.index(node)]
        w.line("r = FAILURE")
        for place, child in enumerate(node.children):
            with w.block(f"{'elif' if place else 'if'} M[{slot}] == {place}:"):
                w.child(child)


RULE = RandomChoiceRule()
